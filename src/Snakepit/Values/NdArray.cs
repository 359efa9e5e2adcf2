using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using Snakepit.Values;

namespace Snakepit;

/// <summary>Represents an n-dimensional array in C order, as numpy holds it. A tool receives a <c>numpy.ndarray</c> (a memoryview where
/// numpy is not installed), and an ndarray that it returns is read as this type, or as <c>T[]</c>, <c>T[,]</c> or <c>T[,,]</c>. Immutable,
/// unless somebody changes the memory behind <see cref="Data"/>.</summary>
[JsonConverter(typeof(NdArrayConverter))]
public sealed class NdArray
{
    /// <summary>Creates an array over existing memory, which is not copied.</summary>
    /// <param name="dtype">numpy's little-endian type name, such as <c>&lt;f8</c>, <c>&lt;i4</c> or <c>|u1</c>.</param>
    /// <param name="shape">The length of each dimension; none for a single value.</param>
    /// <param name="data">The elements in C order, little-endian.</param>
    /// <exception cref="ArgumentException">A dimension is negative, or the data's length does not fit shape and dtype.</exception>
    public NdArray(string dtype, ReadOnlySpan<int> shape, ReadOnlyMemory<byte> data)
    {
        ArgumentException.ThrowIfNullOrEmpty(dtype);
        long bytes = DTypes.SizeOf(dtype);
        foreach (int length in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(shape));
            bytes = checked(bytes * length);
        }
        if (bytes != data.Length)
        {
            string dimensions = string.Join(", ", shape.ToArray());
            throw new ArgumentException(
                $"An array of {dtype} and shape ({dimensions}) has {bytes} bytes, not {data.Length}.", nameof(data));
        }
        DType = dtype;
        Shape = shape.ToArray();
        Data = data;
    }

    /// <summary>Gets numpy's type name with byte order, such as <c>&lt;f8</c>.</summary>
    public string DType { get; }

    /// <summary>Gets the length of each dimension.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>Gets the elements in C order, little-endian.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Creates an array of one dimension from a copy of <paramref name="values"/>.</summary>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is not bool, an integer of up to 64 bits, Half, float or
    /// double.</exception>
    public static NdArray From<T>(ReadOnlySpan<T> values)
        where T : unmanaged => From(values, [values.Length]);

    /// <summary>Creates an array of the given shape from a copy of <paramref name="values"/>, which are in C order.</summary>
    /// <inheritdoc cref="From{T}(ReadOnlySpan{T})"/>
    public static NdArray From<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> shape)
        where T : unmanaged => new(DTypes.NameOf<T>(), shape, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>Creates an array from a copy of a two-dimensional array.</summary>
    /// <inheritdoc cref="From{T}(ReadOnlySpan{T})"/>
    public static NdArray From<T>(T[,] values)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        return From(Elements<T>(values), [values.GetLength(0), values.GetLength(1)]);
    }

    /// <summary>Creates an array from a copy of a three-dimensional array.</summary>
    /// <inheritdoc cref="From{T}(ReadOnlySpan{T})"/>
    public static NdArray From<T>(T[,,] values)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        return From(Elements<T>(values), [values.GetLength(0), values.GetLength(1), values.GetLength(2)]);
    }

    /// <summary>Returns the elements in C order without copying them.</summary>
    /// <exception cref="InvalidOperationException">The elements are not of type <typeparamref name="T"/>.</exception>
    public ReadOnlySpan<T> AsSpan<T>()
        where T : unmanaged =>
        DTypes.NameOf<T>() == DType
            ? MemoryMarshal.Cast<byte, T>(Data.Span)
            : throw new InvalidOperationException($"The array's elements are {DType}, not {DTypes.NameOf<T>()} ({typeof(T).Name}).");

    /// <summary>Returns the elements in C order, converted to <typeparamref name="T"/>. Integers are never rounded or cut; a float takes
    /// the nearest value.</summary>
    /// <exception cref="OverflowException">An element does not fit <typeparamref name="T"/>.</exception>
    /// <exception cref="InvalidOperationException">The elements are not numbers.</exception>
    public T[] ToArray<T>()
        where T : unmanaged, INumber<T> => DTypes.Convert<T>(this);

    /// <summary>Returns the elements of a two-dimensional array, converted as by <see cref="ToArray{T}"/>.</summary>
    /// <inheritdoc cref="ToArray{T}"/>
    public T[,] ToMatrix<T>()
        where T : unmanaged, INumber<T>
    {
        if (Shape.Count != 2)
        {
            throw new InvalidOperationException($"The array has {Shape.Count} dimensions, not 2.");
        }
        var matrix = new T[Shape[0], Shape[1]];
        ToArray<T>().CopyTo(Elements<T>(matrix));
        return matrix;
    }

    internal static Span<T> Elements<T>(Array array)
        where T : unmanaged =>
        MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), array.Length);
}
