namespace Snakepit;

/// <summary>A pool at one moment. Consistent in itself: taken in one step.</summary>
public sealed record PoolSnapshot
{
    /// <summary>The pool's name.</summary>
    public required string Name { get; init; }

    /// <summary>Starting, Ready, Degraded, Failing or Stopped.</summary>
    public required PoolState State { get; init; }

    /// <summary>The number of workers: as configured, or as last set by <see cref="IWorkerPool.ResizeAsync"/>.</summary>
    public required int Size { get; init; }

    /// <summary>Workers that are ready in waiting.</summary>
    public int Spares { get; init; }

    /// <summary>Workers that rest: stopped for <see cref="RecycleOptions.IdleTimeout"/> until calls wait.</summary>
    public int Resting { get; init; }

    /// <summary>Slots that get no calls for a time, whether or not a worker is there; see <see cref="CrashOptions.TaintOn"/>.</summary>
    public int Tainted { get; init; }

    /// <summary>Workers that take calls.</summary>
    public required int Ready { get; init; }

    /// <summary>Calls that wait for a worker.</summary>
    public required int QueueLength { get; init; }

    /// <summary>How many may wait.</summary>
    public required int QueueLimit { get; init; }

    /// <summary>Calls that wait until the queue has room; only with <see cref="QueueFullMode.Wait"/>. They are not among <see cref="QueueLength"/> or
    /// <see cref="Accepted"/> yet.</summary>
    public int WaitingForRoom { get; init; }

    /// <summary>Calls that run in workers, abandoned ones included.</summary>
    public required int Running { get; init; }

    /// <summary>How many may run at once: <see cref="CallLimitOptions.MaxConcurrent"/>; null: as many as there are workers.</summary>
    public int? MaxConcurrent { get; init; }

    /// <summary>Calls accepted since the pool started.</summary>
    public required long Accepted { get; init; }

    /// <summary>Calls rejected since the pool started.</summary>
    public required long Rejected { get; init; }

    /// <summary>Workers replaced on purpose since the pool started.</summary>
    public required long Recycled { get; init; }

    /// <summary>Every worker process, slot by slot, draining ones included.</summary>
    public required IReadOnlyList<WorkerSnapshot> Workers { get; init; }

    /// <summary>What has come of its workers so far.</summary>
    public required LifecycleStatistics Lifecycle { get; init; }

    /// <summary>What has gone wrong with starts and replacements lately, by cause, and how long the next one waits for it.</summary>
    public IReadOnlyList<RestartSnapshot> Restarts { get; init; } = [];

    /// <summary>The inputs that are rejected because workers have died of them.</summary>
    public IReadOnlyList<QuarantinedInput> Quarantine { get; init; } = [];

    /// <summary>The last workers whose end nobody had planned, up to 16, the latest first. Where there were more, those that the pool killed
    /// (<see cref="DeathReport.KilledBecause"/>) and those that ended otherwise keep eight places each. Planned ends are told by <see cref="WorkerRecycled"/>.</summary>
    public IReadOnlyList<DeathReport> LastDeaths { get; init; } = [];

    /// <summary>What the circuit breaker does; null without one (<see cref="BreakerOptions.FailureRatio"/>).</summary>
    public BreakerState? Breaker { get; init; }

    /// <summary>Every setting of the pool with the value in force, by its path, such as <c>Recycle.Ttl</c>; without environment variables.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>Why the last worker could not start, until one starts again; else null. An <see cref="AdapterLoadException"/>, or a
    /// <see cref="PythonNotFoundException"/>.</summary>
    public SnakepitException? LastStartFailure { get; init; }
}

/// <summary>Workers that were of no use, for one cause.</summary>
/// <param name="Cause">What it was: how a start failed and by which exception, exit code or signal; or why workers are replaced again and again.</param>
/// <param name="Failures">How often in a row.</param>
/// <param name="Since">How long ago the last one was.</param>
/// <param name="NextIn">How long the next start, or the next replacement for that reason, still waits.</param>
public sealed record RestartSnapshot(string Cause, int Failures, TimeSpan Since, TimeSpan NextIn);

/// <summary>A worker at one moment.</summary>
public sealed record WorkerSnapshot
{
    /// <summary>Its identity.</summary>
    public required WorkerId Id { get; init; }

    /// <summary>Its process id; 0 before it has one.</summary>
    public required int Pid { get; init; }

    /// <summary>What it is doing in its life.</summary>
    public required WorkerState State { get; init; }

    /// <summary>When its process was launched.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How long it has been alive.</summary>
    public required TimeSpan Age { get; init; }

    /// <summary>Calls it has begun.</summary>
    public required long Requests { get; init; }

    /// <summary>Calls it runs now.</summary>
    public required int Running { get; init; }

    /// <summary>Calls that were sent to it and wait behind those it runs, so that it need not idle between two of them. Only calls of tools that
    /// have proved fast wait here; when the worker makes no progress they go back to the queue. 0 when it runs calls one by one.</summary>
    public int Waiting { get; init; }

    /// <summary>After how many calls it is replaced; null: never.</summary>
    public required int? EffectiveMaxRequests { get; init; }

    /// <summary>Calls that it has begun beyond <see cref="EffectiveMaxRequests"/>, because its replacement was not ready. Always 0 with
    /// <see cref="RecycleOptions.StrictMaxRequests"/>.</summary>
    public long Overshoot { get; init; }

    /// <summary>Why it is being replaced, or null.</summary>
    public RecycleReason? Recycling { get; init; }

    /// <summary>How long it has served on since it fell due to be replaced; null while it is not due. Its replacement is starting, waits for its turn
    /// (<see cref="RecycleOptions.MaxConcurrent"/>), or cannot start: see <see cref="FailedReplacements"/>.</summary>
    public TimeSpan? OverdueFor { get; init; }

    /// <summary>How many of its replacements could not start so far; <see cref="PoolSnapshot.LastStartFailure"/> says why, and
    /// <see cref="PoolSnapshot.Restarts"/> when it is tried again.</summary>
    public int FailedReplacements { get; init; }

    /// <summary>How long it serves before it is replaced, stagger included; null: for ever.</summary>
    public TimeSpan? EffectiveTtl { get; init; }

    /// <summary>Its memory, as last read; null before the first reading.</summary>
    public WorkerMemory? Memory { get; init; }

    /// <summary>The processor time it has used, as last read; null before the first reading.</summary>
    public TimeSpan? CpuTime { get; init; }

    /// <summary>The device it uses, as its adapter's <c>device()</c> says; null when it does not.</summary>
    public string? Device { get; init; }

    /// <summary>Until then its place gets no calls; null when it may. See <see cref="CrashOptions.TaintOn"/>.</summary>
    public DateTimeOffset? TaintedUntil { get; init; }

    /// <summary>Its failed calls since the last that succeeded.</summary>
    public int ConsecutiveErrors { get; init; }

    /// <summary>The tool it runs, and since when; null when it runs none.</summary>
    public RunningTool? RunningTool { get; init; }

    /// <summary>Set while it runs a call and gives no sign of life: since when, and what the system says about it.</summary>
    public Unresponsiveness? Unresponsive { get; init; }
}

/// <summary>The memory of a worker that its end would give back: private pages, those swapped out included, and those of its child processes.</summary>
/// <param name="Current">As last read: no longer than <see cref="MemoryOptions.SampleInterval"/> ago, but for child processes of a worker without limits.</param>
/// <param name="Peak">The most that was read.</param>
/// <param name="Baseline">What it had when it became ready, and what it came to own when the zygote ended that it shared it with.</param>
/// <param name="SoftLimit">Above this it is replaced: <see cref="MemoryOptions.SoftLimit"/> over the baseline. null: no limit.</param>
/// <param name="HardLimit">Above this it is killed. null: no limit.</param>
public sealed record WorkerMemory(MemorySize Current, MemorySize Peak, MemorySize Baseline, MemorySize? SoftLimit, MemorySize? HardLimit);

/// <summary>A tool that runs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Since">How long it has been running.</param>
public sealed record RunningTool(string Name, TimeSpan Since);

/// <summary>A worker that gives no sign of life while it runs a call.</summary>
/// <param name="Since">How long it has been due.</param>
/// <param name="State">The state letter of its process: R runs or waits for a processor, S sleeps, D waits for a device, T is stopped.</param>
/// <param name="CpuTime">The processor time it has used since.</param>
/// <param name="RunDelay">How long it has waited for a processor since.</param>
/// <param name="Verdict">What that looks like.</param>
public sealed record Unresponsiveness(TimeSpan Since, char State, TimeSpan CpuTime, TimeSpan RunDelay, UnresponsiveVerdict Verdict);

/// <summary>What an unresponsive worker looks like from outside.</summary>
public enum UnresponsiveVerdict
{
    /// <summary>It computes, without letting the interpreter go: C code that holds the GIL.</summary>
    Busy,

    /// <summary>It wants to run and gets no processor: the machine is overloaded.</summary>
    Starved,

    /// <summary>It waits, without letting the interpreter go.</summary>
    Stuck,

    /// <summary>It was stopped by a signal or a debugger.</summary>
    Stopped,
}

/// <summary>The state of a pool.</summary>
public enum PoolState
{
    /// <summary>Fewer than MinReady workers so far, none has failed.</summary>
    Starting,

    /// <summary>At least MinReady workers take calls.</summary>
    Ready,

    /// <summary>Fewer than MinReady workers take calls, at least one does; or workers are replaced again and again for a reason that the new ones
    /// give too (<see cref="PoolSnapshot.Restarts"/>).</summary>
    Degraded,

    /// <summary>No worker takes calls and starting one failed; calls are rejected with the reason.</summary>
    Failing,

    /// <summary>The pool is shutting down: running calls may finish.</summary>
    Stopping,

    /// <summary>The pool has stopped.</summary>
    Stopped,
}

/// <summary>The state of a worker.</summary>
public enum WorkerState
{
    /// <summary>Its process is being made.</summary>
    Launching,

    /// <summary>Its process runs and loads the adapter.</summary>
    Booting,

    /// <summary>Ready, but not yet taking calls.</summary>
    Ready,

    /// <summary>Takes calls.</summary>
    Serving,

    /// <summary>Finishes its calls and takes no new ones.</summary>
    Draining,

    /// <summary>Was told to end.</summary>
    Stopping,

    /// <summary>Its process is gone.</summary>
    Exited,

    /// <summary>Has begun its last call and waits for its replacement, without taking calls; only with <see cref="RecycleOptions.StrictMaxRequests"/>.</summary>
    Exhausted,
}
