using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Transport;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>One worker as the pool's shell knows it: its channel, and the facts that its reports need.</summary>
internal sealed class PoolWorker(WorkerPool pool, WorkerKey key, long launchedAt, DateTimeOffset startedAt) : IWorkerEvents
{
    private const int KeptLines = 50;
    private readonly Queue<string> _lastOutput = new(KeptLines);
    private IWorkerLauncher? _launcher;
    private int _killed;

    public WorkerKey Key { get; } = key;

    public WorkerId Id { get; } = new(pool.Name, key.Slot, key.Generation);

    public long LaunchedAt { get; } = launchedAt;

    public DateTimeOffset StartedAt { get; } = startedAt;

    public long ReadyAt { get; set; }

    /// <summary>When its replacement, to which it has given way, became ready.</summary>
    public long ReplacementReadyAt { get; set; }

    public int Pid => Channel?.ProcessId ?? 0;

    public IWorkerChannel? Channel { get; private set; }

    public WorkerFailure? Failure { get; private set; }

    /// <summary>Why the pool killed it, for its death report.</summary>
    public string? KilledBecause { get; set; }

    public DeathReport? Death { get; set; }

    public void Launch(IWorkerLauncher launcher, WorkerBlueprint blueprint)
    {
        _launcher = launcher;
        launcher.Launch(new WorkerLaunch(Id, blueprint), this);
        if (Volatile.Read(ref _killed) != 0)
        {
            launcher.Withdraw(this);
        }
    }

    /// <summary>SIGKILL, also when the process is only about to exist.</summary>
    public void Kill()
    {
        Interlocked.Exchange(ref _killed, 1); // with a full fence: either this sees the channel, or OnLaunched sees the order
        if (Channel is { } channel)
        {
            channel.Kill();
        }
        else
        {
            _launcher?.Withdraw(this);
        }
    }

    public IReadOnlyList<string> LastOutput()
    {
        lock (_lastOutput)
        {
            return [.. _lastOutput];
        }
    }

    void IWorkerEvents.OnLaunched(IWorkerChannel channel)
    {
        Channel = channel;
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _killed) != 0)
        {
            channel.Kill();
        }
        pool.OnLaunched(this);
    }

    void IWorkerEvents.OnReady(WorkerAbilities abilities) => pool.OnReady(this, abilities);

    void IWorkerEvents.OnPong()
    {
    }

    void IWorkerEvents.OnRecycleRequested()
    {
    }

    void IWorkerEvents.OnMemoryUsage(long bytes)
    {
    }

    void IWorkerEvents.OnCollected()
    {
    }

    void IWorkerEvents.OnZygoteEnded()
    {
    }

    void IWorkerEvents.OnFailed(WorkerFailure failure)
    {
        Failure ??= failure;
        pool.OnFailed(this);
    }

    void IWorkerEvents.OnReplies(ReadOnlySpan<WorkerReply> replies) => pool.OnReplies(this, replies);

    void IWorkerEvents.OnRecalled(CallKey call) => pool.OnRecalled(this, call);

    void IWorkerEvents.OnLog(string level, string message) => pool.OnWorkerLog(this, level, message);

    void IWorkerEvents.OnOutput(string line)
    {
        lock (_lastOutput)
        {
            if (_lastOutput.Count == KeptLines)
            {
                _lastOutput.Dequeue();
            }
            _lastOutput.Enqueue(line);
        }
        pool.OnWorkerOutput(this, line);
    }

    void IWorkerEvents.OnProtocolError(string problem)
    {
        KilledBecause ??= $"it broke the protocol ({problem})";
        pool.OnProtocolError(this, problem);
    }

    void IWorkerEvents.OnExited(ChildExit exit, ReadOnlySpan<CallKey> begun) => pool.OnExited(this, exit, begun);
}
