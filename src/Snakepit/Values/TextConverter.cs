using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>Converts strings. Strings with lone surrogates, which UTF-8 cannot encode, travel tagged.</summary>
internal sealed class TextConverter : JsonConverter<string>
{
    private static readonly SearchValues<char> s_surrogates =
        SearchValues.Create([.. Enumerable.Range(0xD800, 0x800).Select(c => (char)c)]);

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString();
        }
        Utf8JsonReader start = reader;
        return Tagged.TryReadTag(ref reader) && reader.ValueTextEquals("str"u8)
            ? ReadTagged(ref reader)
            : throw new ValueMismatchException(typeof(string));
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => WriteTo(writer, value);

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString()!;

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        if (value == Protocol.ValueTag || HasLoneSurrogate(value))
        {
            throw new JsonException($"The key '{Shown.Text(value)}' can only be sent in a Dictionary<string, object?>.");
        }
        writer.WritePropertyName(value);
    }

    public static void WriteTo(Utf8JsonWriter writer, string value)
    {
        if (!HasLoneSurrogate(value))
        {
            writer.WriteStringValue(value);
            return;
        }
        Tagged.WriteStart(writer, "str"u8);
        writer.WriteBase64String(Tagged.ValueName, MemoryMarshal.AsBytes(value.AsSpan()));
        writer.WriteEndObject();
    }

    public static string ReadTagged(ref Utf8JsonReader reader)
    {
        byte[] utf16 = Tagged.ReadBytes(ref reader);
        return new string(MemoryMarshal.Cast<byte, char>(utf16));
    }

    public static bool HasLoneSurrogate(ReadOnlySpan<char> text)
    {
        int at = text.IndexOfAny(s_surrogates);
        while (at >= 0)
        {
            if (at + 1 >= text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
            {
                return true;
            }
            text = text[(at + 2)..];
            at = text.IndexOfAny(s_surrogates);
        }
        return false;
    }
}
