using System.Buffers.Binary;

namespace Snakepit.Frames;

/// <summary>Writes the frames that the host sends, for every transport.</summary>
internal static class FrameWriter
{
    /// <summary>Returns a whole frame with the fixed header only.</summary>
    public static byte[] Frame(FrameType type, ReadOnlySpan<byte> body = default, ulong call = 0, uint seq = 0)
    {
        byte[] frame = new byte[Protocol.HeaderSize + body.Length];
        new FrameHeader(frame.Length, type, call, seq, Protocol.HeaderSize).Write(frame);
        body.CopyTo(frame.AsSpan(Protocol.HeaderSize));
        return frame;
    }

    /// <summary>
    /// Writes the header of a CALL: the fixed part, then remaining time in ms u32 (0 without a deadline), attempt u16, window u16 (0 when
    /// the caller takes no stream). The body's format is the one that <see cref="NoteFormat"/> has set in the frame.
    /// </summary>
    public static void WriteCall(Span<byte> frame, ulong call, uint seq, TimeSpan? remaining, int attempt, int window = 0)
    {
        uint milliseconds = remaining is { } left ? (uint)Math.Clamp(left.TotalMilliseconds, 1, uint.MaxValue) : 0;
        var format = (BodyFormat)frame[FrameHeader.FormatOffset];
        new FrameHeader(frame.Length, FrameType.Call, call, seq, Protocol.ExtendedHeaderSize, format).Write(frame);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[24..], milliseconds);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[28..], (ushort)attempt);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[30..], (ushort)window);
    }

    /// <summary>
    /// Returns a frame that grants credit to the stream of a call: how many items and bytes the worker may have sent in all.
    /// </summary>
    public static byte[] Credit(ulong call, long items, long bytes)
    {
        Span<byte> body = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(body, items);
        BinaryPrimitives.WriteInt64LittleEndian(body[8..], bytes);
        return Frame(FrameType.Credit, body, call);
    }

    /// <summary>Returns a frame that ends the stream of a call, whose items nobody takes any more.</summary>
    public static byte[] Stop(ulong call)
    {
        byte[] frame = new byte[Protocol.ExtendedHeaderSize];
        new FrameHeader(frame.Length, FrameType.Stop, call, 0, Protocol.ExtendedHeaderSize).Write(frame);
        return frame;
    }

    /// <summary>Returns a frame that answers the call of a host tool.</summary>
    /// <param name="type">HOST_RESULT or HOST_ERROR.</param>
    /// <param name="call">The call of the worker's tool.</param>
    /// <param name="number">The number of the host tool's call.</param>
    /// <param name="body">The value or the error, as json.</param>
    public static byte[] HostAnswer(FrameType type, ulong call, long number, ReadOnlySpan<byte> body)
    {
        byte[] frame = new byte[Protocol.ExtendedHeaderSize + body.Length];
        new FrameHeader(frame.Length, type, call, 0, Protocol.ExtendedHeaderSize).Write(frame);
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(Protocol.HeaderSize), number);
        body.CopyTo(frame.AsSpan(Protocol.ExtendedHeaderSize));
        return frame;
    }

    /// <summary>Returns a frame that ends a stream that a call reads.</summary>
    /// <param name="call">The call.</param>
    /// <param name="stream">The number of the stream.</param>
    /// <param name="error">Why it ended early, as json; empty when it is complete.</param>
    public static byte[] ItemsEnd(ulong call, long stream, ReadOnlySpan<byte> error) =>
        HostAnswer(FrameType.ItemsEnd, call, stream, error);

    /// <summary>Sets the number on the wire of the call that a frame belongs to.</summary>
    public static void NoteSeq(Span<byte> frame, uint seq) => BinaryPrimitives.WriteUInt32LittleEndian(frame[FrameHeader.SeqOffset..], seq);

    /// <summary>Sets the format of the body in a CALL under construction.</summary>
    public static void NoteFormat(Span<byte> frame, BodyFormat format) => frame[FrameHeader.FormatOffset] = (byte)format;
}
