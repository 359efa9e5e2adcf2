using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Snakepit.Values;

/// <summary>Maps numpy's element types to their .NET counterparts.</summary>
internal static class DTypes
{
    private const int LargestElement = 1024;

    public static string NameOf<T>()
        where T : unmanaged => Type.GetTypeCode(typeof(T)) switch
        {
            TypeCode.Boolean => "|b1",
            TypeCode.SByte => "|i1",
            TypeCode.Byte => "|u1",
            TypeCode.Int16 => "<i2",
            TypeCode.UInt16 => "<u2",
            TypeCode.Int32 => "<i4",
            TypeCode.UInt32 => "<u4",
            TypeCode.Int64 => "<i8",
            TypeCode.UInt64 => "<u8",
            TypeCode.Single => "<f4",
            TypeCode.Double => "<f8",
            _ when typeof(T) == typeof(Half) => "<f2",
            _ when typeof(T) == typeof(Complex) => "<c16",
            _ => throw new NotSupportedException($"Arrays of {typeof(T)} are not supported."),
        };

    /// <summary>Returns the size of an element in bytes. Times are followed by their unit: <c>&lt;M8[ns]</c>.</summary>
    public static int SizeOf(string dtype)
    {
        int unit = dtype[^1] == ']' ? dtype.IndexOf('[', StringComparison.Ordinal) : -1;
        ReadOnlySpan<char> type = unit < 0 ? dtype : dtype.AsSpan(0, unit);
        return type.Length > 2
            && int.TryParse(type[2..], NumberStyles.None, CultureInfo.InvariantCulture, out int size)
            && size <= LargestElement
            ? size
            : throw new ArgumentException($"'{Shown.Text(dtype)}' is not an element type such as <f8.", nameof(dtype));
    }

    public static T[] Convert<T>(NdArray array)
        where T : unmanaged, INumber<T> => array.DType switch
        {
            "|i1" => From<sbyte, T>(array),
            "|u1" => From<byte, T>(array),
            "<i2" => From<short, T>(array),
            "<u2" => From<ushort, T>(array),
            "<i4" => From<int, T>(array),
            "<u4" => From<uint, T>(array),
            "<i8" => From<long, T>(array),
            "<u8" => From<ulong, T>(array),
            "<f2" => From<Half, T>(array),
            "<f4" => From<float, T>(array),
            "<f8" => From<double, T>(array),
            _ => throw new InvalidOperationException(
                $"The array's elements are {array.DType}, not numbers that fit {Shown.Type(typeof(T))}."),
        };

    /// <summary>Converts as <see cref="Convert{T}"/> does; returns false when <typeparamref name="T"/> is no numeric type.</summary>
    /// <exception cref="JsonException">A number does not fit.</exception>
    public static bool TryConvert<T>(NdArray array, [NotNullWhen(true)] out T[]? items)
    {
        try
        {
            items = (T[]?)(object?)(Type.GetTypeCode(typeof(T)) switch
            {
                _ when typeof(T).IsEnum || array.DType[1] is not ('i' or 'u' or 'f') => null,
                TypeCode.SByte => Convert<sbyte>(array),
                TypeCode.Byte => Convert<byte>(array),
                TypeCode.Int16 => Convert<short>(array),
                TypeCode.UInt16 => Convert<ushort>(array),
                TypeCode.Int32 => Convert<int>(array),
                TypeCode.UInt32 => Convert<uint>(array),
                TypeCode.Int64 => Convert<long>(array),
                TypeCode.UInt64 => Convert<ulong>(array),
                TypeCode.Single => Convert<float>(array),
                TypeCode.Double => Convert<double>(array),
                _ => null,
            });
            return items is not null;
        }
        catch (Exception error) when (error is OverflowException or InvalidOperationException)
        {
            throw new JsonException($"The array of {array.DType} cannot be read as {Shown.Type(typeof(T))}: {error.Message}", error);
        }
    }

    private static TTo[] From<TFrom, TTo>(NdArray array)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        ReadOnlySpan<TFrom> source = MemoryMarshal.Cast<byte, TFrom>(array.Data.Span);
        if (typeof(TFrom) == typeof(TTo))
        {
            return MemoryMarshal.Cast<TFrom, TTo>(source).ToArray();
        }
        var converted = new TTo[source.Length];
        bool toInteger = TTo.One / (TTo.One + TTo.One) == TTo.Zero;
        for (int i = 0; i < converted.Length; i++)
        {
            converted[i] = TTo.CreateChecked(source[i]);
            bool lost = toInteger ? !TFrom.IsInteger(source[i]) : TFrom.IsFinite(source[i]) != TTo.IsFinite(converted[i]);
            if (lost)
            {
                throw new OverflowException($"{source[i]} cannot be held by {typeof(TTo).Name}.");
            }
        }
        return converted;
    }
}
