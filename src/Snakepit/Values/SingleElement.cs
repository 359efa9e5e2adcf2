using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>Reads an array without dimensions, which numpy's scalars and reductions often are, as its single element.</summary>
internal static class SingleElement
{
    public static bool IsNext(Utf8JsonReader reader) => Tagged.TryReadTag(ref reader) && reader.ValueTextEquals("array"u8);

    /// <exception cref="JsonException">The current value is none, or its element does not fit.</exception>
    public static T Read<T>(ref Utf8JsonReader reader, JsonConverter<T> converter, JsonSerializerOptions options)
    {
        Utf8JsonReader ahead = reader;
        if (Tagged.TryReadTag(ref ahead)
            && ahead.ValueTextEquals("array"u8)
            && NdArrayConverter.ReadTagged(ref ahead) is { Shape.Count: 0 } array)
        {
            reader = ahead;
            return ArrayItems.Read(array, (ref Utf8JsonReader element) => converter.Read(ref element, typeof(T), options)!);
        }
        throw new ValueMismatchException(typeof(T));
    }
}
