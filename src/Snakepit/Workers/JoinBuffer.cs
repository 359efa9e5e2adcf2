using System.Buffers;

namespace Snakepit.Workers;

/// <summary>Frames that are written together, copied one behind the other.</summary>
internal sealed class JoinBuffer
{
    private const int MaxFrame = 16 * 1024;
    private const int Size = 64 * 1024;
    private byte[] _buffer = [];

    /// <summary>How much is in it.</summary>
    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Content => _buffer.AsMemory(0, Length);

    /// <summary>Whether a frame is worth the copy.</summary>
    public static bool Takes(Memory<byte> frame) => frame.Length <= MaxFrame;

    public bool HasRoomFor(Memory<byte> frame) => Length + frame.Length <= Size;

    /// <summary>The copy of the frame.</summary>
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

    /// <summary>Gives the memory back.</summary>
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
