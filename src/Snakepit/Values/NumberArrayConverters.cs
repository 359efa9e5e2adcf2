using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>T[], T[,] and T[,,] of numbers as n-dimensional arrays. Also reads nested lists.</summary>
internal sealed class NumberArrayConverter<TArray, T>(int rank, JsonConverter<T> element) : JsonConverter<TArray>
    where TArray : class
    where T : unmanaged, INumber<T>
{
    public override TArray Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        int[] shape = new int[rank];
        T[] flat = NumberArrays.Read(ref reader, shape, element, options);
        if (flat is TArray vector)
        {
            return vector;
        }
        var array = Array.CreateInstanceFromArrayType(typeof(TArray), shape);
        flat.CopyTo(NdArray.Elements<T>(array));
        return (TArray)(object)array;
    }

    public override void Write(Utf8JsonWriter writer, TArray value, JsonSerializerOptions options)
    {
        var array = (Array)(object)value;
        NdArrayConverter.WriteList<T>(writer, [.. Enumerable.Range(0, rank).Select(array.GetLength)], NdArray.Elements<T>(array));
    }
}

/// <summary>Reads arrays of a known rank from either of their wire forms.</summary>
internal static class NumberArrays
{
    public static readonly NdArrayConverter Converter = new();

    /// <summary>Reads the elements in C order, and fills in <paramref name="shape"/>, whose length is the expected rank.</summary>
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
