using System.Text;

namespace Snakepit.Workers;

/// <summary>Splits bytes into lines of text. Read into <see cref="FreeSpace"/>, then call <see cref="Advance"/>. Not thread-safe.</summary>
internal sealed class LineCutter(Action<string> onLine)
{
    private const int MaxLine = 8 * 1024;
    private readonly byte[] _buffer = new byte[MaxLine];
    private int _filled;

    /// <summary>The space for the next bytes; never empty.</summary>
    public Span<byte> FreeSpace => _buffer.AsSpan(_filled);

    /// <summary>Reports the lines that are complete now.</summary>
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
            Emit(text); // a line longer than the buffer is reported in pieces
            text = default;
        }
        text.CopyTo(_buffer);
        _filled = text.Length;
    }

    private void Emit(ReadOnlySpan<byte> line) => onLine(Encoding.UTF8.GetString(line.TrimEnd((byte)'\r')));

    /// <summary>Reports the rest, which has no line end.</summary>
    public void Finish()
    {
        if (_filled > 0)
        {
            Emit(_buffer.AsSpan(0, _filled));
            _filled = 0;
        }
    }
}
