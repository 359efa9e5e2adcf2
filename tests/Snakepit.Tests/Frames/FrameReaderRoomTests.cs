using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Snakepit.Frames;

namespace Snakepit.Tests.Frames;

public sealed class FrameReaderRoomTests
{
    [Theory]
    [InlineData(100_000)]
    [InlineData(600_000_000)] // the operating system commits only the pages that are used
    [Trait("Rule", "P4")]
    public void TryRead_of_a_frame_that_comes_in_pieces_makes_room_for_it_once(int length)
    {
        var reader = new FrameReader(int.MaxValue);
        new FrameHeader(length, FrameType.Ready, 1, 1, Protocol.HeaderSize).Write(reader.FreeSpace);
        reader.Advance(Protocol.HeaderSize);
        Assert.False(reader.TryRead(out _, out _, out _));
        ref byte next = ref MemoryMarshal.GetReference(reader.FreeSpace);

        reader.Advance(1);
        Assert.False(reader.TryRead(out _, out _, out _));

        Assert.True(Unsafe.AreSame(ref Unsafe.Add(ref next, 1), ref MemoryMarshal.GetReference(reader.FreeSpace)));
        reader.Release();
    }
}
