using System.Buffers.Binary;
using Snakepit.Frames;

namespace Snakepit.Simulation.Fuzz;

/// <summary>
/// Compares the frame reader with a plain reading of the protocol's page: both find the same frames however the stream is cut,
/// and reject the same invalid ones.
/// </summary>
internal sealed class FrameTarget : FuzzTarget
{
    private const int MaxBody = 16 * 1024;

    public override string Name => "frames";

    public override IReadOnlyList<byte[]> Corpus { get; } = FuzzCorpus.Frames();

    public override void Take(byte[] input, ref SimRandom random)
    {
        List<Range> valid = Cut(input, out bool isBroken);
        var reader = new FrameReader(MaxBody);
        var read = new List<(int Length, ulong Call, uint Seq)>();
        bool refused = false;
        try
        {
            for (int at = 0; at < input.Length;)
            {
                int count = Math.Min(random.Chance(200) ? random.Below(40) + 1 : random.Below(input.Length) + 1, input.Length - at);
                count = Math.Min(count, reader.FreeSpace.Length);
                Require(count > 0, "there is no room for the next bytes");
                input.AsSpan(at, count).CopyTo(reader.FreeSpace);
                reader.Advance(count);
                at += count;
                while (reader.TryRead(out FrameHeader header, out ReadOnlySpan<byte> extension, out ReadOnlySpan<byte> body))
                {
                    Require(read.Count < valid.Count, "it gave a frame that is none");
                    ReadOnlySpan<byte> whole = input.AsSpan(valid[read.Count]);
                    Require(whole[^body.Length..].SequenceEqual(body), "a body differs");
                    Require(whole[Protocol.HeaderSize..^body.Length].SequenceEqual(extension), "a header's extension differs");
                    RequireSame(header, whole);
                    read.Add((header.Length, header.Call, header.Seq));
                }
            }
        }
        catch (ProtocolException)
        {
            refused = true;
        }
        finally
        {
            reader.Release();
        }
        Require(refused == isBroken, isBroken ? "what cannot be a frame was not refused" : "a valid stream was refused");
        Require(read.Count == valid.Count, $"it gave {read.Count} of {valid.Count} frames");
    }

    private static void RequireSame(in FrameHeader header, ReadOnlySpan<byte> whole)
    {
        Span<byte> again = stackalloc byte[Protocol.MaxHeaderSize];
        header.Write(again);
        Require(again[..Protocol.HeaderSize].SequenceEqual(whole[..Protocol.HeaderSize]), "a header written again differs");
    }

    /// <summary>Returns the frames as the protocol's page defines them, and whether the rest can never become a frame.</summary>
    private static List<Range> Cut(ReadOnlySpan<byte> input, out bool isBroken)
    {
        var frames = new List<Range>();
        int at = 0;
        isBroken = false;
        while (input.Length - at >= 24)
        {
            ReadOnlySpan<byte> header = input[at..];
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(header);
            byte type = header[4];
            byte flags = header[5];
            ushort segments = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
            ushort headerLength = BinaryPrimitives.ReadUInt16LittleEndian(header[20..]);
            ushort reserved = BinaryPrimitives.ReadUInt16LittleEndian(header[22..]);
            bool isCall = type is 16 or 17 or 18 or 19 or 20 or 25;
            bool isKnown = type is 1 or 2 or 3 or 4 or (>= 16 and <= 27) or 32 or 33 or 34 or 36 or (>= 38 and <= 43);
            isBroken = !isKnown
                || flags > (type is 16 or 17 or 20 ? 1 : 0) || segments != 0 || reserved != 0
                || headerLength < (isCall ? 32 : 24) || headerLength > 256 || length < headerLength || length - headerLength > MaxBody;
            if (isBroken || input.Length - at < length)
            {
                break;
            }
            frames.Add(at..(at + (int)length));
            at += (int)length;
        }
        return frames;
    }
}
