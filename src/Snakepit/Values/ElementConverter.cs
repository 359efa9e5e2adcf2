using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>
/// Reads and writes the elements of a container through their converter, without the second scan of each value that
/// <see cref="JsonSerializer"/> does for a reader.
/// </summary>
internal readonly struct ElementConverter<T>(JsonSerializerOptions options)
{
    private readonly JsonConverter<T> _converter = (JsonConverter<T>)options.GetTypeInfo(typeof(T)).Converter;

    public T Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null && default(T) is null && !_converter.HandleNull)
        {
            return default!;
        }
        return _converter.Read(ref reader, typeof(T), options)!;
    }

    public void Write(Utf8JsonWriter writer, T value)
    {
        if (value is null)
        {
            writer.WriteNullValue();
            return;
        }
        _converter.Write(writer, value, options);
    }
}
