using System.Buffers;

namespace Snakepit.Transport;

/// <summary>The body of a reply in a rented array. Belongs to one place at a time; whoever has it last returns it.</summary>
internal struct ReplyBody
{
    private byte[]? _array;
    private int _length;

    public readonly ReadOnlySpan<byte> Span => _array.AsSpan(0, _length);

    public static ReplyBody Copy(ReadOnlySpan<byte> body)
    {
        byte[] array = ArrayPool<byte>.Shared.Rent(Math.Max(body.Length, 1));
        body.CopyTo(array);
        return new ReplyBody { _array = array, _length = body.Length };
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
