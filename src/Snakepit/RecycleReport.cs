namespace Snakepit;

/// <summary>What came of a request to replace workers.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Slots">One entry per slot, in slot order.</param>
/// <param name="Duration">From the request to the last slot's end.</param>
public sealed record RecycleReport(string Pool, IReadOnlyList<SlotRecycle> Slots, TimeSpan Duration)
{
    /// <summary>True when every slot serves from a new worker.</summary>
    public bool AllReplaced => Slots.All(static slot => slot.Outcome is not (SlotRecycleOutcome.KeptOld or SlotRecycleOutcome.NotReplaced));
}

/// <summary>What came of the replacement of one slot's worker.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Outcome">What happened.</param>
/// <param name="Old">The worker that was to be replaced.</param>
/// <param name="New">The worker that serves now.</param>
/// <param name="Duration">From the request to its end.</param>
/// <param name="KeptBecause">For <see cref="SlotRecycleOutcome.KeptOld"/> and <see cref="SlotRecycleOutcome.NotReplaced"/>: why.</param>
public sealed record SlotRecycle(int Slot, SlotRecycleOutcome Outcome, WorkerId Old, WorkerId? New, TimeSpan Duration, string? KeptBecause)
{
    /// <summary>The old worker was stopped before its replacement started, by <see cref="RecycleOptions.Mode"/> or for want of memory.</summary>
    public bool StoppedFirst { get; init; }

    /// <summary>How the old worker's end went wrong: it had to be killed, its <c>teardown()</c> raised, or it crashed while it finished its calls. Null: it ended
    /// as it should, or has not ended. A warning in the log says so too.</summary>
    public string? EndProblem { get; init; }
}

/// <summary>What came of the replacement of one slot's worker.</summary>
public enum SlotRecycleOutcome
{
    /// <summary>A new worker serves and the old process is gone.</summary>
    Replaced,

    /// <summary>The replacement could not start; the old worker goes on.</summary>
    KeptOld,

    /// <summary>The worker had been replaced before its turn came, by another trigger or its own death; or the slot has no worker that serves, so that what
    /// comes is new anyway: <see cref="SlotRecycle.Old"/> of a slot that never served has generation 0.</summary>
    AlreadyReplaced,

    /// <summary>The old worker was stopped first and its replacement could not start. The pool goes on trying to start one.</summary>
    NotReplaced,
}

/// <summary>Why a worker is replaced.</summary>
public enum RecycleReason
{
    /// <summary>It reached <see cref="RecycleOptions.MaxRequests"/>; reported as <c>max_requests</c>.</summary>
    MaxRequests,

    /// <summary>Someone asked for it; reported as <c>manual</c>.</summary>
    Manual,

    /// <summary>Its process ended by itself; reported as <c>worker_died</c>.</summary>
    WorkerDied,

    /// <summary>It has served for <see cref="RecycleOptions.Ttl"/>; reported as <c>ttl_expired</c>.</summary>
    TtlExpired,

    /// <summary>It has gained <see cref="MemoryOptions.SoftLimit"/>; reported as <c>memory_threshold</c>.</summary>
    MemoryThreshold,

    /// <summary>It had <see cref="MemoryOptions.HardLimit"/> and was killed; reported as <c>memory_limit</c>.</summary>
    MemoryLimit,

    /// <summary>It had no call for <see cref="RecycleOptions.IdleTimeout"/> and was stopped; reported as <c>idle</c>.</summary>
    Idle,

    /// <summary>It has used <see cref="RecycleOptions.MaxCpuTime"/>; reported as <c>cpu_time</c>.</summary>
    CpuTime,

    /// <summary>Its last <see cref="RecycleOptions.MaxConsecutiveErrors"/> calls failed; reported as <c>errors</c>.</summary>
    Errors,

    /// <summary>It failed its check or gave no sign of life; reported as <c>health_check_failed</c>.</summary>
    HealthCheckFailed,

    /// <summary>Its own code asked for it with <c>ctx.recycle_me()</c>; reported as <c>worker_requested</c>.</summary>
    WorkerRequested,

    /// <summary>The adapter's files have changed; reported as <c>code_changed</c>.</summary>
    CodeChanged,

    /// <summary>A <see cref="IRecyclePolicy"/> asked for it; reported as <c>custom</c>.</summary>
    Custom,

    /// <summary>The pool was made smaller; reported as <c>resized</c>.</summary>
    Resized,
}
