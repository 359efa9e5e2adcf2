using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Transport.Values;

/// <summary>n-dimensional arrays as element type, shape and base64.</summary>
internal sealed class NdArrayConverter : JsonConverter<NdArray>
{
    private const int MostDimensions = 64; // numpy's own limit

    public override NdArray Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Utf8JsonReader start = reader;
        return Tagged.TryReadTag(ref reader) && reader.ValueTextEquals("array"u8)
            ? ReadTagged(ref reader)
            : throw Tagged.Mismatch<NdArray>(ref start);
    }

    public override void Write(Utf8JsonWriter writer, NdArray value, JsonSerializerOptions options)
    {
        Tagged.WriteStart(writer, "array"u8);
        writer.WriteString("dtype"u8, value.DType);
        writer.WriteStartArray("shape"u8);
        foreach (int length in value.Shape)
        {
            writer.WriteNumberValue(length);
        }
        writer.WriteEndArray();
        writer.WriteBase64String(Tagged.ValueName, value.Data.Span);
        writer.WriteEndObject();
    }

    public static NdArray ReadTagged(ref Utf8JsonReader reader)
    {
        Tagged.ReadMember(ref reader, "dtype"u8);
        string dtype = reader.TokenType == JsonTokenType.String
            ? reader.GetString()!
            : throw new JsonException("An array's dtype is not a string.");
        Tagged.ReadMember(ref reader, "shape"u8);
        int[] shape = ReadShape(ref reader);
        byte[] data = Tagged.ReadBytes(ref reader);
        try
        {
            return new NdArray(dtype, shape, data);
        }
        catch (Exception error) when (error is ArgumentException or OverflowException)
        {
            throw new JsonException($"Malformed array: {error.Message}", error);
        }
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
