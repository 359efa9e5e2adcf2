using System.Text;
using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>
/// Splits bytes into lines of text, and takes the marks off that name the tool which printed a line. Read into
/// <see cref="FreeSpace"/>, then call <see cref="Advance"/>. Not thread-safe.
/// </summary>
/// <param name="onLine">Gets each line, and the tool; null without a mark.</param>
internal sealed class LineCutter(Action<string, string?> onLine)
{
    private const int MaxLine = 8 * 1024;
    private static readonly byte[] s_begin = Encoding.UTF8.GetBytes(Protocol.OutputTool);
    private static readonly byte s_end = (byte)Protocol.OutputEnd[0];

    private readonly byte[] _buffer = new byte[MaxLine];
    private int _filled;
    private byte[] _name = []; // of the last tool
    private string? _tool;
    private bool _continues; // the buffer continues a line whose beginning has been reported

    /// <summary>The space for the next bytes; never empty.</summary>
    public Span<byte> FreeSpace => _buffer.AsSpan(_filled);

    /// <summary>Reports the lines that are complete now.</summary>
    public void Advance(int count)
    {
        _filled += count;
        Span<byte> text = _buffer.AsSpan(0, _filled);
        for (int end = text.IndexOf((byte)'\n'); end >= 0; end = text.IndexOf((byte)'\n'))
        {
            Emit(text[..end], continues: false);
            text = text[(end + 1)..];
        }
        if (text.Length == _buffer.Length)
        {
            Emit(text, continues: true); // a line longer than the buffer is reported in pieces
            text = default;
        }
        text.CopyTo(_buffer);
        _filled = text.Length;
    }

    /// <summary>Reports the rest, which has no line end.</summary>
    public void Finish()
    {
        if (_filled > 0)
        {
            Emit(_buffer.AsSpan(0, _filled), continues: false);
            _filled = 0;
        }
    }

    private void Emit(ReadOnlySpan<byte> line, bool continues)
    {
        string? tool = _continues ? _tool : TakeMark(ref line);
        (_tool, _continues) = (tool, continues);
        onLine(Encoding.UTF8.GetString(line.TrimEnd((byte)'\r')), tool);
    }

    private string? TakeMark(ref ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith(s_begin))
        {
            return null;
        }
        ReadOnlySpan<byte> rest = line[s_begin.Length..];
        int end = rest.IndexOf(s_end);
        if (end < 0)
        {
            return null;
        }
        line = rest[(end + 1)..];
        ReadOnlySpan<byte> name = rest[..end];
        if (_tool is null || !name.SequenceEqual(_name))
        {
            _name = name.ToArray();
            return Encoding.UTF8.GetString(name);
        }
        return _tool;
    }
}
