using System.Buffers;

namespace Snakepit.Workers;

/// <summary>Joins frames that are written together by copying them one after the other.</summary>
internal sealed class JoinBuffer
{
    private const int MaxFrame = 16 * 1024;
    private const int Size = 64 * 1024;
    private byte[] _buffer = [];

    /// <summary>The number of bytes.</summary>
    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Content => _buffer.AsMemory(0, Length);

    /// <summary>Returns whether a frame is small enough to copy.</summary>
    public static bool Takes(Memory<byte> frame) => frame.Length <= MaxFrame;

    public bool HasRoomFor(Memory<byte> frame) => Length + frame.Length <= Size;

    /// <summary>Appends a copy of the frame and returns it.</summary>
    public Span<byte> Add(Memory<byte> frame)
    {
        if (_buffer.Length == 0)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(Size);
        }
        Span<byte> copy = _buffer.AsSpan(Length, frame.Length);
        frame.Span.CopyTo(copy);
        Length += frame.Length;
        return copy;
    }

    public void Clear() => Length = 0;

    /// <summary>Frees the memory.</summary>
    public void Release()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        Length = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
