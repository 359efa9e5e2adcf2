using System.Buffers.Binary;

namespace Snakepit.Frames;

/// <summary>The fixed part of a frame: length u32, type u8, flags u8 (the body's format), segments u16, call u64, seq u32, header length u16, reserved u16.</summary>
internal readonly record struct FrameHeader(int Length, FrameType Type, ulong Call, uint Seq, int HeaderLength, BodyFormat Format = BodyFormat.Json)
{
    private const int FormatOffset = 5;

    public int BodyLength => Length - HeaderLength;

    /// <summary>Reads and checks a header of at least <see cref="Protocol.HeaderSize"/> bytes. Nothing is allocated before these checks.</summary>
    /// <exception cref="ProtocolException">It cannot be a frame, or is larger than allowed.</exception>
    public static FrameHeader Read(ReadOnlySpan<byte> bytes, int maxBody)
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var type = (FrameType)bytes[4];
        int headerLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[20..]);
        int shortest = type is FrameType.Call or FrameType.Result or FrameType.Error or FrameType.Skipped ? Protocol.ExtendedHeaderSize : Protocol.HeaderSize;
        if (headerLength < shortest || headerLength > Protocol.MaxHeaderSize || length < headerLength)
        {
            throw new ProtocolException($"A frame of {length} bytes with a header of {headerLength} is impossible.");
        }
        byte format = bytes[FormatOffset];
        if (format > (type is FrameType.Call or FrameType.Result ? (byte)BodyFormat.Marshal : 0) || BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]) != 0 || BinaryPrimitives.ReadUInt16LittleEndian(bytes[22..]) != 0)
        {
            throw new ProtocolException("A frame has reserved bits set.");
        }
        if (!Enum.IsDefined(type))
        {
            throw new ProtocolException($"Frame type {(byte)type} is unknown.");
        }
        if (length - headerLength > (uint)maxBody || length > Array.MaxLength)
        {
            throw new ProtocolException($"A frame's body of {length - headerLength} bytes is above the maximum of {maxBody}.");
        }
        return new FrameHeader((int)length, type, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]), headerLength, (BodyFormat)format);
    }

    /// <summary>How long the tool of a RESULT or ERROR ran, in ns, from what follows the fixed part of its header.</summary>
    public static long ReadRunTime(ReadOnlySpan<byte> extension) => (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(extension), long.MaxValue);

    /// <summary>Writes a header of <see cref="HeaderLength"/> bytes; what lies beyond the fixed part is zeroed.</summary>
    public void Write(Span<byte> bytes)
    {
        bytes[..HeaderLength].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)Length);
        bytes[4] = (byte)Type;
        bytes[FormatOffset] = (byte)Format;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Call);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], Seq);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[20..], (ushort)HeaderLength);
    }

    /// <summary>A whole frame with the fixed header only.</summary>
    public static byte[] Frame(FrameType type, ReadOnlySpan<byte> body = default, ulong call = 0, uint seq = 0)
    {
        byte[] frame = new byte[Protocol.HeaderSize + body.Length];
        new FrameHeader(frame.Length, type, call, seq, Protocol.HeaderSize).Write(frame);
        body.CopyTo(frame.AsSpan(Protocol.HeaderSize));
        return frame;
    }

    /// <summary>Notes in a CALL under construction what its body is written in; <see cref="WriteCall"/> keeps it.</summary>
    public static void NoteFormat(Span<byte> frame, BodyFormat format) => frame[FormatOffset] = (byte)format;

    /// <summary>Writes the header of a CALL: the fixed part, then remaining time in ms u32 (0: no deadline), attempt u16, reserved u16.</summary>
    public static void WriteCall(Span<byte> frame, ulong call, uint seq, uint remainingMs, int attempt)
    {
        new FrameHeader(frame.Length, FrameType.Call, call, seq, Protocol.ExtendedHeaderSize, (BodyFormat)frame[FormatOffset]).Write(frame);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[24..], remainingMs);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[28..], (ushort)attempt);
    }
}
