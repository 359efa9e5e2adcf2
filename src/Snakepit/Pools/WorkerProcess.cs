using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>A worker's start, which waits for its turn among those of all pools, and later its process. Ends both.</summary>
/// <param name="pool">The pool's name.</param>
/// <param name="source">The source, which starts the process.</param>
/// <param name="sink">The sink for the worker's signals.</param>
internal sealed class WorkerProcess(string pool, WorkerSource source, WorkerSink sink) : IGatedStart
{
    private const int Ordered = 0;
    private const int Begun = 1;
    private const int Aborted = 2;
    private int _start = Ordered;
    private int _killed;

    /// <summary>Null until the process exists.</summary>
    public IWorkerChannel? Channel { get; private set; }

    /// <summary>The number of calls that it runs at once.</summary>
    public int Capacity => source.Blueprint.Capacity;

    public bool IsKilled => Volatile.Read(ref _killed) != 0;

    string IGatedStart.Pool => pool;

    int IGatedStart.Slot => sink.Id.Slot;

    /// <summary>Enqueues the start at the gate, which begins it in turn.</summary>
    public void Start()
    {
        if (Interlocked.CompareExchange(ref _start, Begun, Ordered) == Aborted)
        {
            return;
        }
        source.Gate.Enter(this);
        if (IsKilled)
        {
            Withdraw();
        }
    }

    /// <summary>The process exists.</summary>
    public void Attach(IWorkerChannel channel)
    {
        Channel = channel;
        Interlocked.MemoryBarrier();
        if (IsKilled)
        {
            channel.Kill();
        }
    }

    /// <summary>Sends SIGKILL, even if the process does not exist yet.</summary>
    /// <param name="withStacks">Whether the worker's stacks may explain the kill.</param>
    public void Kill(bool withStacks = false)
    {
        sink.OnKilling();
        MarkKilled(); // a full fence: either this method sees the channel, or Attach sees the kill
        if (Channel is not { } channel)
        {
            Withdraw();
        }
        else if (withStacks)
        {
            channel.KillWithStacks();
        }
        else
        {
            channel.Kill();
        }
    }

    /// <summary>As <see cref="Kill"/>, for a worker whose start may never be performed.</summary>
    public void Abort()
    {
        if (Interlocked.CompareExchange(ref _start, Aborted, Ordered) == Ordered)
        {
            sink.OnNeverStarted();
        }
        else
        {
            Kill();
        }
    }

    /// <summary>The start has ended, with any result.</summary>
    public void EndStart() => source.Gate.Leave(this);

    /// <summary>Its memory was read, in bytes; 0 when it cannot be read.</summary>
    public void NoteMemory(long bytes) => source.Gate.Measure(this, bytes);

    /// <summary>The process has ended, or will never exist.</summary>
    public void End() => source.Gate.End(this);

    void IGatedStart.Begin()
    {
        sink.OnBegun();
        try
        {
            source.Starter.Launch(new WorkerStart(sink.Id, source.Blueprint), sink);
        }
        catch (Exception error)
        {
            MarkKilled(); // if a process appears nevertheless, it is killed
            sink.OnNotLaunched(error);
            return;
        }
        if (IsKilled)
        {
            source.Starter.Withdraw(sink);
        }
    }

    private void MarkKilled() => Interlocked.Exchange(ref _killed, 1);

    /// <summary>Withdraws a start that has not created a process yet.</summary>
    private void Withdraw()
    {
        if (source.Gate.TryWithdraw(this))
        {
            sink.OnNeverStarted();
        }
        else
        {
            source.Starter.Withdraw(sink);
        }
    }
}
