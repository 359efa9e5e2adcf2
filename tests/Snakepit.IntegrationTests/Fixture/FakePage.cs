using Snakepit.Frames;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>The worker's view of the page, on which the test writes anything that a worker could.</summary>
internal sealed unsafe class FakePage : IDisposable
{
    private readonly byte* _page;

    public FakePage(int descriptor)
    {
        _page = Libc.mmap(null, Protocol.PageSize, Libc.ProtReadWrite, Libc.MapShared, descriptor, 0);
        Assert.False(_page == (byte*)-1);
    }

    public ulong Recalled => Volatile.Read(ref Field(Protocol.PageRecalled));

    public ulong Cancelled => Volatile.Read(ref Field(Protocol.PageCancelled));

    public void Set(int field, ulong value) => Volatile.Write(ref Field(field), value);

    /// <summary>Writes the row of one thread of the worker.</summary>
    public void SetRow(int row, ulong begun, ulong finished, long beganAt)
    {
        int first = row * Protocol.PageRow;
        Set(first + Protocol.PageBegun, begun);
        Set(first + Protocol.PageFinished, finished);
        Set(first + Protocol.PageBeganAt, (ulong)beganAt);
    }

    /// <summary>Puts replies where a worker keeps the replies that it has not sent yet.</summary>
    public void Stage(params ReadOnlySpan<byte[]> frames)
    {
        byte[] all = [.. frames.ToArray().SelectMany(static frame => frame)];
        all.CopyTo(new Span<byte>(_page + Protocol.PageRepliesOffset, Protocol.PageRepliesSize));
        Set(Protocol.PageStaged, (ulong)all.Length);
    }

    public void WriteStacks(ReadOnlySpan<byte> stacks) =>
        stacks.CopyTo(new Span<byte>(_page + Protocol.PageStacksOffset, Protocol.PageStacksSize));

    public void Dispose() => _ = Libc.munmap(_page, Protocol.PageSize);

    private ref ulong Field(int index) => ref *((ulong*)_page + index);
}
