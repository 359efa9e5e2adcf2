using System.Buffers;

namespace Snakepit.Frames;

/// <summary>
/// A CALL frame under construction: room for the header, then the body. It uses an array of its own, or a rented one when that is too
/// small.
/// </summary>
internal sealed class CallBody : ILimitedBuffer
{
    private const int KeptSize = 1_024;
    private const int Slack = 64 * 1_024; // writers ask for more than they use
    private byte[] _buffer = new byte[KeptSize]; // kept from call to call: most calls need no more
    private int _length = Protocol.ExtendedHeaderSize;

    /// <summary>The most bytes that a body may have.</summary>
    public int Limit { get; set; } = int.MaxValue;

    public int BodyLength => _length - Protocol.ExtendedHeaderSize;

    /// <summary>The format of the body. JSON by default.</summary>
    public BodyFormat Format
    {
        set => FrameWriter.NoteFormat(_buffer, value);
    }

    /// <summary>The frame; its sender writes the header.</summary>
    public Memory<byte> Frame => _buffer.AsMemory(0, _length);

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(_length);
    }

    /// <summary>Clears the frame. Only once no thread sends it any more, which is after the call's reply.</summary>
    public void Reset()
    {
        _length = Protocol.ExtendedHeaderSize;
        if (_buffer.Length > KeptSize)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = new byte[KeptSize];
        }
        Format = BodyFormat.Json;
    }

    private void Reserve(int sizeHint)
    {
        MessageTooLargeException.ThrowIfBeyond(Limit, BodyLength, sizeHint);
        if (_buffer.Length - _length >= Math.Max(sizeHint, 1))
        {
            return;
        }
        long wanted = Math.Max((long)_length + Math.Max(sizeHint, 1), Math.Min((long)_buffer.Length * 2, (long)Limit + Slack));
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(wanted, Array.MaxLength));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        if (_buffer.Length > KeptSize)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }
        _buffer = larger;
    }
}
