using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text.Json;
using Snakepit.Frames;

namespace Snakepit.Values.Marshal;

/// <summary>Writes marshal, version 2. The output is complete only after <see cref="Flush"/>.</summary>
/// <param name="output">The output.</param>
/// <param name="codec">The codec for values without a declared type.</param>
/// <param name="depth">The number of open levels around the value.</param>
internal ref struct MarshalWriter(IBufferWriter<byte> output, MarshalValueCodec codec, int depth = 0)
{
    private const int SmallestSpan = 256;
    private const int ShortText = 64;
    private const int MostFloatsAtOnce = 1 << 16;
    private const int LongDigits = 5;

    private readonly IBufferWriter<byte> _output = output;
    private Span<byte> _span;
    private int _written;

    public readonly MarshalValueCodec Codec => codec;

    /// <summary>The maximum size of the output.</summary>
    public readonly int Limit => (_output as ILimitedBuffer)?.Limit ?? int.MaxValue;

    public int Depth { get; private set; } = depth;

    public void Flush()
    {
        _output.Advance(_written);
        _span = default;
        _written = 0;
    }

    /// <summary>Writes a type without content.</summary>
    public void Write(byte type)
    {
        Reserve(1)[0] = type;
        _written++;
    }

    public void WriteBool(bool value) => Write(value ? MarshalType.True : MarshalType.False);

    public void WriteInteger(long value)
    {
        if (value == (int)value)
        {
            WritePrefix(MarshalType.Int, (int)value);
            return;
        }
        ulong magnitude = value < 0 ? 0 - (ulong)value : (ulong)value;
        int digits = 3;
        while (digits < LongDigits && magnitude >> (15 * digits) != 0)
        {
            digits++;
        }
        WritePrefix(MarshalType.Long, value < 0 ? -digits : digits);
        MarshalInteger.Write(magnitude, Take(digits * MarshalInteger.DigitSize));
    }

    public void WriteInteger(in BigInteger value)
    {
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            WriteInteger((long)value);
            return;
        }
        BigInteger magnitude = BigInteger.Abs(value);
        int digits = MarshalInteger.CountDigits(magnitude);
        WritePrefix(MarshalType.Long, value.Sign * digits);
        MarshalInteger.Write(magnitude, Take(digits * MarshalInteger.DigitSize));
    }

    public void WriteFloat(double value)
    {
        Span<byte> target = Take(MarshalType.FloatSize);
        target[0] = MarshalType.Float;
        BinaryPrimitives.WriteDoubleLittleEndian(target[1..], value);
    }

    public void WriteFloats(scoped ReadOnlySpan<double> values)
    {
        while (!values.IsEmpty)
        {
            ReadOnlySpan<double> some = values[..Math.Min(values.Length, MostFloatsAtOnce)];
            Span<byte> target = Take(some.Length * MarshalType.FloatSize);
            foreach (double value in some)
            {
                target[0] = MarshalType.Float;
                BinaryPrimitives.WriteDoubleLittleEndian(target[1..], value);
                target = target[MarshalType.FloatSize..];
            }
            values = values[some.Length..];
        }
    }

    public void WriteText(scoped ReadOnlySpan<char> text)
    {
        if (text.Length <= ShortText)
        {
            Span<byte> target = Reserve(MarshalType.PrefixSize + (text.Length * MarshalText.LargestCharacter));
            int length = MarshalText.Encode(text, target[MarshalType.PrefixSize..]);
            WritePrefix(MarshalType.Text, length);
            _written += length;
            return;
        }
        int size = MarshalText.SizeOf(text);
        WritePrefix(MarshalType.Text, size);
        MarshalText.Encode(text, Take(size));
    }

    /// <param name="utf8">UTF-8 as for <see cref="MarshalText.Decode"/>.</param>
    public void WriteText(scoped ReadOnlySpan<byte> utf8)
    {
        WritePrefix(MarshalType.Text, utf8.Length);
        utf8.CopyTo(Take(utf8.Length));
    }

    public void WriteBytes(scoped ReadOnlySpan<byte> bytes)
    {
        WritePrefix(MarshalType.Bytes, bytes.Length);
        bytes.CopyTo(Take(bytes.Length));
    }

    public void WriteListStart(int count)
    {
        Enter();
        WritePrefix(MarshalType.List, count);
    }

    public void WriteListEnd() => Depth--;

    /// <summary>Starts a map. Keys and values follow.</summary>
    public void WriteMapStart()
    {
        Enter();
        Write(MarshalType.Map);
    }

    public void WriteMapEnd()
    {
        Depth--;
        Write(MarshalType.End);
    }

    /// <summary>Starts a tagged value: a map whose first member tells what the others mean.</summary>
    public void WriteTagStart(scoped ReadOnlySpan<byte> tag)
    {
        WriteMapStart();
        WriteText(Tagged.TagName.EncodedUtf8Bytes);
        WriteText(tag);
    }

    /// <param name="written">A value that was written to a buffer.</param>
    public void WriteRaw(scoped ReadOnlySpan<byte> written) => written.CopyTo(Take(written.Length));

    private void Enter()
    {
        if (++Depth > Protocol.MaxDepth)
        {
            throw new JsonException($"The value is nested more than {Protocol.MaxDepth} levels deep, or contains itself.");
        }
    }

    private void WritePrefix(byte type, int number)
    {
        Span<byte> target = Take(MarshalType.PrefixSize);
        target[0] = type;
        BinaryPrimitives.WriteInt32LittleEndian(target[1..], number);
    }

    private Span<byte> Take(int size)
    {
        Span<byte> target = Reserve(size)[..size];
        _written += size;
        return target;
    }

    private Span<byte> Reserve(int size)
    {
        if (_span.Length - _written < size)
        {
            Flush();
            _span = _output.GetSpan(Math.Max(size, SmallestSpan));
        }
        return _span[_written..];
    }
}
