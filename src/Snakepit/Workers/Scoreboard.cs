using System.Diagnostics;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Snakepit.Frames;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>
/// The page shared with one worker, which writes where it stands and keeps its unwritten replies there. Nothing in it is trusted: while the worker
/// lives it is advice, once the worker is gone it is exact, and nonsense at any time costs that worker's calls only.
/// </summary>
internal sealed unsafe class Scoreboard : IDisposable
{
    private readonly Lock _gate = new(); // nobody reads what another is about to unmap
    private readonly SafeFileHandle _file;
    private byte* _page;

    private Scoreboard(SafeFileHandle file, byte* page)
    {
        _file = file;
        _page = page;
    }

    /// <summary>Begun by the worker: all up to this sequence number.</summary>
    public ulong Begun => Read(Protocol.PageBegun);

    /// <summary>Finished, reply and all: all up to this sequence number.</summary>
    public ulong Finished => Read(Protocol.PageFinished);

    /// <summary>How long the present call has been running; null when none is, as far as this tells.</summary>
    public TimeSpan? RunningFor
    {
        get
        {
            ulong begun = Read(Protocol.PageBegun);
            ulong since = Read(Protocol.PageBeganAt);
            // Python's monotonic clock is the one of Stopwatch, in ns.
            double elapsed = Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency) - since;
            return begun != Read(Protocol.PageFinished) && since != 0 && elapsed >= 0 ? TimeSpan.FromMicroseconds(elapsed / 1e3) : null;
        }
    }

    /// <summary>Makes a page.</summary>
    /// <exception cref="IOException">There is none to be had, or no barrier to use it with.</exception>
    public static Scoreboard Create()
    {
        if (!OperatingSystem.IsLinux() || !Libc.CanOrderMemoryAccesses())
        {
            throw new IOException("The system refuses membarrier.");
        }
        SafeFileHandle file = Memfd.CreateSealed("snakepit-page", Protocol.PageStacksOffset, Protocol.PageSize);
        byte* page = Libc.mmap(null, Protocol.PageStacksOffset, Libc.ProtReadWrite, Libc.MapShared, (int)file.DangerousGetHandle(), 0);
        if (page == (byte*)-1)
        {
            file.Dispose();
            throw new IOException("mmap failed.");
        }
        return new Scoreboard(file, page);
    }

    /// <summary>The descriptor to give along with the worker's start.</summary>
    public int Number => (int)_file.DangerousGetHandle();

    /// <summary>
    /// Takes back every call up to <paramref name="last"/> that the worker has not begun: what it begins from now on it looks up here first, and what
    /// it has begun before is at most the returned number. A number between the two that it began at this very moment, it may have begun or skipped:
    /// its next frame tells.
    /// </summary>
    /// <returns>The last number that it may have begun; <paramref name="last"/> when the barrier was refused.</returns>
    public ulong Recall(ulong last)
    {
        lock (_gate)
        {
            if (_page == null)
            {
                return last;
            }
            Volatile.Write(ref Field(Protocol.PageRecalled), last);
            return Libc.OrderMemoryAccesses() ? Volatile.Read(ref Field(Protocol.PageBegun)) : last;
        }
    }

    /// <summary>Copies the replies that the worker has made and may not have written yet.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="exited">The worker is gone, and what stands there is final.</param>
    /// <returns>How many bytes; 0 when there are none, or the worker was writing them just now.</returns>
    public int CopyReplies(Span<byte> buffer, bool exited)
    {
        lock (_gate)
        {
            if (_page == null)
            {
                return 0;
            }
            ulong batch = Volatile.Read(ref Field(Protocol.PageBatch));
            ulong count = Volatile.Read(ref Field(Protocol.PageStaged));
            if (count == 0 || count > Protocol.PageRepliesSize || !(exited || Libc.OrderMemoryAccesses()))
            {
                return 0;
            }
            new ReadOnlySpan<byte>(_page + Protocol.PageRepliesOffset, (int)count).CopyTo(buffer);
            return exited || (Libc.OrderMemoryAccesses() && Volatile.Read(ref Field(Protocol.PageBatch)) == batch) ? (int)count : 0;
        }
    }

    /// <summary>The stacks that the worker, which is gone, wrote down before its end; null when it wrote none.</summary>
    public string? ReadStacks()
    {
        // Read as a file: nobody has seen to it that there is memory behind them, and through a mapping that would be found out by a signal.
        byte[] buffer = new byte[Protocol.PageStacksSize];
        int count = RandomAccess.Read(_file, buffer, Protocol.PageStacksOffset);
        ReadOnlySpan<byte> written = buffer.AsSpan(0, count);
        int end = written.IndexOf((byte)0);
        string stacks = Encoding.UTF8.GetString(end < 0 ? written : written[..end]).Trim();
        return stacks.Length == 0 ? null : stacks;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _file.Dispose();
            if (_page != null)
            {
                _ = Libc.munmap(_page, Protocol.PageStacksOffset);
                _page = null;
            }
        }
    }

    private ulong Read(int field)
    {
        lock (_gate)
        {
            return _page == null ? 0 : Volatile.Read(ref Field(field));
        }
    }

    private ref ulong Field(int index) => ref *((ulong*)_page + index);
}
