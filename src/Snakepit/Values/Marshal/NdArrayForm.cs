using System.Runtime.InteropServices;
using System.Text.Json;

namespace Snakepit.Values.Marshal;

/// <summary>n-dimensional arrays as element type, shape and the raw bytes.</summary>
internal sealed class NdArrayForm : MarshalForm<NdArray>
{
    public static readonly NdArrayForm Instance = new();

    private const int MostDimensions = 64; // the limit of numpy

    /// <inheritdoc cref="NdArrayConverter.WriteList"/>
    public static void WriteList<T>(ref MarshalWriter writer, ReadOnlySpan<T> elements)
        where T : unmanaged
    {
        WriteStart(ref writer, DTypes.NameOf<T>(), [elements.Length], MemoryMarshal.AsBytes(elements));
        writer.WriteText("list"u8);
        writer.WriteBool(true);
        writer.WriteMapEnd();
    }

    protected override void WriteValue(ref MarshalWriter writer, NdArray value)
    {
        WriteStart(ref writer, value.DType, [.. value.Shape], value.Data.Span);
        writer.WriteMapEnd();
    }

    private static void WriteStart(ref MarshalWriter writer, string dtype, scoped ReadOnlySpan<int> shape, scoped ReadOnlySpan<byte> data)
    {
        writer.WriteTagStart("array"u8);
        writer.WriteText("dtype"u8);
        writer.WriteText(dtype);
        writer.WriteText("shape"u8);
        writer.WriteListStart(shape.Length);
        foreach (int length in shape)
        {
            writer.WriteInteger(length);
        }
        writer.WriteListEnd();
        writer.WriteText("v"u8);
        writer.WriteBytes(data);
    }

    /// <summary>Reads an array. Returns false for anything else, and for a malformed array.</summary>
    protected override bool TryReadValue(ref MarshalReader reader, out NdArray value)
    {
        value = null!;
        if (!MarshalTag.TryRead(ref reader, out ReadOnlySpan<byte> tag) || !tag.SequenceEqual("array"u8)
            || !MarshalTag.TryReadName(ref reader, "dtype"u8) || reader.Peek() != MarshalType.Text)
        {
            return false;
        }
        string dtype = MarshalText.Decode(reader.ReadText());
        if (!MarshalTag.TryReadName(ref reader, "shape"u8) || !TryReadShape(ref reader, out int[] shape)
            || !MarshalTag.TryReadName(ref reader, "v"u8) || reader.Peek() != MarshalType.Bytes)
        {
            return false;
        }
        ReadOnlySpan<byte> data = reader.ReadBytes();
        if (reader.ReadKey(out ReadOnlySpan<byte> more)
            && !(more.SequenceEqual("list"u8) && reader.TryRead(MarshalType.True) && !reader.ReadKey(out _)))
        {
            return false;
        }
        try
        {
            value = new NdArray(dtype, shape, data.ToArray());
            return true;
        }
        catch (Exception error) when (error is ArgumentException or OverflowException)
        {
            throw new JsonException($"Malformed array: {error.Message}", error);
        }
    }

    private static bool TryReadShape(ref MarshalReader reader, out int[] shape)
    {
        shape = [];
        if (reader.Peek() is not (MarshalType.List or MarshalType.Tuple))
        {
            return false;
        }
        int count = reader.ReadListStart();
        if (count > MostDimensions)
        {
            return false;
        }
        shape = new int[count];
        foreach (ref int length in shape.AsSpan())
        {
            if (!reader.TryReadInteger(out long number) || number != (int)number)
            {
                return false;
            }
            length = (int)number;
        }
        reader.ReadListEnd();
        return true;
    }
}
