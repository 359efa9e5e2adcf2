using System.Buffers;
using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>A growing array, whose content can be overwritten.</summary>
internal sealed class PooledBuffer : ILimitedBuffer
{
    private const int SmallestSize = 1024;
    private const int LargestKept = 64 * 1024;
    private const int Slack = 64 * 1024; // writers ask for more than they use

    private byte[] _array = [];
    private int _length;

    /// <inheritdoc/>
    public int Limit { get; set; } = int.MaxValue;

    public int Length => _length;

    public Span<byte> Written => _array.AsSpan(0, _length);

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsMemory(_length, RoomFor(sizeHint));
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsSpan(_length, RoomFor(sizeHint));
    }

    /// <summary>Clears the content. A large array is returned to the pool.</summary>
    public void Clear()
    {
        _length = 0;
        if (_array.Length > LargestKept)
        {
            Replace([]);
        }
    }

    /// <summary>
    /// Offers little space beyond the limit, because a writer fills all its space before it asks again and the limit is checked.
    /// </summary>
    private int RoomFor(int sizeHint) => (int)Math.Min(_array.Length - _length, Math.Max((long)Limit + Slack - _length, sizeHint));

    private void Reserve(int sizeHint)
    {
        MessageTooLargeException.ThrowIfBeyond(Limit, _length, sizeHint);
        if (_array.Length - _length >= Math.Max(sizeHint, 1))
        {
            return;
        }
        long wanted = Math.Max(Math.Max(Math.Min((long)_array.Length * 2, (long)Limit + Slack), (long)_length + sizeHint), SmallestSize);
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(wanted, Array.MaxLength));
        Written.CopyTo(larger);
        Replace(larger);
    }

    private void Replace(byte[] array)
    {
        byte[] old = _array;
        _array = array;
        if (old.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(old);
        }
    }
}
