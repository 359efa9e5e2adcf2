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
    /// Writes the header of a CALL: the fixed part, then remaining time in ms u32 (0 without a deadline), attempt u16, reserved u16. The
    /// body's format is the one that <see cref="NoteFormat"/> has set in the frame.
    /// </summary>
    public static void WriteCall(Span<byte> frame, ulong call, uint seq, TimeSpan? remaining, int attempt)
    {
        uint milliseconds = remaining is { } left ? (uint)Math.Clamp(left.TotalMilliseconds, 1, uint.MaxValue) : 0;
        var format = (BodyFormat)frame[FrameHeader.FormatOffset];
        new FrameHeader(frame.Length, FrameType.Call, call, seq, Protocol.ExtendedHeaderSize, format).Write(frame);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[24..], milliseconds);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[28..], (ushort)attempt);
    }

    /// <summary>Sets the format of the body in a CALL under construction.</summary>
    public static void NoteFormat(Span<byte> frame, BodyFormat format) => frame[FrameHeader.FormatOffset] = (byte)format;
}
