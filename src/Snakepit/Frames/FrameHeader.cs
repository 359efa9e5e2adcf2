using System.Buffers.Binary;

namespace Snakepit.Frames;

/// <summary>The fixed part of a frame: length u32, type u8, flags u8 (the body's format), segments u16, call u64, seq u32, header length
/// u16, reserved u16.</summary>
internal readonly record struct FrameHeader(
    int Length, FrameType Type, ulong Call, uint Seq, int HeaderLength, BodyFormat Format = BodyFormat.Json)
{
    /// <summary>The offset of the type in a header.</summary>
    public const int TypeOffset = 4;

    /// <summary>The offset of the body's format in a header.</summary>
    public const int FormatOffset = 5;

    /// <summary>The offset of the call's number in a header.</summary>
    public const int SeqOffset = 16;

    private const int CreditSize = 2 * sizeof(long);

    public int BodyLength => Length - HeaderLength;

    /// <summary>Whether the frame is the last one of its call.</summary>
    public bool EndsCall => Type is FrameType.Result or FrameType.Error or FrameType.Skipped;

    /// <summary>Whether the frame belongs to a call that continues: types 20 to 31.</summary>
    public bool BelongsToCall => IsOfRunningCall(Type);

    /// <inheritdoc cref="BelongsToCall"/>
    public static bool IsOfRunningCall(FrameType type) => type is > FrameType.Skipped and < FrameType.Ping;

    /// <summary>
    /// Reads and checks a header of at least <see cref="Protocol.HeaderSize"/> bytes. Nothing is allocated before the checks.
    /// </summary>
    /// <exception cref="ProtocolException">The bytes are no frame, or the frame is larger than allowed.</exception>
    public static FrameHeader Read(ReadOnlySpan<byte> bytes, int maxBody)
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var type = (FrameType)bytes[TypeOffset];
        int headerLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[20..]);
        int shortest = type is FrameType.Call or FrameType.Result or FrameType.Error or FrameType.Skipped or FrameType.Chunk
                or FrameType.HostCall
            ? Protocol.ExtendedHeaderSize
            : Protocol.HeaderSize;
        if (headerLength < shortest || headerLength > Protocol.MaxHeaderSize || length < headerLength)
        {
            throw new ProtocolException($"A frame of {length} bytes with a header of {headerLength} is impossible.");
        }
        byte format = bytes[FormatOffset];
        BodyFormat latest = type is FrameType.Call or FrameType.Result or FrameType.Chunk ? BodyFormat.Marshal : BodyFormat.Json;
        int segments = BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]);
        int reserved = BinaryPrimitives.ReadUInt16LittleEndian(bytes[22..]);
        if (format > (byte)latest || segments != 0 || reserved != 0)
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
        ulong call = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        uint seq = BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]);
        return new FrameHeader((int)length, type, call, seq, headerLength, (BodyFormat)format);
    }

    /// <summary>Reads the run time of the tool in ns from the extension of the header of a RESULT or ERROR.</summary>
    public static long ReadRunTime(ReadOnlySpan<byte> extension) =>
        (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(extension), long.MaxValue);

    /// <summary>Reads the number of an item in its stream, from 0, from the extension of the header of a CHUNK; the number of the call from
    /// that of a HOST_CALL.</summary>
    public static long ReadNumber(ReadOnlySpan<byte> extension) => BinaryPrimitives.ReadInt64LittleEndian(extension);

    /// <summary>Reads the body of a CREDIT: how many items and bytes of a stream may have been sent in all.</summary>
    /// <exception cref="ProtocolException">The body is malformed.</exception>
    public static (long Items, long Bytes) ReadCredit(ReadOnlySpan<byte> body) => body.Length == CreditSize
        ? (BinaryPrimitives.ReadInt64LittleEndian(body), BinaryPrimitives.ReadInt64LittleEndian(body[sizeof(long)..]))
        : throw new ProtocolException($"A CREDIT frame has {body.Length} bytes.");

    /// <summary>Writes a header of <see cref="HeaderLength"/> bytes; the bytes after the fixed part become zero.</summary>
    public void Write(Span<byte> bytes)
    {
        bytes[..HeaderLength].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)Length);
        bytes[TypeOffset] = (byte)Type;
        bytes[FormatOffset] = (byte)Format;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Call);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], Seq);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[20..], (ushort)HeaderLength);
    }
}
