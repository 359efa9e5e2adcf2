using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text.Json;

namespace Snakepit.Values.Marshal;

/// <summary>Integers of more than 32 bits: digits of 15 bits, the lowest first, each in two bytes.</summary>
internal static class MarshalInteger
{
    public const int DigitSize = 2;

    private const int DigitBits = 15;
    private const int DigitMask = (1 << DigitBits) - 1;
    private const int MostDigitsOfLong = 5;
    private const int ByteBits = 8;

    /// <summary>Returns false when the integer does not fit.</summary>
    public static bool TryRead(ReadOnlySpan<byte> digits, bool negative, out long value)
    {
        value = 0;
        if (digits.Length > MostDigitsOfLong * DigitSize)
        {
            return false;
        }
        CheckTop(digits);
        Int128 magnitude = 0;
        for (int at = digits.Length - DigitSize; at >= 0; at -= DigitSize)
        {
            magnitude = (magnitude << DigitBits) | Digit(digits, at);
        }
        Int128 signed = negative ? -magnitude : magnitude;
        value = (long)signed;
        return value == signed;
    }

    public static BigInteger Read(ReadOnlySpan<byte> digits, bool negative)
    {
        CheckTop(digits);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(digits.Length);
        try
        {
            int length = Pack(digits, bytes);
            var magnitude = new BigInteger(bytes.AsSpan(0, length), isUnsigned: true);
            return negative ? -magnitude : magnitude;
        }
        catch (OverflowException error)
        {
            throw new JsonException("An integer is larger than any in .NET.", error);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Returns the number of digits.</summary>
    public static int CountDigits(in BigInteger magnitude) => (int)((magnitude.GetBitLength() + DigitBits - 1) / DigitBits);

    public static void Write(in BigInteger magnitude, Span<byte> digits)
    {
        int length = magnitude.GetByteCount(isUnsigned: true);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(length);
        magnitude.TryWriteBytes(bytes, out _, isUnsigned: true);
        uint bits = 0;
        int held = 0;
        int at = 0;
        foreach (byte next in bytes.AsSpan(0, length))
        {
            bits |= (uint)next << held;
            held += ByteBits;
            if (held >= DigitBits && at < digits.Length)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(digits[at..], (ushort)(bits & DigitMask));
                at += DigitSize;
                bits >>= DigitBits;
                held -= DigitBits;
            }
        }
        if (at < digits.Length)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(digits[at..], (ushort)bits);
        }
        ArrayPool<byte>.Shared.Return(bytes);
    }

    public static void Write(ulong magnitude, Span<byte> digits)
    {
        for (int at = 0; at < digits.Length; at += DigitSize)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(digits[at..], (ushort)(magnitude & DigitMask));
            magnitude >>= DigitBits;
        }
    }

    private static int Pack(ReadOnlySpan<byte> digits, Span<byte> bytes)
    {
        uint bits = 0;
        int held = 0;
        int length = 0;
        for (int at = 0; at < digits.Length; at += DigitSize)
        {
            bits |= Digit(digits, at) << held;
            held += DigitBits;
            while (held >= ByteBits)
            {
                bytes[length++] = (byte)bits;
                bits >>= ByteBits;
                held -= ByteBits;
            }
        }
        bytes[length] = (byte)bits;
        return length + 1;
    }

    private static uint Digit(ReadOnlySpan<byte> digits, int at)
    {
        ushort digit = BinaryPrimitives.ReadUInt16LittleEndian(digits[at..]);
        return digit <= DigitMask
            ? digit
            : throw new JsonException("The value is malformed marshal data: an integer has a digit of more than 15 bits.");
    }

    /// <summary>Rejects leading zeros, as CPython does: each integer has one form only.</summary>
    private static void CheckTop(ReadOnlySpan<byte> digits)
    {
        if (!digits.IsEmpty && Digit(digits, digits.Length - DigitSize) == 0)
        {
            throw new JsonException("The value is malformed marshal data: an integer begins with zeros.");
        }
    }
}
