using Snakepit.Frames;
using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>One worker as the pool's shell knows it: its channel, and the facts that its reports need.</summary>
internal sealed class PoolWorker(WorkerPool pool, WorkerKey key, long launchedAt, DateTimeOffset startedAt) : IWorkerEvents, ISampled, IGatedStart
{
    private const int KeptLines = 50;
    private const int Ordered = 0;
    private const int Begun = 1;
    private const int Discarded = 2;
    private const int TeardownFailed = 1; // as of any program that an exception has ended
    private readonly Queue<string> _lastOutput = new(KeptLines);
    private StartGate? _starts;
    private int _start = Ordered;
    private int _killed;
    private int _awaitsPolicies;

    public WorkerKey Key { get; } = key;

    public WorkerId Id { get; } = new(pool.Name, key.Slot, key.Generation);

    /// <summary>When its start began; until then when it was ordered.</summary>
    public long LaunchedAt { get; set; } = launchedAt;

    /// <inheritdoc cref="LaunchedAt"/>
    public DateTimeOffset StartedAt { get; set; } = startedAt;

    public long ReadyAt { get; set; }

    /// <summary>How long it and its replacement were both ready.</summary>
    public TimeSpan Overlap { get; set; }

    /// <summary>The device it uses, as its adapter says.</summary>
    public string? Device { get; set; }

    /// <summary>What happens now happens in its teardown.</summary>
    public bool IsToldToEnd { get; set; }

    public bool IsKilled => Volatile.Read(ref _killed) != 0;

    public int Pid => Channel?.ProcessId ?? 0;

    public IWorkerChannel? Channel { get; private set; }

    public WorkerFailure? Failure { get; private set; }

    /// <summary>Why the pool killed it, for its death report.</summary>
    public string? KilledBecause { get; set; }

    public DeathReport? Death { get; set; }

    /// <summary>What went wrong at the end of a worker that was to be replaced; null: nothing.</summary>
    public string? EndProblem =>
        KilledBecause is { } why ? $"it was killed: {why}"
        : Death is null or { ExitCode: 0 } or { Cause: DeathCause.Unknown } ? null
        : !IsToldToEnd ? $"it ended before its last calls did: {Death.Description}"
        : Death.ExitCode == TeardownFailed ? "its teardown() raised (exit code 1); the log has the traceback"
        : $"it failed in or after teardown(): {Death.Description}";

    /// <summary>Its memory and processor time, from its launch to its exit.</summary>
    public SampledProcess? Sampled { get; private set; }

    /// <summary>What it had when it became ready is known to the pool.</summary>
    public bool IsMeasured { get; set; }

    /// <returns>False: it waits for the policies already.</returns>
    public bool TryAwaitPolicies() => Interlocked.Exchange(ref _awaitsPolicies, 1) == 0;

    public void EndWaitForPolicies() => Interlocked.Exchange(ref _awaitsPolicies, 0);

    /// <summary>A policy has asked for its replacement, and has not changed its mind. Used by the thread of the policies only.</summary>
    public bool IsUnwanted { get; set; }

    /// <summary>What the policy said.</summary>
    public string? PolicyDetail { get; set; }

    /// <summary>What the check that failed said.</summary>
    public string? CheckDetail { get; set; }

    /// <summary>Since when it owes a sign of life, and what the system said of it then; null while it does not.</summary>
    public Silence? Silence { get; set; }

    /// <summary>Starts it when <paramref name="starts"/> lets it in.</summary>
    public void Start(StartGate starts)
    {
        if (Interlocked.CompareExchange(ref _start, Begun, Ordered) == Discarded)
        {
            return;
        }
        _starts = starts;
        starts.Enter(this);
        if (IsKilled)
        {
            Withdraw();
        }
    }

    string IGatedStart.Pool => pool.Name;

    void IGatedStart.Begin() => pool.Begin(this);

    /// <summary>SIGKILL, also when the process is only about to exist.</summary>
    public void Kill()
    {
        Sampled?.Refresh(default); // its death report is to tell what it had last
        Interlocked.Exchange(ref _killed, 1); // with a full fence: either this sees the channel, or OnLaunched sees the order
        if (Channel is { } channel)
        {
            channel.Kill();
        }
        else
        {
            Withdraw();
        }
    }

    /// <summary>As <see cref="Kill"/>, for a worker whose start may have been ordered in vain.</summary>
    public void Discard()
    {
        if (Interlocked.CompareExchange(ref _start, Discarded, Ordered) == Ordered)
        {
            pool.OnExited(this, ChildExit.Never, []);
        }
        else
        {
            Kill();
        }
    }

    /// <summary>As <see cref="Kill"/>, for a worker whose stacks may tell why it had to be.</summary>
    public void KillWithStacks()
    {
        Sampled?.Refresh(default);
        Interlocked.Exchange(ref _killed, 1);
        if (Channel is { } channel)
        {
            channel.KillWithStacks();
        }
        else
        {
            Withdraw();
        }
    }

    /// <summary>Its start is over, however it went.</summary>
    public void EndStart() => _starts?.Leave(this);

    public void Watch(Sampler sampler, SamplingPlan plan) => Sampled = sampler.Watch(Pid, plan, this);

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
        if (IsKilled)
        {
            channel.Kill();
        }
        pool.OnLaunched(this);
    }

    void IWorkerEvents.OnReady(WorkerAbilities abilities)
    {
        EndStart();
        pool.OnReady(this, abilities);
    }

    void IWorkerEvents.OnPong() => pool.OnPong(this);

    void IWorkerEvents.OnRecycleRequested() => pool.OnLimit(this, Reason.WorkerRequested);

    void IWorkerEvents.OnMemoryUsage(long bytes) => Sampled?.Report(bytes);

    void IWorkerEvents.OnCollected() => Sampled?.Collected();

    void IWorkerEvents.OnZygoteEnded() => Sampled?.ZygoteEnded();

    void ISampled.OnVerdict(MemoryVerdict verdict, in MemoryReading reading) => pool.OnMemory(this, verdict, reading);

    void ISampled.OnCpuTimeExceeded(TimeSpan used) => pool.OnLimit(this, Reason.CpuTime);

    void ISampled.OnSampled() => pool.OnSampled(this);

    void IWorkerEvents.OnFailed(WorkerFailure failure) => Fail(failure);

    /// <summary>Its start could not even be ordered. Should a process come to be all the same, it is killed.</summary>
    public void FailLaunch(Exception error)
    {
        Interlocked.Exchange(ref _killed, 1);
        Fail(new WorkerFailure("launch", Shown.Headline(error)));
        EndStart();
        pool.OnExited(this, ChildExit.Never, []);
    }

    private void Fail(WorkerFailure failure)
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

    void IWorkerEvents.OnExited(ChildExit exit, ReadOnlySpan<CallKey> begun)
    {
        EndStart();
        pool.OnExited(this, exit, begun);
    }

    /// <summary>Gives up a start that has made no process yet.</summary>
    private void Withdraw()
    {
        if (_starts is { } starts && starts.TryWithdraw(this))
        {
            pool.OnExited(this, ChildExit.Never, []);
        }
        else
        {
            pool.Withdraw(this);
        }
    }
}
