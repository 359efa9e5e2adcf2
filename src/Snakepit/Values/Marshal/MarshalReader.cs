using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Snakepit.Frames;

namespace Snakepit.Values.Marshal;

/// <summary>
/// Reads marshal, version 2, of the types in <see cref="MarshalType"/>. Any bytes lead to a value or a <see cref="JsonException"/>. A copy
/// of the reader continues from the position at which it was copied.
/// </summary>
internal ref struct MarshalReader(ReadOnlySpan<byte> body)
{
    private readonly ReadOnlySpan<byte> _body = body;
    private int _position;
    private int _depth;
    private int _nodes;

    /// <summary>Returns the type of the next value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly byte Peek() => (uint)_position < (uint)_body.Length ? _body[_position] : throw Malformed("it ends too early");

    /// <summary>Reads a type without content, if it comes next.</summary>
    public bool TryRead(byte type)
    {
        if (Peek() != type)
        {
            return false;
        }
        _position++;
        return true;
    }

    /// <summary>Reads a float. Returns false when no float comes next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadFloat(out double value)
    {
        if (Peek() != MarshalType.Float)
        {
            value = 0;
            return false;
        }
        value = BinaryPrimitives.ReadDoubleLittleEndian(Take(MarshalType.FloatSize)[1..]);
        return true;
    }

    /// <summary>Reads floats until something else comes. Returns their number.</summary>
    public int ReadFloats(Span<double> values)
    {
        ReadOnlySpan<byte> rest = _body[_position..];
        int most = Math.Min(values.Length, rest.Length / MarshalType.FloatSize);
        int count = 0;
        for (; count < most && rest[0] == MarshalType.Float; count++)
        {
            values[count] = BinaryPrimitives.ReadDoubleLittleEndian(rest[1..]);
            rest = rest[MarshalType.FloatSize..];
        }
        _position += count * MarshalType.FloatSize;
        return count;
    }

    /// <summary>Reads an integer. Returns false when no integer of at most 64 bits comes next.</summary>
    public bool TryReadInteger(out long value)
    {
        byte type = Peek();
        if (type == MarshalType.Int)
        {
            value = ReadPrefix();
            return true;
        }
        value = 0;
        if (type != MarshalType.Long)
        {
            return false;
        }
        MarshalReader ahead = this;
        if (!MarshalInteger.TryRead(ahead.ReadDigits(out bool negative), negative, out value))
        {
            return false;
        }
        this = ahead;
        return true;
    }

    /// <summary>Reads an integer, which must come next.</summary>
    public BigInteger ReadBigInteger() =>
        TryReadInteger(out long value) ? value : MarshalInteger.Read(ReadDigits(out bool negative), negative);

    /// <summary>Reads a string as UTF-8 for <see cref="MarshalText.Decode"/>, which must come next.</summary>
    public ReadOnlySpan<byte> ReadText() => ReadLengthed(MarshalType.Text, "a string");

    /// <summary>Reads bytes, which must come next.</summary>
    public ReadOnlySpan<byte> ReadBytes() => ReadLengthed(MarshalType.Bytes, "bytes");

    /// <summary>Reads the start of a list or tuple, which must come next. Returns the number of items.</summary>
    public int ReadListStart()
    {
        if (Peek() is not (MarshalType.List or MarshalType.Tuple))
        {
            throw Malformed("a list was expected");
        }
        Enter();
        int count = ReadPrefix();
        Count(count);
        return count;
    }

    public void ReadListEnd() => _depth--;

    /// <summary>Reads the start of a map, which must come next.</summary>
    public void ReadMapStart()
    {
        if (!TryRead(MarshalType.Map))
        {
            throw Malformed("a map was expected");
        }
        Enter();
    }

    /// <summary>Reads the next key of a map, as <see cref="ReadText"/> does. Returns false at the end of the map.</summary>
    public bool ReadKey(out ReadOnlySpan<byte> key)
    {
        if (TryRead(MarshalType.End))
        {
            key = default;
            _depth--;
            return false;
        }
        key = ReadText();
        Count(1);
        return true;
    }

    /// <summary>Reads any value, and returns its bytes.</summary>
    public ReadOnlySpan<byte> ReadRaw()
    {
        int start = _position;
        Skip();
        return _body[start.._position];
    }

    /// <summary>Checks that the message ends after the value.</summary>
    public readonly void ReadEnd()
    {
        if (_position != _body.Length)
        {
            throw Malformed("there is more after its value");
        }
    }

    public readonly JsonException UnknownType() => Malformed($"0x{Peek():x2} is no type that values have");

    public readonly JsonException Malformed(string why) => new($"The value is malformed marshal data: {why}, at byte {_position}.");

    private void Skip()
    {
        switch (Peek())
        {
            case MarshalType.None or MarshalType.True or MarshalType.False: _position++; break;
            case MarshalType.Int: ReadPrefix(); break;
            case MarshalType.Long: ReadDigits(out _); break;
            case MarshalType.Float: TryReadFloat(out _); break;
            case MarshalType.Text or MarshalType.Bytes: Take(ReadPrefix()); break;
            case MarshalType.List or MarshalType.Tuple:
                for (int left = ReadListStart(); left > 0; left--)
                {
                    Skip();
                }
                ReadListEnd();
                break;
            case MarshalType.Map:
                ReadMapStart();
                while (ReadKey(out _))
                {
                    Skip();
                }
                break;
            default: throw UnknownType();
        }
    }

    private void Enter()
    {
        if (++_depth > Protocol.MaxDepth)
        {
            throw Malformed($"it is nested more than {Protocol.MaxDepth} levels deep");
        }
    }

    /// <summary>
    /// Every node takes at least a byte. A message with more nodes than bytes, in whatever lists, is rejected before memory is allocated
    /// for them.
    /// </summary>
    private void Count(int nodes)
    {
        if (nodes < 0 || nodes > Math.Min(_body.Length, Protocol.MaxNodes) - _nodes)
        {
            throw Malformed($"it says it has more nodes than it has bytes, or has more than {Protocol.MaxNodes}");
        }
        _nodes += nodes;
    }

    /// <summary>Reads a type and the 32 bits after it.</summary>
    private int ReadPrefix() => BinaryPrimitives.ReadInt32LittleEndian(Take(MarshalType.PrefixSize)[1..]);

    private ReadOnlySpan<byte> ReadLengthed(byte type, string what)
    {
        if (Peek() != type)
        {
            throw Malformed($"{what} {(what == "bytes" ? "were" : "was")} expected");
        }
        return Take(ReadPrefix());
    }

    private ReadOnlySpan<byte> ReadDigits(out bool negative)
    {
        if (Peek() != MarshalType.Long)
        {
            throw Malformed("an integer was expected");
        }
        long digits = ReadPrefix();
        negative = digits < 0;
        return Take(Math.Abs(digits) * MarshalInteger.DigitSize);
    }

    private ReadOnlySpan<byte> Take(long length)
    {
        if (length < 0 || length > _body.Length - _position)
        {
            throw Malformed($"something in it is {length} bytes long where {_body.Length - _position} are left");
        }
        ReadOnlySpan<byte> taken = _body.Slice(_position, (int)length);
        _position += (int)length;
        return taken;
    }
}
