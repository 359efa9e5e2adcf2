using System.Numerics;

namespace Snakepit.Values.Marshal;

internal sealed class IntegerForm<T> : MarshalForm<T>
    where T : struct, IBinaryInteger<T>
{
    protected override void WriteValue(ref MarshalWriter writer, T value)
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

    protected override bool TryReadValue(ref MarshalReader reader, out T value)
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

internal sealed class BigIntegerForm : MarshalForm<BigInteger>
{
    protected override void WriteValue(ref MarshalWriter writer, BigInteger value) => writer.WriteInteger(value);

    protected override bool TryReadValue(ref MarshalReader reader, out BigInteger value)
    {
        bool isInteger = reader.Peek() is MarshalType.Int or MarshalType.Long;
        value = isInteger ? reader.ReadBigInteger() : default;
        return isInteger;
    }
}

internal sealed class FloatForm : MarshalForm<double>
{
    public override void WriteAll(ref MarshalWriter writer, ReadOnlySpan<double> values) => writer.WriteFloats(values);

    public override bool TryReadAll(ref MarshalReader reader, Span<double> values)
    {
        while (true)
        {
            values = values[reader.ReadFloats(values)..];
            if (values.IsEmpty)
            {
                return true;
            }
            if (!TryReadNumber(ref reader, out values[0]))
            {
                return false;
            }
            values = values[1..];
        }
    }

    public static bool TryReadNumber(ref MarshalReader reader, out double value)
    {
        if (reader.TryReadFloat(out value))
        {
            return true;
        }
        bool isInteger = reader.TryReadInteger(out long integer);
        value = integer;
        return isInteger;
    }

    protected override void WriteValue(ref MarshalWriter writer, double value) => writer.WriteFloat(value);

    protected override bool TryReadValue(ref MarshalReader reader, out double value) => TryReadNumber(ref reader, out value);
}

/// <summary>float and Half, as the equal double.</summary>
internal sealed class NarrowFloatForm<T> : MarshalForm<T>
    where T : struct, IBinaryFloatingPointIeee754<T>
{
    protected override void WriteValue(ref MarshalWriter writer, T value) => writer.WriteFloat(double.CreateTruncating(value));

    protected override bool TryReadValue(ref MarshalReader reader, out T value)
    {
        bool isNumber = FloatForm.TryReadNumber(ref reader, out double wide);
        value = T.CreateTruncating(wide);
        return isNumber && T.IsFinite(value) == double.IsFinite(wide);
    }
}

internal sealed class BoolForm : MarshalForm<bool>
{
    protected override void WriteValue(ref MarshalWriter writer, bool value) => writer.WriteBool(value);

    protected override bool TryReadValue(ref MarshalReader reader, out bool value)
    {
        value = reader.TryRead(MarshalType.True);
        return value || reader.TryRead(MarshalType.False);
    }
}

internal sealed class TextForm : MarshalForm<string>
{
    protected override void WriteValue(ref MarshalWriter writer, string value) => writer.WriteText(value);

    protected override bool TryReadValue(ref MarshalReader reader, out string value)
    {
        bool isText = reader.Peek() == MarshalType.Text;
        value = isText ? MarshalText.Decode(reader.ReadText()) : "";
        return isText;
    }
}

/// <summary>byte[], and the memory types over it.</summary>
internal sealed class BytesForm<T>(Func<byte[], T> from, Func<T, ReadOnlyMemory<byte>> bytesOf) : MarshalForm<T>
{
    protected override void WriteValue(ref MarshalWriter writer, T value) => writer.WriteBytes(bytesOf(value).Span);

    protected override bool TryReadValue(ref MarshalReader reader, out T value)
    {
        bool isBytes = reader.Peek() == MarshalType.Bytes;
        value = isBytes ? from(reader.ReadBytes().ToArray()) : default!;
        return isBytes;
    }
}

/// <summary>Values without a declared type.</summary>
internal sealed class NaturalForm : MarshalForm<object>
{
    protected override void WriteValue(ref MarshalWriter writer, object value) => NaturalMarshal.Write(ref writer, value);

    protected override bool TryReadValue(ref MarshalReader reader, out object value)
    {
        value = NaturalMarshal.Read(ref reader)!;
        return true;
    }
}

internal sealed class NullableForm<T>(MarshalForm<T> form) : MarshalForm<T?>
    where T : struct
{
    protected override void WriteValue(ref MarshalWriter writer, T? value) => form.Write(ref writer, value.GetValueOrDefault());

    protected override bool TryReadValue(ref MarshalReader reader, out T? value)
    {
        bool read = form.TryRead(ref reader, out T some);
        value = some;
        return read;
    }
}
