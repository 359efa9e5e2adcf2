using System.Diagnostics;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Snakepit.Frames;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>
/// The page that one worker shares with the host. The worker keeps its unwritten replies there, and each of its threads that runs calls
/// has a row that tells where it stands. Nothing on the page is trusted: while the worker lives the page is advice, once the worker is gone
/// it is exact, and nonsense at any time costs that worker's calls only.
/// </summary>
internal sealed unsafe class Scoreboard : IDisposable
{
    private const int Alignment = 4096;
    private readonly Lock _gate = new(); // nobody reads what another is about to unmap
    private readonly SafeFileHandle _file;
    private readonly int _rows;
    private readonly int _mapped; // bytes, behind which the stacks are
    private byte* _page;

    private Scoreboard(SafeFileHandle file, byte* page, int rows, int mapped)
    {
        _file = file;
        _page = page;
        _rows = rows;
        _mapped = mapped;
    }

    /// <summary>The highest sequence number that a thread has begun.</summary>
    public ulong Begun
    {
        get
        {
            ulong begun = 0;
            for (int i = 0; i < _rows; i++)
            {
                begun = Math.Max(begun, ReadRow(i).Begun);
            }
            return begun;
        }
    }

    /// <summary>Finished, reply and all: all up to this sequence number.</summary>
    public ulong Finished
    {
        get
        {
            ulong finished = 0, unfinished = ulong.MaxValue;
            for (int i = 0; i < _rows; i++)
            {
                Row row = ReadRow(i);
                finished = Math.Max(finished, row.Finished);
                unfinished = row.IsBusy ? Math.Min(unfinished, row.Begun) : unfinished;
            }
            return Math.Min(finished, unfinished - 1);
        }
    }

    /// <summary>How long the call that began first has been running; null when none is, as far as the page tells.</summary>
    public TimeSpan? RunningFor
    {
        get
        {
            TimeSpan? longest = null;
            for (int i = 0; i < _rows; i++)
            {
                TimeSpan? elapsed = ReadRow(i).RunningFor;
                longest = longest is null || elapsed > longest ? elapsed : longest;
            }
            return longest;
        }
    }

    /// <summary>Makes a page.</summary>
    /// <param name="rows">How many threads of the worker run calls.</param>
    /// <exception cref="IOException">There is none to be had, or no barrier to use it with.</exception>
    public static Scoreboard Create(int rows = 1)
    {
        if (!OperatingSystem.IsLinux() || !Libc.CanOrderMemoryAccesses())
        {
            throw new IOException("The system refuses membarrier.");
        }
        int more = (Math.Max(rows - Protocol.PageRows, 0) * Protocol.PageRow * sizeof(ulong) + Alignment - 1) / Alignment * Alignment;
        int mapped = Protocol.PageStacksOffset + more;
        SafeFileHandle file = Memfd.CreateSealed("snakepit-page", mapped, Protocol.PageSize + more);
        byte* page = Libc.mmap(null, (nuint)mapped, Libc.ProtReadWrite, Libc.MapShared, (int)file.DangerousGetHandle(), 0);
        if (page == (byte*)-1)
        {
            file.Dispose();
            throw new IOException("mmap failed.");
        }
        return new Scoreboard(file, page, rows, mapped);
    }

    /// <summary>The descriptor to give along with the worker's start.</summary>
    public int Number => (int)_file.DangerousGetHandle();

    /// <summary>
    /// Takes back every call up to <paramref name="last"/> that the worker has not begun: from now on the worker looks here before it begins
    /// a call, and what it has begun before is at most the returned number. A call that it begins at this very moment may have begun or be
    /// skipped: its next frame tells.
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
            return Libc.OrderMemoryAccesses() ? Begun : last;
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
        // Read as a file: there may be no memory behind the stacks, and a mapping would raise a signal where there is none.
        byte[] buffer = new byte[Protocol.PageStacksSize];
        int count = RandomAccess.Read(_file, buffer, _mapped);
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
                _ = Libc.munmap(_page, (nuint)_mapped);
                _page = null;
            }
        }
    }

    private Row ReadRow(int index)
    {
        lock (_gate)
        {
            int first = index * Protocol.PageRow;
            return _page == null ? default : new Row(
                Volatile.Read(ref Field(first + Protocol.PageBegun)),
                Volatile.Read(ref Field(first + Protocol.PageBeganAt)),
                Volatile.Read(ref Field(first + Protocol.PageFinished))); // last: a call that has ended meanwhile does not seem to run
        }
    }

    private ref ulong Field(int index) => ref *((ulong*)_page + index);

    /// <summary>What one thread of the worker tells.</summary>
    private readonly record struct Row(ulong Begun, ulong BeganAt, ulong Finished)
    {
        public bool IsBusy => Begun != Finished;

        public TimeSpan? RunningFor
        {
            get
            {
                // Python's monotonic clock is the one of Stopwatch, in ns.
                double elapsed = Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency) - BeganAt;
                return IsBusy && BeganAt != 0 && elapsed >= 0 ? TimeSpan.FromMicroseconds(elapsed / 1e3) : null;
            }
        }
    }
}
