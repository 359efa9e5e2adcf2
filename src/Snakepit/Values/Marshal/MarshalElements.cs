using System.Numerics;

namespace Snakepit.Values.Marshal;

/// <summary>How values of a type are written and read, alone and in containers.</summary>
internal interface IMarshalElement<TSelf, T>
    where TSelf : IMarshalElement<TSelf, T>
{
    static abstract void Write(ref MarshalWriter writer, T value);

    /// <summary>False when there is something else, or something that only json's reader can judge; then the reader stands anywhere.</summary>
    static abstract bool TryRead(ref MarshalReader reader, out T value);

    static virtual void WriteAll(ref MarshalWriter writer, ReadOnlySpan<T> values)
    {
        foreach (T value in values)
        {
            TSelf.Write(ref writer, value);
        }
    }

    static virtual bool TryReadAll(ref MarshalReader reader, Span<T> values)
    {
        foreach (ref T value in values)
        {
            if (!TSelf.TryRead(ref reader, out value))
            {
                return false;
            }
        }
        return true;
    }
}

internal readonly struct IntegerElement<T> : IMarshalElement<IntegerElement<T>, T>
    where T : struct, IBinaryInteger<T>
{
    public static void Write(ref MarshalWriter writer, T value)
    {
        long narrow = long.CreateSaturating(value);
        if (T.CreateSaturating(narrow) == value)
        {
            writer.WriteInteger(narrow);
        }
        else
        {
            writer.WriteInteger(BigInteger.CreateChecked(value));
        }
    }

    public static bool TryRead(ref MarshalReader reader, out T value)
    {
        if (!reader.TryReadInteger(out long number))
        {
            value = default;
            return false;
        }
        value = T.CreateSaturating(number);
        return long.CreateSaturating(value) == number;
    }
}

internal readonly struct BigIntegerElement : IMarshalElement<BigIntegerElement, BigInteger>
{
    public static void Write(ref MarshalWriter writer, BigInteger value) => writer.WriteInteger(value);

    public static bool TryRead(ref MarshalReader reader, out BigInteger value)
    {
        bool isInteger = reader.Peek() is MarshalType.Int or MarshalType.Long;
        value = isInteger ? reader.ReadBigInteger() : default;
        return isInteger;
    }
}

/// <summary>float and Half, as the double they equal.</summary>
internal readonly struct NarrowFloatElement<T> : IMarshalElement<NarrowFloatElement<T>, T>
    where T : struct, IBinaryFloatingPointIeee754<T>
{
    public static void Write(ref MarshalWriter writer, T value) => writer.WriteFloat(double.CreateTruncating(value));

    public static bool TryRead(ref MarshalReader reader, out T value)
    {
        bool isNumber = FloatElement.TryRead(ref reader, out double wide);
        value = T.CreateTruncating(wide);
        return isNumber && T.IsFinite(value) == double.IsFinite(wide);
    }
}

internal readonly struct FloatElement : IMarshalElement<FloatElement, double>
{
    public static void Write(ref MarshalWriter writer, double value) => writer.WriteFloat(value);

    public static bool TryRead(ref MarshalReader reader, out double value)
    {
        if (reader.TryReadFloat(out value))
        {
            return true;
        }
        bool isInteger = reader.TryReadInteger(out long integer);
        value = integer;
        return isInteger;
    }

    public static void WriteAll(ref MarshalWriter writer, ReadOnlySpan<double> values) => writer.WriteFloats(values);

    public static bool TryReadAll(ref MarshalReader reader, Span<double> values)
    {
        while (true)
        {
            values = values[reader.ReadFloats(values)..];
            if (values.IsEmpty)
            {
                return true;
            }
            if (!TryRead(ref reader, out values[0]))
            {
                return false;
            }
            values = values[1..];
        }
    }
}

internal readonly struct BoolElement : IMarshalElement<BoolElement, bool>
{
    public static void Write(ref MarshalWriter writer, bool value) => writer.WriteBool(value);

    public static bool TryRead(ref MarshalReader reader, out bool value)
    {
        value = reader.TryRead(MarshalType.True);
        return value || reader.TryRead(MarshalType.False);
    }
}

internal readonly struct TextElement : IMarshalElement<TextElement, string?>
{
    public static void Write(ref MarshalWriter writer, string? value)
    {
        if (value is null)
        {
            writer.Write(MarshalType.None);
        }
        else
        {
            writer.WriteText(value);
        }
    }

    public static bool TryRead(ref MarshalReader reader, out string? value)
    {
        bool isText = reader.Peek() == MarshalType.Text;
        value = isText ? MarshalText.Decode(reader.ReadText()) : null;
        return isText || reader.TryRead(MarshalType.None);
    }
}

internal readonly struct BytesElement : IMarshalElement<BytesElement, byte[]?>
{
    public static void Write(ref MarshalWriter writer, byte[]? value)
    {
        if (value is null)
        {
            writer.Write(MarshalType.None);
        }
        else
        {
            writer.WriteBytes(value);
        }
    }

    public static bool TryRead(ref MarshalReader reader, out byte[]? value)
    {
        bool isBytes = reader.Peek() == MarshalType.Bytes;
        value = isBytes ? reader.ReadBytes().ToArray() : null;
        return isBytes || reader.TryRead(MarshalType.None);
    }
}

internal readonly struct MemoryElement : IMarshalElement<MemoryElement, Memory<byte>>
{
    public static void Write(ref MarshalWriter writer, Memory<byte> value) => writer.WriteBytes(value.Span);

    public static bool TryRead(ref MarshalReader reader, out Memory<byte> value)
    {
        bool isBytes = BytesElement.TryRead(ref reader, out byte[]? bytes) && bytes is not null;
        value = bytes;
        return isBytes;
    }
}

internal readonly struct ReadOnlyMemoryElement : IMarshalElement<ReadOnlyMemoryElement, ReadOnlyMemory<byte>>
{
    public static void Write(ref MarshalWriter writer, ReadOnlyMemory<byte> value) => writer.WriteBytes(value.Span);

    public static bool TryRead(ref MarshalReader reader, out ReadOnlyMemory<byte> value)
    {
        bool isBytes = MemoryElement.TryRead(ref reader, out Memory<byte> bytes);
        value = bytes;
        return isBytes;
    }
}

/// <summary>Values of no declared type.</summary>
internal readonly struct NaturalElement : IMarshalElement<NaturalElement, object?>
{
    public static void Write(ref MarshalWriter writer, object? value) => NaturalMarshal.Write(ref writer, value);

    public static bool TryRead(ref MarshalReader reader, out object? value)
    {
        value = NaturalMarshal.Read(ref reader);
        return true;
    }
}
