namespace Snakepit;

/// <summary>Something that happened to a worker or a pool, told after the fact. A closed set.</summary>
public abstract record LifecycleEvent
{
    private protected LifecycleEvent(string pool, DateTimeOffset at)
    {
        Pool = pool;
        At = at;
    }

    /// <summary>The pool.</summary>
    public string Pool { get; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; }

    /// <summary>How many earlier events this watcher lost because it read too slowly.</summary>
    public long Dropped { get; init; }
}

/// <summary>A worker's process was launched.</summary>
public sealed record WorkerStarted(WorkerId Worker, int Pid, DateTimeOffset At) : LifecycleEvent(Worker.Pool, At);

/// <summary>A worker has loaded its adapter and can serve.</summary>
public sealed record WorkerReady(WorkerId Worker, int Pid, TimeSpan StartDuration, DateTimeOffset At) : LifecycleEvent(Worker.Pool, At);

/// <summary>A worker takes no more calls and finishes those it has.</summary>
public sealed record WorkerDraining(WorkerId Worker, int Pid, RecycleReason Reason, int Running, DateTimeOffset At) : LifecycleEvent(Worker.Pool, At);

/// <summary>A worker was replaced on purpose and its process is gone.</summary>
/// <param name="Worker">The old worker.</param>
/// <param name="Pid">Its process id.</param>
/// <param name="Reason">Why.</param>
/// <param name="Uptime">How long it lived.</param>
/// <param name="Requests">Calls it began.</param>
/// <param name="MemoryAtEnd">Its private memory, as last read; null when it was never read.</param>
/// <param name="Replacement">The worker that serves in its place; null when it was stopped first, rests, or its place is gone.</param>
/// <param name="Overlap">How long both processes were ready at once; zero when it was stopped first.</param>
/// <param name="FailedCalls">Calls that failed by it: those still running when the drain time ended, or when it was killed.</param>
/// <param name="Detail">What there is to say beyond the reason, such as the words of a policy; or null.</param>
/// <param name="At">When.</param>
public sealed record WorkerRecycled(
    WorkerId Worker, int Pid, RecycleReason Reason, TimeSpan Uptime, long Requests, MemorySize? MemoryAtEnd, WorkerId? Replacement, TimeSpan Overlap,
    int FailedCalls, string? Detail, DateTimeOffset At)
    : LifecycleEvent(Worker.Pool, At);

/// <summary>A worker failed its check, or gave no sign of life, and is replaced.</summary>
/// <param name="Worker">The worker.</param>
/// <param name="Pid">Its process id.</param>
/// <param name="Reason"><c>health_check_failed</c>: the check raised, returned false or took too long; <c>worker_dead</c>: no sign of life.</param>
/// <param name="Detail">What the check said, or how long the silence was.</param>
/// <param name="At">When.</param>
public sealed record HealthCheckFailed(WorkerId Worker, int Pid, string Reason, string Detail, DateTimeOffset At) : LifecycleEvent(Worker.Pool, At);

/// <summary>A worker's process ended without being told to.</summary>
public sealed record WorkerCrashed(DeathReport Report, DateTimeOffset At) : LifecycleEvent(Report.Worker.Pool, At);

/// <summary>A worker's place gets no calls for a time.</summary>
/// <param name="Worker">The worker that died, or else the one that is there.</param>
/// <param name="Device">The device it used, as its adapter says; or null.</param>
/// <param name="Reason">Why.</param>
/// <param name="Duration">For how long.</param>
/// <param name="At">When.</param>
public sealed record WorkerTainted(WorkerId Worker, string? Device, TaintReason Reason, TimeSpan Duration, DateTimeOffset At) : LifecycleEvent(Worker.Pool, At);

/// <summary>A worker is due to be replaced and serves on, because its replacement cannot start. Told once for all workers of a pool, until none is in that
/// state any more; each start that fails has its own <see cref="StartFailed"/>.</summary>
/// <param name="Worker">The first such worker.</param>
/// <param name="Pid">Its process id.</param>
/// <param name="Reason">Why it is to be replaced.</param>
/// <param name="Failure">Why the last replacement could not start.</param>
/// <param name="At">When.</param>
public sealed record ReplacementOverdue(WorkerId Worker, int Pid, RecycleReason Reason, SnakepitException? Failure, DateTimeOffset At)
    : LifecycleEvent(Worker.Pool, At);

/// <summary>A worker could not start.</summary>
public sealed record StartFailed(WorkerId Worker, AdapterLoadException Failure, TimeSpan RetryIn, DateTimeOffset At) : LifecycleEvent(Worker.Pool, At);

/// <summary>Workers keep dying of an input of a tool, which is rejected for <see cref="CrashOptions.QuarantineTime"/>; the last of them has its own <see cref="WorkerCrashed"/>.</summary>
/// <param name="PoolName">The pool.</param>
/// <param name="Tool">The tool.</param>
/// <param name="Input">A hash of its encoded arguments, as in <see cref="PoolSnapshot.Quarantine"/>.</param>
/// <param name="Cause">What the last worker died of.</param>
/// <param name="At">When.</param>
public sealed record InputQuarantined(string PoolName, string Tool, ulong Input, string Cause, DateTimeOffset At) : LifecycleEvent(PoolName, At);

/// <summary>Calls are rejected because the queue is full, or too long for them to be run in time; told once until it has emptied to half.</summary>
public sealed record PoolSaturated(string PoolName, int QueueLength, int Limit, DateTimeOffset At) : LifecycleEvent(PoolName, At);

/// <summary>The pool's state changed.</summary>
public sealed record PoolStateChanged(string PoolName, PoolState From, PoolState To, DateTimeOffset At) : LifecycleEvent(PoolName, At);
