using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>Reads an array's elements as the equivalent nested lists, for types that are not made from arrays.</summary>
internal static class ArrayItems
{
    public delegate T Reader<T>(ref Utf8JsonReader reader);

    private delegate void ElementWriter(Utf8JsonWriter writer, ReadOnlySpan<byte> element);

    /// <summary>Reads the lists, or the single element of an array without dimensions.</summary>
    /// <exception cref="JsonException">The elements have no counterpart, or do not fit.</exception>
    public static T Read<T>(NdArray array, Reader<T> read)
    {
        TranscodingBuffers buffers = TranscodingBuffers.Rent();
        try
        {
            Write(buffers.Writer, array);
            buffers.Writer.Flush();
            var json = new Utf8JsonReader(buffers.Json.Written, new JsonReaderOptions { MaxDepth = Protocol.MaxDepth });
            json.Read();
            return read(ref json);
        }
        finally
        {
            buffers.Return();
        }
    }

    private static void Write(Utf8JsonWriter writer, NdArray array)
    {
        long lists = 1;
        foreach (int length in array.Shape.SkipLast(1))
        {
            lists *= Math.Max(length, 1);
            if (lists > Protocol.MaxNodes)
            {
                throw new JsonException($"The array is more than {Protocol.MaxNodes} lists.");
            }
        }
        ReadOnlySpan<byte> data = array.Data.Span;
        WriteLevel(writer, array.Shape, 0, ref data, DTypes.SizeOf(array.DType), WriterOf(array.DType));
    }

    private static void WriteLevel(
        Utf8JsonWriter writer, IReadOnlyList<int> shape, int level, ref ReadOnlySpan<byte> data, int size, ElementWriter element)
    {
        if (level == shape.Count)
        {
            element(writer, data[..size]);
            data = data[size..];
            return;
        }
        writer.WriteStartArray();
        for (int i = 0; i < shape[level]; i++)
        {
            WriteLevel(writer, shape, level + 1, ref data, size, element);
        }
        writer.WriteEndArray();
    }

    private static ElementWriter WriterOf(string dtype) => dtype switch
    {
        "|b1" => static (writer, element) => writer.WriteBooleanValue(element[0] != 0),
        "|i1" => static (writer, element) => writer.WriteNumberValue((sbyte)element[0]),
        "|u1" => static (writer, element) => writer.WriteNumberValue(element[0]),
        "<i2" => static (writer, element) => writer.WriteNumberValue(MemoryMarshal.Read<short>(element)),
        "<u2" => static (writer, element) => writer.WriteNumberValue(MemoryMarshal.Read<ushort>(element)),
        "<i4" => static (writer, element) => writer.WriteNumberValue(MemoryMarshal.Read<int>(element)),
        "<u4" => static (writer, element) => writer.WriteNumberValue(MemoryMarshal.Read<uint>(element)),
        "<i8" => static (writer, element) => writer.WriteNumberValue(MemoryMarshal.Read<long>(element)),
        "<u8" => static (writer, element) => writer.WriteNumberValue(MemoryMarshal.Read<ulong>(element)),
        "<f2" => static (writer, element) => FloatText.Write(writer, (double)MemoryMarshal.Read<Half>(element)),
        "<f4" => static (writer, element) => FloatText.Write(writer, MemoryMarshal.Read<float>(element)),
        "<f8" => static (writer, element) => FloatText.Write(writer, MemoryMarshal.Read<double>(element)),
        "<c8" => static (writer, element) => WriteComplex(
            writer, MemoryMarshal.Read<float>(element), MemoryMarshal.Read<float>(element[sizeof(float)..])),
        "<c16" => static (writer, element) => WriteComplex(
            writer, MemoryMarshal.Read<double>(element), MemoryMarshal.Read<double>(element[sizeof(double)..])),
        _ when ArrayTimes.Find(dtype) is { } times => times.Write,
        _ => throw new JsonException($"The array's elements are {dtype}, which have no .NET counterpart."),
    };

    private static void WriteComplex(Utf8JsonWriter writer, double real, double imaginary)
    {
        Span<char> text = stackalloc char[64];
        Tagged.Write(writer, "complex"u8, text[..ComplexConverter.Format(new Complex(real, imaginary), text)]);
    }
}
