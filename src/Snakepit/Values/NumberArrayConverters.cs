using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>T[] of numbers as an array of one dimension. Reads a list too.</summary>
internal sealed class VectorConverter<T>(JsonConverter<T> element) : JsonConverter<T[]>
    where T : unmanaged, INumber<T>
{
    public override T[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        int[] shape = new int[1];
        return NumberArrays.Read(ref reader, shape, element, options);
    }

    public override void Write(Utf8JsonWriter writer, T[] value, JsonSerializerOptions options) =>
        NdArrayConverter.WriteList<T>(writer, [value.Length], value);
}

/// <summary>T[,] of numbers as an n-dimensional array. Reads a list of lists too.</summary>
internal sealed class MatrixConverter<T>(JsonConverter<T> element) : JsonConverter<T[,]>
    where T : unmanaged, INumber<T>
{
    public override T[,] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        int[] shape = new int[2];
        T[] flat = NumberArrays.Read(ref reader, shape, element, options);
        var matrix = new T[shape[0], shape[1]];
        flat.CopyTo(NdArray.Elements<T>(matrix));
        return matrix;
    }

    public override void Write(Utf8JsonWriter writer, T[,] value, JsonSerializerOptions options) =>
        NdArrayConverter.WriteList<T>(writer, [value.GetLength(0), value.GetLength(1)], NdArray.Elements<T>(value));
}

/// <summary>T[,,] of numbers as an n-dimensional array. Reads nested lists too.</summary>
internal sealed class CubeConverter<T>(JsonConverter<T> element) : JsonConverter<T[,,]>
    where T : unmanaged, INumber<T>
{
    public override T[,,] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        int[] shape = new int[3];
        T[] flat = NumberArrays.Read(ref reader, shape, element, options);
        var cube = new T[shape[0], shape[1], shape[2]];
        flat.CopyTo(NdArray.Elements<T>(cube));
        return cube;
    }

    public override void Write(Utf8JsonWriter writer, T[,,] value, JsonSerializerOptions options) =>
        NdArrayConverter.WriteList<T>(writer, [value.GetLength(0), value.GetLength(1), value.GetLength(2)], NdArray.Elements<T>(value));
}

/// <summary>Reads arrays of a known rank from either of their wire forms.</summary>
internal static class NumberArrays
{
    public static readonly NdArrayConverter Converter = new();

    /// <summary>The elements in C order; fills in <paramref name="shape"/>, whose length is the rank that is wanted.</summary>
    public static T[] Read<T>(ref Utf8JsonReader reader, int[] shape, JsonConverter<T> element, JsonSerializerOptions options)
        where T : unmanaged, INumber<T>
    {
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            var flat = new List<T>();
            Array.Fill(shape, -1);
            ReadNested(ref reader, 0, shape, flat, element, options);
            for (int i = 0; i < shape.Length; i++)
            {
                shape[i] = Math.Max(shape[i], 0);
            }
            return [.. flat];
        }
        Utf8JsonReader ahead = reader;
        if (shape.Length == 1 && Tagged.TryReadTag(ref ahead) && ahead.ValueTextEquals("table"u8))
        {
            Utf8JsonReader values = TableParts.Read(ref ahead).Values;
            reader = ahead;
            return Read(ref values, shape, element, options);
        }
        NdArray array = Converter.Read(ref reader, typeof(NdArray), options);
        if (array.Shape.Count != shape.Length)
        {
            throw new JsonException($"The array has {array.Shape.Count} dimensions, not {shape.Length}.");
        }
        for (int i = 0; i < shape.Length; i++)
        {
            shape[i] = array.Shape[i];
        }
        try
        {
            return array.ToArray<T>();
        }
        catch (Exception error) when (error is OverflowException or InvalidOperationException)
        {
            throw new JsonException($"The array of {array.DType} cannot be read as {Shown.Type(typeof(T))}: {error.Message}", error);
        }
    }

    private static void ReadNested<T>(
        ref Utf8JsonReader reader, int level, int[] shape, List<T> flat, JsonConverter<T> element, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException($"The value is not an array of {shape.Length} dimensions.");
        }
        int count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            if (level + 1 < shape.Length)
            {
                ReadNested(ref reader, level + 1, shape, flat, element, options);
            }
            else
            {
                flat.Add(element.Read(ref reader, typeof(T), options)!);
            }
        }
        if (shape[level] >= 0 && shape[level] != count)
        {
            throw new JsonException("The rows of the array differ in length.");
        }
        shape[level] = count;
    }
}
