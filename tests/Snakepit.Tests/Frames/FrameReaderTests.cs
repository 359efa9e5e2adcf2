using System.Buffers.Binary;
using CsCheck;
using Snakepit.Frames;

namespace Snakepit.Tests.Frames;

/// <summary>
/// The reader finds the same frames however the stream is cut. Bytes that are no frames cause a ProtocolException and nothing else.
/// </summary>
[Trait("Rule", "P4")]
public sealed class FrameReaderTests
{
    private const int MaxBody = 256 * 1024;

    private static readonly Gen<byte[]> s_body = Gen.Frequency(
        (20, Gen.Byte.Array[0, 200]),
        (1, Gen.Int[0, MaxBody].Select(static length => new byte[length])));

    private static readonly Gen<Sent> s_frame = Gen.Select(
        Gen.Int[0, Enum.GetValues<FrameType>().Length - 1].Select(static i => Enum.GetValues<FrameType>()[i]),
        Gen.ULong,
        Gen.UInt,
        Gen.Int[Protocol.ExtendedHeaderSize, Protocol.MaxHeaderSize],
        s_body,
        Gen.Byte.Array[256],
        static (type, call, seq, headerLength, body, extension) =>
            new Sent(type, call, seq, extension[..(headerLength - Protocol.HeaderSize)], body));

    [Fact]
    public void Frames_come_out_as_they_went_in_however_the_stream_is_cut() =>
        Gen.Select(s_frame.Array[1, 12], Gen.Int[1, 70_000].Array[1, 40]).Sample(
            static (frames, cuts) =>
            {
                byte[] stream = [.. frames.SelectMany(static frame => frame.ToBytes())];
                List<Sent> read = Read(stream, cuts);
                Assert.Equal(frames.Length, read.Count);
                Assert.All(frames.Zip(read), static pair => pair.First.AssertEqual(pair.Second));
            },
            iter: 300);

    [Fact]
    public void Frames_come_out_of_single_bytes() => s_frame.Array[1, 4].Sample(
        static frames =>
        {
            List<Sent> read = Read([.. frames.SelectMany(static frame => frame.ToBytes())], [1]);
            Assert.Equal(frames.Length, read.Count);
            Assert.All(frames.Zip(read), static pair => pair.First.AssertEqual(pair.Second));
        },
        iter: 30);

    [Fact]
    public void Changed_bytes_are_other_frames_or_a_protocol_error_and_never_need_more_room_than_allowed() =>
        Gen.Select(s_frame.Array[1, 6], Gen.Select(Gen.Int[0, 400], Gen.Byte).Array[1, 8], Gen.Int[1, 5_000].Array[1, 10]).Sample(
            static (frames, changes, cuts) =>
            {
                byte[] stream = [.. frames.SelectMany(static frame => frame.ToBytes())];
                foreach ((int at, byte value) in changes)
                {
                    stream[at % stream.Length] = value;
                }
                try
                {
                    Read(stream, cuts);
                }
                catch (ProtocolException)
                {
                }
            },
            iter: 2_000);

    [Theory]
    [InlineData(0, 24, 24, "A frame of 0 bytes")]
    [InlineData(23, 24, 24, "A frame of 23 bytes")]
    [InlineData(100, 23, 24, "with a header of 23 is impossible")]
    [InlineData(1_000, 257, 24, "with a header of 257 is impossible")]
    [InlineData(MaxBody + 25, 24, 24, "above the maximum of 262144")]
    [InlineData(int.MaxValue, 24, 24, "above the maximum")]
    public void A_header_that_cannot_be_is_refused(int length, int headerLength, int available, string problem)
    {
        byte[] header = FrameWriter.Frame(FrameType.Ping);
        BinaryPrimitives.WriteInt32LittleEndian(header, length);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(20), (ushort)headerLength);

        ProtocolException error = Assert.Throws<ProtocolException>(() => Read(header.AsSpan(0, available), [64]));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_length_of_four_gigabytes_is_refused_before_anything_is_allocated()
    {
        byte[] header = FrameWriter.Frame(FrameType.Result);
        BinaryPrimitives.WriteUInt32LittleEndian(header, uint.MaxValue);
        Assert.Throws<ProtocolException>(() => FrameHeader.Read(header, int.MaxValue - 256));
    }

    [Fact]
    public void A_length_that_no_array_has_is_refused_however_large_messages_may_be()
    {
        byte[] header = FrameWriter.Frame(FrameType.Ping);
        BinaryPrimitives.WriteUInt32LittleEndian(header, int.MaxValue + 20u);
        Assert.Throws<ProtocolException>(() => FrameHeader.Read(header, int.MaxValue));
    }

    [Theory]
    [InlineData(FrameType.Call)]
    [InlineData(FrameType.Result)]
    [InlineData(FrameType.Error)]
    public void Frames_with_more_fields_need_the_longer_header(object type)
    {
        byte[] frame = FrameWriter.Frame((FrameType)type, "42"u8, call: 1, seq: 1);

        Assert.Throws<ProtocolException>(() => FrameHeader.Read(frame, MaxBody));
    }

    [Fact]
    public void A_large_buffer_is_given_back_after_the_large_frame()
    {
        var reader = new FrameReader(8 * 1024 * 1024);
        Feed(reader, FrameWriter.Frame(FrameType.Ping, new byte[4 * 1024 * 1024]));
        Assert.True(reader.TryRead(out FrameHeader header, out _, out _));
        Assert.Equal(4 * 1024 * 1024, header.BodyLength);
        Assert.False(reader.TryRead(out _, out _, out _));

        Assert.InRange(reader.FreeSpace.Length, 1, 128 * 1024);
        reader.Release();
    }

    [Fact]
    public void Half_a_frame_is_known_to_be_half_a_frame()
    {
        var reader = new FrameReader(MaxBody);
        byte[] frame = FrameWriter.Frame(FrameType.Ping, "body"u8);
        Assert.False(reader.HasPartialFrame);

        Feed(reader, frame.AsSpan(0, 26));
        Assert.False(reader.TryRead(out _, out _, out _));
        Assert.True(reader.HasPartialFrame);

        Feed(reader, frame.AsSpan(26));
        Assert.True(reader.TryRead(out _, out _, out _));
        Assert.False(reader.HasPartialFrame);
        reader.Release();
    }

    private static List<Sent> Read(ReadOnlySpan<byte> stream, int[] cuts)
    {
        var reader = new FrameReader(MaxBody);
        var read = new List<Sent>();
        for (int i = 0; !stream.IsEmpty; i++)
        {
            int count = Math.Min(Math.Min(cuts[i % cuts.Length], stream.Length), reader.FreeSpace.Length);
            Assert.NotEqual(0, count);
            stream[..count].CopyTo(reader.FreeSpace);
            reader.Advance(count);
            stream = stream[count..];
            while (reader.TryRead(out FrameHeader header, out ReadOnlySpan<byte> extension, out ReadOnlySpan<byte> body))
            {
                Assert.Equal(header.BodyLength, body.Length);
                read.Add(new Sent(header.Type, header.Call, header.Seq, extension.ToArray(), body.ToArray()));
            }
            // The array pool rounds up to a power of two
            Assert.InRange(reader.FreeSpace.Length, 1, 2 * (MaxBody + Protocol.MaxHeaderSize));
        }
        reader.Release();
        return read;
    }

    private static void Feed(FrameReader reader, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, reader.FreeSpace.Length);
            bytes[..count].CopyTo(reader.FreeSpace);
            reader.Advance(count);
            bytes = bytes[count..];
            if (!bytes.IsEmpty)
            {
                Assert.False(reader.TryRead(out _, out _, out _));
            }
        }
    }

    /// <summary>A frame with a longer header than this version knows, as a later version may send it.</summary>
    private sealed record Sent(FrameType Type, ulong Call, uint Seq, byte[] Extension, byte[] Body)
    {
        public byte[] ToBytes()
        {
            int headerLength = Protocol.HeaderSize + Extension.Length;
            byte[] bytes = new byte[headerLength + Body.Length];
            new FrameHeader(bytes.Length, Type, Call, Seq, headerLength).Write(bytes);
            Extension.CopyTo(bytes, Protocol.HeaderSize);
            Body.CopyTo(bytes, headerLength);
            return bytes;
        }

        public void AssertEqual(Sent other)
        {
            Assert.Equal((Type, Call, Seq), (other.Type, other.Call, other.Seq));
            Assert.True(Extension.AsSpan().SequenceEqual(other.Extension), "The extensions differ.");
            Assert.True(Body.AsSpan().SequenceEqual(other.Body), "The bodies differ.");
        }
    }
}
