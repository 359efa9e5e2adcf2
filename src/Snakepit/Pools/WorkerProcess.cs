using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>A worker's start, which waits for its turn among those of all pools, and its process once there is one. Ends both.</summary>
/// <param name="pool">The pool's name.</param>
/// <param name="source">Starts the process.</param>
/// <param name="sink">Hears of the worker.</param>
internal sealed class WorkerProcess(string pool, WorkerSource source, WorkerSink sink) : IGatedStart
{
    private const int Ordered = 0;
    private const int Begun = 1;
    private const int Aborted = 2;
    private int _start = Ordered;
    private int _killed;

    /// <summary>Null until the process exists.</summary>
    public IWorkerChannel? Channel { get; private set; }

    public bool IsKilled => Volatile.Read(ref _killed) != 0;

    string IGatedStart.Pool => pool;

    /// <summary>Starts the process when the gate lets it in.</summary>
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

    /// <summary>SIGKILL, also when the process is only about to exist.</summary>
    /// <param name="withStacks">The worker's stacks may tell why it had to be.</param>
    public void Kill(bool withStacks = false)
    {
        sink.OnKilling();
        MarkKilled(); // with a full fence: either this sees the channel, or Attach sees the order
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

    /// <summary>As <see cref="Kill"/>, for a worker whose start may have been ordered in vain.</summary>
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

    /// <summary>The start is over, however it went.</summary>
    public void EndStart() => source.Gate.Leave(this);

    void IGatedStart.Begin()
    {
        sink.OnBegun();
        try
        {
            source.Launcher.Launch(new WorkerLaunch(sink.Id, source.Blueprint), sink);
        }
        catch (Exception error)
        {
            MarkKilled(); // should a process come to be all the same, it is killed
            sink.OnNotLaunched(error);
            return;
        }
        if (IsKilled)
        {
            source.Launcher.Withdraw(sink);
        }
    }

    private void MarkKilled() => Interlocked.Exchange(ref _killed, 1);

    /// <summary>Gives up a start that has made no process yet.</summary>
    private void Withdraw()
    {
        if (source.Gate.TryWithdraw(this))
        {
            sink.OnNeverStarted();
        }
        else
        {
            source.Launcher.Withdraw(sink);
        }
    }
}
