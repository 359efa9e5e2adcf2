using System.Buffers;

namespace Snakepit.Frames;

/// <summary>
/// Splits a stream of bytes into frames. Read into <see cref="FreeSpace"/>, then call <see cref="Advance"/>, then take frames until there
/// are no more.
/// </summary>
internal sealed class FrameReader(int maxBody)
{
    private const int InitialSize = 64 * 1024;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialSize);
    private int _start;
    private int _end;

    /// <summary>The largest body that is accepted from now on.</summary>
    public int MaxBody { get; set; } = maxBody;

    /// <summary>Whether the buffer ends in the middle of a frame.</summary>
    public bool HasPartialFrame => _end > _start;

    /// <summary>The space for the next bytes; never empty.</summary>
    public Span<byte> FreeSpace
    {
        get
        {
            if (_start == _end)
            {
                _start = _end = 0;
            }
            return _buffer.AsSpan(_end);
        }
    }

    public void Advance(int count) => _end += count;

    /// <summary>Takes back the last byte that was added.</summary>
    public void Retract() => _end--;

    /// <summary>Returns the next whole frame. Its body is valid until the next call of any method.</summary>
    /// <exception cref="ProtocolException">The bytes are no frames.</exception>
    public bool TryRead(out FrameHeader header, out ReadOnlySpan<byte> extension, out ReadOnlySpan<byte> body)
    {
        header = default;
        extension = body = default;
        int available = _end - _start;
        if (available < Protocol.HeaderSize)
        {
            MakeRoom(Protocol.HeaderSize);
            return false;
        }
        header = FrameHeader.Read(_buffer.AsSpan(_start, available), MaxBody);
        if (available < header.Length)
        {
            MakeRoom(header.Length);
            return false;
        }
        ReadOnlySpan<byte> frame = _buffer.AsSpan(_start, header.Length);
        extension = frame[Protocol.HeaderSize..header.HeaderLength];
        body = frame[header.HeaderLength..];
        _start += header.Length;
        return true;
    }

    /// <summary>Returns the buffer to the pool; nothing may be read afterwards.</summary>
    public void Release()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        _start = _end = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Makes sure that a frame of this length fits after the start; returns a large buffer to the pool when it is no longer needed.
    /// </summary>
    private void MakeRoom(int length)
    {
        int wanted = Math.Max(length, InitialSize);
        bool fits = _buffer.Length - _start >= length && _end < _buffer.Length;
        bool oversized = _buffer.Length > 4L * wanted;
        if (fits && !oversized)
        {
            return;
        }
        byte[] target = _buffer.Length >= wanted && !oversized ? _buffer : ArrayPool<byte>.Shared.Rent(wanted);
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        _end -= _start;
        _start = 0;
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }
    }
}
