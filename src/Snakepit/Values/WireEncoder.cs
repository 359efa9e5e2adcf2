using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;

namespace Snakepit.Values;

/// <summary>Escapes only what JSON requires, spelled as CPython's json does, so that both sides write the same bytes.</summary>
internal sealed class WireEncoder : JavaScriptEncoder
{
    public static readonly WireEncoder Instance = new();

    private static readonly byte[] s_ascii = [.. Enumerable.Range(0, 0x20).Select(c => (byte)c), (byte)'"', (byte)'\\'];
    private static readonly SearchValues<byte> s_escapedUtf8 = SearchValues.Create(s_ascii);
    private static readonly SearchValues<char> s_escaped = SearchValues.Create([.. s_ascii.Select(c => (char)c)]);

    public override int MaxOutputCharactersPerInputCharacter => 6;

    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < 0x20 or '"' or '\\';

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength) =>
        new ReadOnlySpan<char>(text, textLength).IndexOfAny(s_escaped);

    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text) => utf8Text.IndexOfAny(s_escapedUtf8);

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var destination = new Span<char>(buffer, bufferLength);
        bool written = unicodeScalar switch
        {
            '"' => destination.TryWrite($"\\\"", out numberOfCharactersWritten),
            '\\' => destination.TryWrite($"\\\\", out numberOfCharactersWritten),
            '\n' => destination.TryWrite($"\\n", out numberOfCharactersWritten),
            '\r' => destination.TryWrite($"\\r", out numberOfCharactersWritten),
            '\t' => destination.TryWrite($"\\t", out numberOfCharactersWritten),
            '\f' => destination.TryWrite($"\\f", out numberOfCharactersWritten),
            '\b' => destination.TryWrite($"\\b", out numberOfCharactersWritten),
            < 0x20 => destination.TryWrite($"\\u{unicodeScalar:x4}", out numberOfCharactersWritten),
            _ => new Rune(unicodeScalar).TryEncodeToUtf16(destination, out numberOfCharactersWritten),
        };
        return written;
    }
}
