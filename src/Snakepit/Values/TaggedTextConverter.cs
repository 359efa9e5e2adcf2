using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>Converts a type to a tag and a text. Reads an untagged string as well, because tools often return one.</summary>
internal sealed class TaggedTextConverter<T>(
    string tag, TaggedTextConverter<T>.Format format, Func<string, T> parse, string? otherTag = null)
    : JsonConverter<T>
    where T : struct
{
    private readonly byte[] _tag = Encoding.ASCII.GetBytes(tag);
    private readonly byte[] _otherTag = Encoding.ASCII.GetBytes(otherTag ?? tag); // parse accepts the values of this tag that fit

    /// <summary>Writes the text and returns its length.</summary>
    public delegate int Format(T value, Span<char> destination);

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Utf8JsonReader start = reader;
        if (reader.TokenType == JsonTokenType.String)
        {
            return Parse(reader.GetString()!);
        }
        if (Tagged.TryReadTag(ref reader) && (reader.ValueTextEquals(_tag) || reader.ValueTextEquals(_otherTag)))
        {
            return Parse(Tagged.ReadText(ref reader));
        }
        reader = start;
        return SingleElement.Read(ref reader, this, options);
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[64];
        Tagged.Write(writer, _tag, text[..format(value, text)]);
    }

    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        throw MapKeys.Unsupported<T>();

    private T Parse(string text)
    {
        try
        {
            return parse(text);
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
        {
            throw new JsonException(
                $"'{Shown.Text(text)}' cannot be read as {Shown.Type(typeof(T))}: {Shown.Message(error, Shown.LongestName)}", error);
        }
    }
}
