using System.Globalization;
using System.Text;

namespace Snakepit;

/// <summary>Describes a worker at one moment.</summary>
public sealed record WorkerSnapshot
{
    /// <summary>Gets the identity of the worker.</summary>
    public required WorkerId Id { get; init; }

    /// <summary>Gets the process id of the worker; 0 before it has a process.</summary>
    public required int Pid { get; init; }

    /// <summary>Gets the state of the worker.</summary>
    public required WorkerState State { get; init; }

    /// <summary>Gets when the worker's process was launched.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Gets how long the worker's process has been alive.</summary>
    public required TimeSpan Age { get; init; }

    /// <summary>Gets the number of calls that the worker has begun.</summary>
    public required long Requests { get; init; }

    /// <summary>Gets the number of calls that the worker is running.</summary>
    public required int Running { get; init; }

    /// <summary>Gets how many calls the worker takes at once: 1, or with <see cref="WorkerProfile.Thread"/> the larger of
    /// <see cref="PoolOptions.ThreadsPerWorker"/> and <see cref="PoolOptions.AsyncCallsPerWorker"/>.</summary>
    public int Capacity { get; init; } = 1;

    /// <summary>Gets the number of calls that were sent to the worker ahead of time and wait behind those it runs, so that it need not idle
    /// between two of them. Only calls of tools that have proved fast wait here; when the worker makes no progress they go back to the
    /// queue. 0 when the worker is sent one call at a time.</summary>
    public int Waiting { get; init; }

    /// <summary>Gets the number of sessions whose last call was on this worker.</summary>
    public int Sessions { get; init; }

    /// <summary>Gets the number of calls after which the worker is replaced; null: it is not.</summary>
    public required int? EffectiveMaxRequests { get; init; }

    /// <summary>Gets the number of calls that the worker has begun beyond <see cref="EffectiveMaxRequests"/>, because its replacement was
    /// not ready. Always 0 with <see cref="RecycleOptions.StrictMaxRequests"/>.</summary>
    public long Overshoot { get; init; }

    /// <summary>Gets why the worker is being replaced; null when it is not.</summary>
    public RecycleReason? RecycleReason { get; init; }

    /// <summary>Gets how long the worker has served on since it became due to be replaced; null while it is not due. Its replacement is
    /// starting, waits for its turn (<see cref="RecycleOptions.MaxConcurrent"/>), or cannot start: see
    /// <see cref="FailedReplacements"/>.</summary>
    public TimeSpan? OverdueFor { get; init; }

    /// <summary>Gets how many replacements of the worker could not start so far. <see cref="PoolSnapshot.LastStartFailure"/> says why, and
    /// <see cref="PoolSnapshot.Restarts"/> when the pool tries again.</summary>
    public int FailedReplacements { get; init; }

    /// <summary>Gets how long the worker serves before it is replaced, stagger included; null: for ever.</summary>
    public TimeSpan? EffectiveTtl { get; init; }

    /// <summary>Gets the worker's memory, as last read; null before the first reading.</summary>
    public WorkerMemory? Memory { get; init; }

    /// <summary>Gets the processor time that the worker has used, as last read; null before the first reading.</summary>
    public TimeSpan? CpuTime { get; init; }

    /// <summary>Gets the number of threads of the worker's process, as last read; null before the first reading.</summary>
    public int? Threads { get; init; }

    /// <summary>Gets the device that the worker uses, as its adapter's <c>device()</c> says; null when it names none.</summary>
    public string? Device { get; init; }

    /// <summary>Gets when the worker's slot gets calls again; null when it may get calls now. See
    /// <see cref="CrashOptions.TaintOn"/>.</summary>
    public DateTimeOffset? TaintedUntil { get; init; }

    /// <summary>Gets the number of failed calls since the last one that succeeded.</summary>
    public int ConsecutiveErrors { get; init; }

    /// <summary>Gets the tools that the worker is running, and for how long.</summary>
    public IReadOnlyList<RunningTool> RunningTools { get; init; } = [];

    /// <summary>Gets what the system says about a worker that runs a call and gives no sign of life; null when it is responsive.</summary>
    public Unresponsiveness? Unresponsiveness { get; init; }

    /// <summary>Returns the worker in one line: its state, its age, and what it is doing.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture, $"Worker {Id} (process {Pid}) is {State} after {Shown.Duration(Age)} and {Requests} calls");
        text.Append(RunningTools.Count > 0 ? ", runs " : "").AppendJoin(", ", RunningTools);
        text.Append(Waiting > 0 ? string.Create(CultureInfo.InvariantCulture, $", {Waiting} more sent") : "");
        text.Append(Memory is { } memory ? $", private memory {memory.Current}" : "");
        text.Append(RecycleReason is { } reason ? $", is being replaced for {reason}" : "");
        text.Append(TaintedUntil is { } until ? string.Create(CultureInfo.InvariantCulture, $", gets no calls until {until:u}") : "");
        text.Append(Unresponsiveness is { } silence ? $", unresponsive for {Shown.Duration(silence.Elapsed)} ({silence.Verdict})" : "");
        return text.ToString();
    }
}

/// <summary>Specifies the state of a worker.</summary>
public enum WorkerState
{
    /// <summary>The worker's process is being created.</summary>
    Launching,

    /// <summary>The worker's process runs and loads the adapter.</summary>
    Booting,

    /// <summary>The worker is ready, but does not take calls yet.</summary>
    Ready,

    /// <summary>The worker takes calls.</summary>
    Serving,

    /// <summary>The worker finishes its calls and takes no new ones.</summary>
    Draining,

    /// <summary>The worker was told to end.</summary>
    Stopping,

    /// <summary>The worker's process is gone.</summary>
    Exited,

    /// <summary>The worker has begun its last call and waits for its replacement without taking calls; only with
    /// <see cref="RecycleOptions.StrictMaxRequests"/>.</summary>
    Exhausted,
}
