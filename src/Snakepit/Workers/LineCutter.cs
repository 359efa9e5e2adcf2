using System.Text;

namespace Snakepit.Workers;

/// <summary>Cuts bytes into lines of text. Read into <see cref="FreeSpace"/>, then <see cref="Advance"/>. Not safe for threads.</summary>
internal sealed class LineCutter(Action<string> onLine)
{
    private const int MaxLine = 8 * 1024;
    private readonly byte[] _buffer = new byte[MaxLine];
    private int _filled;

    /// <summary>Where the next bytes go; never empty.</summary>
    public Span<byte> FreeSpace => _buffer.AsSpan(_filled);

    /// <summary>Tells the lines that are whole now.</summary>
    public void Advance(int count)
    {
        _filled += count;
        Span<byte> text = _buffer.AsSpan(0, _filled);
        for (int end = text.IndexOf((byte)'\n'); end >= 0; end = text.IndexOf((byte)'\n'))
        {
            Emit(text[..end]);
            text = text[(end + 1)..];
        }
        if (text.Length == _buffer.Length)
        {
            Emit(text); // a line longer than the buffer is told in pieces
            text = default;
        }
        text.CopyTo(_buffer);
        _filled = text.Length;
    }

    private void Emit(ReadOnlySpan<byte> line) => onLine(Encoding.UTF8.GetString(line.TrimEnd((byte)'\r')));

    /// <summary>Tells what is left without an end.</summary>
    public void Finish()
    {
        if (_filled > 0)
        {
            Emit(_buffer.AsSpan(0, _filled));
            _filled = 0;
        }
    }
}
