using System.Diagnostics;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Snakepit.Frames;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>
/// The page that one worker shares with the host. The worker holds its unwritten replies there, and each of its threads that runs calls has
/// a row with its progress. The host trusts nothing on the page. While the worker lives, the page is a hint; once the worker has ended, it
/// is exact; invalid data costs that worker's calls only.
/// </summary>
internal sealed unsafe class Scoreboard : IDisposable
{
    private const int Alignment = 4096;
    private readonly Lock _gate = new(); // keeps a reader from using memory that is being unmapped
    private readonly SafeFileHandle _file;
    private readonly int _rows;
    private readonly int _mapped; // bytes; the stacks come after them
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

    /// <summary>Whether several threads of the worker run calls.</summary>
    public bool HasThreads => _rows > 1;

    /// <summary>
    /// Returns whether a thread has begun a call that is unanswered. A thread's row tells its last call only, and a thread has answered its
    /// call before it begins another one. One thread alone takes its calls in their order.
    /// </summary>
    public bool HasBegun(ulong seq) => HasThreads ? FindRow(seq) is not null : seq <= Begun;

    /// <summary>Returns whether a thread has finished a call, with its reply.</summary>
    public bool HasFinished(ulong seq) => HasThreads ? FindRow(seq) is { IsBusy: false } : seq <= ReadRow(0).Finished;

    /// <summary>Returns how long a call has been running; null when it does not run, as far as the page tells.</summary>
    public TimeSpan? RunTimeOf(ulong seq) => FindRow(seq)?.RunningFor;

    /// <summary>Creates a page.</summary>
    /// <param name="rows">The number of threads of the worker that run calls.</param>
    /// <exception cref="IOException">The page cannot be created, or the barrier that it needs is missing.</exception>
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

    /// <summary>The descriptor to pass to the worker.</summary>
    public int Number => (int)_file.DangerousGetHandle();

    /// <summary>
    /// Recalls every call up to <paramref name="last"/> that the worker has not begun. From now on the worker checks the page before it
    /// begins a call, and the calls that it has begun have at most the returned number. A call that it begins at this very moment may have
    /// begun or be skipped: its next frame tells.
    /// </summary>
    /// <returns>The last number that the worker may have begun; <paramref name="last"/> when the system refused the barrier.</returns>
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

    /// <summary>Names the call that the next signal interrupts. The worker ignores the signal while it runs another one.</summary>
    /// <returns>Whether a thread of the worker runs the call, as far as the page tells.</returns>
    public bool Cancel(ulong seq)
    {
        lock (_gate)
        {
            if (_page == null || FindRow(seq) is not { IsBusy: true })
            {
                return false;
            }
            Volatile.Write(ref Field(Protocol.PageCancelled), seq);
            return true;
        }
    }

    /// <summary>Copies the replies that the worker has finished and may not have written yet.</summary>
    /// <param name="buffer">The destination.</param>
    /// <param name="exited">True when the worker has ended, so the page is final.</param>
    /// <returns>The number of bytes; 0 when there are none, or the worker was writing them.</returns>
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

    /// <summary>Returns the stacks that the worker has written; null when it has written none, or the page is disposed.</summary>
    public string? ReadStacks()
    {
        // Read as a file: the stacks may have no memory, and an access through the mapping would then raise a signal.
        byte[] buffer = new byte[Protocol.PageStacksSize];
        int count;
        lock (_gate)
        {
            count = _page == null ? 0 : RandomAccess.Read(_file, buffer, _mapped);
        }
        ReadOnlySpan<byte> written = buffer.AsSpan(0, count);
        int end = written.IndexOf((byte)0);
        string stacks = Encoding.UTF8.GetString(end < 0 ? written : written[..end]).Trim();
        return stacks.Length == 0 ? null : stacks;
    }

    /// <summary>Removes what the worker has written as its stacks, and makes it write the next ones at their beginning.</summary>
    public void ClearStacks()
    {
        lock (_gate)
        {
            if (_page == null)
            {
                return; // the worker has ended
            }
            byte[] nothing = new byte[Encoding.UTF8.GetByteCount(ReadStacks() ?? "") + Alignment];
            RandomAccess.Write(_file, nothing.AsSpan(0, Math.Min(nothing.Length, Protocol.PageStacksSize)), _mapped);
            _ = Libc.lseek(Number, _mapped, Libc.SeekSet); // the worker's descriptor has the same position: it is a copy of this one
        }
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

    /// <summary>Returns the row of the thread whose last call has that number; null when there is none.</summary>
    private Row? FindRow(ulong seq)
    {
        for (int i = 0; i < _rows; i++)
        {
            if (ReadRow(i) is var row && row.Begun == seq)
            {
                return row;
            }
        }
        return null;
    }

    private Row ReadRow(int index)
    {
        lock (_gate)
        {
            int first = index * Protocol.PageRow;
            return _page == null ? default : new Row(
                Volatile.Read(ref Field(first + Protocol.PageBegun)),
                Volatile.Read(ref Field(first + Protocol.PageBeganAt)),
                // Read last, so that a call that has ended meanwhile does not seem to run.
                Volatile.Read(ref Field(first + Protocol.PageFinished)));
        }
    }

    private ref ulong Field(int index) => ref *((ulong*)_page + index);

    /// <summary>The row of one thread of the worker.</summary>
    private readonly record struct Row(ulong Begun, ulong BeganAt, ulong Finished)
    {
        public bool IsBusy => Begun != Finished;

        public TimeSpan? RunningFor
        {
            get
            {
                // Python's monotonic clock is that of Stopwatch, in ns.
                double elapsed = Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency) - BeganAt;
                return IsBusy && BeganAt != 0 && elapsed >= 0 ? TimeSpan.FromMicroseconds(elapsed / 1e3) : null;
            }
        }
    }
}
