using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Snakepit.Frames;

namespace Snakepit.Transport.Values;

/// <summary>Keeps an object type from being filled from what is no plain object: a marker of a value Python could not encode, or a tagged
/// value.</summary>
internal static class Unserializable
{
    /// <summary>Adds members that only exist to refuse. Without them both would be read as an object with nothing set.</summary>
    public static void Guard(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }
        AddRefusal(type, Protocol.ValueUnserializable, static (_, _) => throw Exception());
        AddRefusal(type, Protocol.ValueTag, static (target, _) =>
            throw new ValueMismatchException(target.GetType()));
    }

    public static JsonException Exception() => new("Python could not encode this value.");

    /// <summary>The Python type that the first marker in <paramref name="body"/> names; null when there is no marker.</summary>
    public static string? FindType(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Protocol.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals(Protocol.ValueUnserializable))
            {
                continue;
            }
            bool named = reader.Read() && reader.Read()
                && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("type"u8)
                && reader.Read() && reader.TokenType == JsonTokenType.String;
            return named ? reader.GetString() : "unknown type";
        }
        return null;
    }

    private static void AddRefusal(JsonTypeInfo type, string name, Action<object, object?> refuse)
    {
        type.Properties.Add(JsonMetadataServices.CreatePropertyInfo(type.Options, new JsonPropertyInfoValues<object>
        {
            IsProperty = true,
            IsPublic = true,
            DeclaringType = type.Type,
            PropertyName = name,
            Setter = refuse,
        }));
    }
}
