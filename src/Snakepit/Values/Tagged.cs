using System.Text.Json;
using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>
/// Reads and writes tagged objects, <c>{"__snakepit__":"uuid","v":…}</c>, for values that plain JSON lacks. The tag is always the first
/// member.
/// </summary>
internal static class Tagged
{
    public static readonly JsonEncodedText TagName = JsonEncodedText.Encode(Protocol.ValueTag, WireEncoder.Instance);
    public static readonly JsonEncodedText ValueName = JsonEncodedText.Encode("v", WireEncoder.Instance);

    public static void WriteStart(Utf8JsonWriter writer, ReadOnlySpan<byte> tag)
    {
        writer.WriteStartObject();
        writer.WriteString(TagName, tag);
    }

    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> tag, ReadOnlySpan<char> value)
    {
        WriteStart(writer, tag);
        writer.WriteString(ValueName, value);
        writer.WriteEndObject();
    }

    /// <summary>Returns true when the reader is at the start of a tagged object, and moves it to the tag.</summary>
    public static bool TryReadTag(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        Utf8JsonReader ahead = reader;
        if (!ahead.Read() || ahead.TokenType != JsonTokenType.PropertyName || !ahead.ValueTextEquals(TagName.EncodedUtf8Bytes))
        {
            return false;
        }
        ahead.Read();
        if (ahead.TokenType != JsonTokenType.String)
        {
            throw new JsonException("A value's tag is not a string.");
        }
        reader = ahead;
        return true;
    }

    /// <summary>Moves to the value of member <paramref name="name"/>, which must come next.</summary>
    public static void ReadMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals(name))
        {
            throw new JsonException("Malformed tagged value.");
        }
        reader.Read();
    }

    public static void ReadEnd(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.EndObject)
        {
            throw new JsonException("Malformed tagged value.");
        }
    }

    /// <summary>Reads the string value of the tagged object at whose tag the reader is, and the object's end.</summary>
    public static string ReadText(ref Utf8JsonReader reader)
    {
        ReadMember(ref reader, "v"u8);
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException("Malformed tagged value: a string was expected.");
        }
        string text = reader.GetString()!;
        ReadEnd(ref reader);
        return text;
    }

    /// <summary>Reads the base64 value of the tagged object at whose tag the reader is, and the object's end.</summary>
    public static byte[] ReadBytes(ref Utf8JsonReader reader)
    {
        ReadMember(ref reader, "v"u8);
        if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out byte[]? bytes))
        {
            throw new JsonException("Malformed tagged value: base64 was expected.");
        }
        ReadEnd(ref reader);
        return bytes;
    }
}
