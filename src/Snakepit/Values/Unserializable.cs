using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>
/// Keeps values that are no plain objects from being read as an object type: markers of values that Python could not encode, and tagged
/// values.
/// </summary>
internal static class Unserializable
{
    /// <summary>Adds members that only reject. Without them, both would be read as an object without any members set.</summary>
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

    /// <summary>Returns the Python type that the first marker in <paramref name="body"/> names; null when there is no marker.</summary>
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
