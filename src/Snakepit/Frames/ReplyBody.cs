using System.Buffers;

namespace Snakepit.Frames;

/// <summary>The body of a reply in a rented array. It has one owner at a time; the last one returns the array.</summary>
internal struct ReplyBody
{
    private byte[]? _array;
    private int _length;

    /// <summary>The format of the body.</summary>
    public BodyFormat Format { get; private init; }

    public readonly ReadOnlySpan<byte> Span => _array.AsSpan(0, _length);

    public static ReplyBody Copy(ReadOnlySpan<byte> body, BodyFormat format = BodyFormat.Json)
    {
        byte[] array = ArrayPool<byte>.Shared.Rent(Math.Max(body.Length, 1));
        body.CopyTo(array);
        return new ReplyBody { _array = array, _length = body.Length, Format = format };
    }

    public void Return()
    {
        byte[]? array = _array;
        _array = null;
        _length = 0;
        if (array is not null)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
