using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Snakepit.Values.Marshal;

/// <summary>Strings as UTF-8 that keeps lone surrogates: CPython's "surrogatepass".</summary>
internal static class MarshalText
{
    public const int LargestCharacter = 3; // bytes per UTF-16 unit

    private const int SurrogateSize = 3;

    /// <summary>
    /// Returns the size of a text in bytes. A lone surrogate takes as many bytes as the replacement character that .NET counts for it.
    /// </summary>
    public static int SizeOf(ReadOnlySpan<char> text) => Encoding.UTF8.GetByteCount(text);

    /// <summary>Encodes a text. Returns the number of bytes.</summary>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> utf8)
    {
        int length = 0;
        while (true)
        {
            OperationStatus status = Utf8.FromUtf16(text, utf8[length..], out int read, out int written, replaceInvalidSequences: false);
            length += written;
            if (status == OperationStatus.Done)
            {
                return length;
            }
            char surrogate = text[read];
            utf8[length++] = (byte)(0xE0 | (surrogate >> 12));
            utf8[length++] = (byte)(0x80 | ((surrogate >> 6) & 0x3F));
            utf8[length++] = (byte)(0x80 | (surrogate & 0x3F));
            text = text[(read + 1)..];
        }
    }

    /// <exception cref="JsonException">The bytes are not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> utf8)
    {
        if (Utf8.IsValid(utf8))
        {
            return Encoding.UTF8.GetString(utf8);
        }
        char[] characters = ArrayPool<char>.Shared.Rent(utf8.Length);
        try
        {
            return new string(characters, 0, DecodeSurrogates(utf8, characters));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }

    private static int DecodeSurrogates(ReadOnlySpan<byte> utf8, Span<char> characters)
    {
        int length = 0;
        while (!utf8.IsEmpty)
        {
            OperationStatus status = Utf8.ToUtf16(
                utf8, characters[length..], out int read, out int written, replaceInvalidSequences: false);
            length += written;
            utf8 = utf8[read..];
            if (status == OperationStatus.Done)
            {
                break;
            }
            if (utf8 is not [0xED, >= 0xA0 and <= 0xBF, >= 0x80 and <= 0xBF, ..])
            {
                throw new JsonException("A string is not UTF-8.");
            }
            characters[length++] = (char)(((utf8[0] & 0x0F) << 12) | ((utf8[1] & 0x3F) << 6) | (utf8[2] & 0x3F));
            utf8 = utf8[SurrogateSize..];
        }
        return length;
    }
}
