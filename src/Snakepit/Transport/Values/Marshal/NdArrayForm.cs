using System.Text.Json;

namespace Snakepit.Transport.Values.Marshal;

/// <summary>n-dimensional arrays as element type, shape and the bytes themselves.</summary>
internal sealed class NdArrayForm : MarshalForm<NdArray>
{
    public static readonly NdArrayForm Instance = new();

    private const int MostDimensions = 64; // numpy's own limit

    public override void Write(ref MarshalWriter writer, NdArray value)
    {
        writer.WriteTagStart("array"u8);
        writer.WriteText("dtype"u8);
        writer.WriteText(value.DType);
        writer.WriteText("shape"u8);
        writer.WriteListStart(value.Shape.Count);
        foreach (int length in value.Shape)
        {
            writer.WriteInteger(length);
        }
        writer.WriteListEnd();
        writer.WriteText("v"u8);
        writer.WriteBytes(value.Data.Span);
        writer.WriteMapEnd();
    }

    /// <summary>False when it is no array, or a malformed one.</summary>
    public override bool TryRead(ref MarshalReader reader, out NdArray value)
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
        if (reader.ReadKey(out _))
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
            if (!IntegerElement<int>.TryRead(ref reader, out length))
            {
                return false;
            }
        }
        reader.ReadListEnd();
        return true;
    }
}
