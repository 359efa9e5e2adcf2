using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>Converts n-dimensional arrays to element type, shape and base64.</summary>
internal sealed class NdArrayConverter : JsonConverter<NdArray>
{
    private const int MostDimensions = 64; // numpy's own limit

    public override NdArray Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Utf8JsonReader start = reader;
        return Tagged.TryReadTag(ref reader) && reader.ValueTextEquals("array"u8)
            ? ReadTagged(ref reader)
            : throw new ValueMismatchException(typeof(NdArray));
    }

    public override void Write(Utf8JsonWriter writer, NdArray value, JsonSerializerOptions options)
    {
        WriteStart(writer, value.DType, [.. value.Shape], value.Data.Span);
        writer.WriteEndObject();
    }

    /// <summary>Writes an array that arrives as nested lists where Python has no numpy.</summary>
    public static void WriteList<T>(Utf8JsonWriter writer, ReadOnlySpan<int> shape, ReadOnlySpan<T> elements)
        where T : unmanaged
    {
        WriteStart(writer, DTypes.NameOf<T>(), shape, MemoryMarshal.AsBytes(elements));
        writer.WriteBoolean("list"u8, true);
        writer.WriteEndObject();
    }

    private static void WriteStart(Utf8JsonWriter writer, string dtype, ReadOnlySpan<int> shape, ReadOnlySpan<byte> data)
    {
        Tagged.WriteStart(writer, "array"u8);
        writer.WriteString("dtype"u8, dtype);
        writer.WriteStartArray("shape"u8);
        foreach (int length in shape)
        {
            writer.WriteNumberValue(length);
        }
        writer.WriteEndArray();
        writer.WriteBase64String(Tagged.ValueName, data);
    }

    public static NdArray ReadTagged(ref Utf8JsonReader reader)
    {
        Tagged.ReadMember(ref reader, "dtype"u8);
        string dtype = reader.TokenType == JsonTokenType.String
            ? reader.GetString()!
            : throw new JsonException("An array's dtype is not a string.");
        Tagged.ReadMember(ref reader, "shape"u8);
        int[] shape = ReadShape(ref reader);
        byte[] data = ReadData(ref reader);
        try
        {
            return new NdArray(dtype, shape, data);
        }
        catch (Exception error) when (error is ArgumentException or OverflowException)
        {
            throw new JsonException($"Malformed array: {error.Message}", error);
        }
    }

    /// <summary>Reads the data, and the end of the object.</summary>
    private static byte[] ReadData(ref Utf8JsonReader reader)
    {
        Tagged.ReadMember(ref reader, "v"u8);
        if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out byte[]? data))
        {
            throw new JsonException("Malformed tagged value: base64 was expected.");
        }
        Utf8JsonReader ahead = reader;
        if (ahead.Read()
            && ahead.TokenType == JsonTokenType.PropertyName
            && ahead.ValueTextEquals("list"u8)
            && ahead.Read()
            && ahead.TokenType == JsonTokenType.True)
        {
            reader = ahead;
        }
        Tagged.ReadEnd(ref reader);
        return data;
    }

    private static int[] ReadShape(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("An array's shape is not a list.");
        }
        var shape = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int length) || shape.Count == MostDimensions)
            {
                throw new JsonException("An array's shape is malformed.");
            }
            shape.Add(length);
        }
        return [.. shape];
    }
}
