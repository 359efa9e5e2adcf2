using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>byte[], and the memory types over one, as tagged base64. Reads a numpy array of bytes too.</summary>
internal sealed class BytesConverter<T>(Func<byte[], T> from, Func<T, ReadOnlyMemory<byte>> bytesOf) : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (Tagged.TryReadTag(ref reader))
        {
            if (reader.ValueTextEquals("bytes"u8))
            {
                return from(Tagged.ReadBytes(ref reader));
            }
            if (reader.ValueTextEquals("array"u8))
            {
                return from(ToBytes(NdArrayConverter.ReadTagged(ref reader)));
            }
        }
        throw new ValueMismatchException(typeof(byte[]));
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        BytesText.Write(writer, bytesOf(value).Span);

    private static byte[] ToBytes(NdArray array)
    {
        try
        {
            return array.ToArray<byte>();
        }
        catch (Exception error) when (error is OverflowException or InvalidOperationException)
        {
            throw new JsonException($"The array of {array.DType} cannot be read as bytes: {error.Message}", error);
        }
    }
}

/// <summary>Reads and writes bytes as base64 text.</summary>
internal static class BytesText
{
    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> value)
    {
        Tagged.WriteStart(writer, "bytes"u8);
        writer.WriteBase64String(Tagged.ValueName, value);
        writer.WriteEndObject();
    }
}
