using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>byte[] as tagged base64. Reads a numpy array of bytes too.</summary>
internal sealed class BytesConverter : JsonConverter<byte[]>
{
    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ReadFrom(ref reader);

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) => WriteTo(writer, value);

    public static byte[] ReadFrom(ref Utf8JsonReader reader)
    {
        Utf8JsonReader start = reader;
        if (Tagged.TryReadTag(ref reader))
        {
            if (reader.ValueTextEquals("bytes"u8))
            {
                return Tagged.ReadBytes(ref reader);
            }
            if (reader.ValueTextEquals("array"u8))
            {
                return ToBytes(NdArrayConverter.ReadTagged(ref reader));
            }
        }
        throw new ValueMismatchException(typeof(byte[]));
    }

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

    public static void WriteTo(Utf8JsonWriter writer, ReadOnlySpan<byte> value)
    {
        Tagged.WriteStart(writer, "bytes"u8);
        writer.WriteBase64String(Tagged.ValueName, value);
        writer.WriteEndObject();
    }
}

/// <summary>Memory&lt;byte&gt; as <see cref="BytesConverter"/>.</summary>
internal sealed class MemoryConverter : JsonConverter<Memory<byte>>
{
    public override Memory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        BytesConverter.ReadFrom(ref reader);

    public override void Write(Utf8JsonWriter writer, Memory<byte> value, JsonSerializerOptions options) =>
        BytesConverter.WriteTo(writer, value.Span);
}

/// <summary>ReadOnlyMemory&lt;byte&gt; as <see cref="BytesConverter"/>.</summary>
internal sealed class ReadOnlyMemoryConverter : JsonConverter<ReadOnlyMemory<byte>>
{
    public override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        BytesConverter.ReadFrom(ref reader);

    public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value, JsonSerializerOptions options) =>
        BytesConverter.WriteTo(writer, value.Span);
}

/// <summary>ArraySegment&lt;byte&gt; as <see cref="BytesConverter"/>.</summary>
internal sealed class ByteSegmentConverter : JsonConverter<ArraySegment<byte>>
{
    public override ArraySegment<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        BytesConverter.ReadFrom(ref reader);

    public override void Write(Utf8JsonWriter writer, ArraySegment<byte> value, JsonSerializerOptions options) =>
        BytesConverter.WriteTo(writer, value);
}
