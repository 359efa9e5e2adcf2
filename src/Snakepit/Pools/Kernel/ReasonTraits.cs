namespace Snakepit.Pools.Kernel;

/// <summary>The reasons for which the kernel replaces or stops a worker. Their properties are in <see cref="ReasonTraits"/>.</summary>
internal enum Reason : byte
{
    None,
    TtlExpired,
    MaxRequests,
    MemoryThreshold,
    MemoryLimit,
    MemoryGrowth,
    Idle,
    CpuTime,
    Errors,
    HealthCheckFailed,
    WorkerRequested,
    CodeChanged,
    Manual,
    Custom,
    Resized,
    Unresponsive,
    ConfigurationChanged,

    // The reasons from here on are not reported as recycles. CancelGrace and CancelKill replace a worker that still has other calls, and
    // kill one that has none. The others only end workers.
    Shutdown,
    Died,
    BootTimeout,
    BootFailed,
    CancelGrace,
    CancelKill,
    DrainTimeout,
    StopTimeout,
}

/// <summary>The properties of a reason to end a worker.</summary>
[Flags]
internal enum ReasonTrait
{
    None = 0,

    /// <summary>The worker is replaced because of its own state, and the replacement is reported as a recycle.</summary>
    Recycles = 1,

    /// <summary>
    /// A new worker may have the reason at once, and so may the next one. So the reason takes effect only after MinLifetime.
    /// </summary>
    WaitsForMinLifetime = 2,

    /// <summary>A worker that does not serve yet is kept although it has the reason, because the next one would have it as early.</summary>
    IsKeptUntilServing = 4,

    /// <summary>
    /// The reason may cease while the worker lives: the request is cancelled, or the changed code or configuration does not start.
    /// </summary>
    MayBeCancelled = 8,

    /// <summary>The reason may cease by itself as long as no replacement has been started.</summary>
    MayPass = 16,

    /// <summary>
    /// A replacement may have the reason as early as the worker before it. So replacements that do not help are slowed down.
    /// </summary>
    Brakes = 32,

    /// <summary>The worker had to be killed because of a call, which counts like a crash.</summary>
    IsLoss = 64,

    /// <summary>The worker hangs: the stacks of its threads are requested before it is killed.</summary>
    WantsStacks = 128,

    /// <summary>One worker is replaced first, to show that the next ones can start.</summary>
    IsTriedFirst = 256,

    /// <summary>Other settings may lift the limit that the worker has reached.</summary>
    MayBeLifted = 512,
}

/// <summary>The properties of each reason, in one table. A new reason begins here.</summary>
/// <param name="Public">The reason that users see.</param>
/// <param name="Traits">The properties.</param>
/// <param name="Proof">What a worker must do to show that the reason no longer holds.</param>
internal readonly record struct ReasonTraits(
    RecycleReason Public = RecycleReason.WorkerDied, ReasonTrait Traits = ReasonTrait.None, RestartProof Proof = RestartProof.Answer)
{
    // what a new worker may have at once
    private const ReasonTrait Early = ReasonTrait.Recycles | ReasonTrait.Brakes | ReasonTrait.IsKeptUntilServing;
    private const ReasonTrait Guarded = Early | ReasonTrait.WaitsForMinLifetime;
    private const ReasonTrait Changed = ReasonTrait.Recycles | ReasonTrait.MayBeCancelled | ReasonTrait.IsTriedFirst;
    private const ReasonTrait Lost = ReasonTrait.Recycles | ReasonTrait.IsLoss;

    public static ReasonTraits Of(Reason reason) => reason switch
    {
        Reason.TtlExpired => new(RecycleReason.TtlExpired, ReasonTrait.Recycles | ReasonTrait.MayBeLifted),
        Reason.MaxRequests => new(RecycleReason.MaxRequests, ReasonTrait.Recycles | ReasonTrait.MayBeLifted),
        Reason.MemoryThreshold => new(RecycleReason.MemoryThreshold, Guarded | ReasonTrait.MayPass, RestartProof.Success),
        Reason.MemoryLimit => new(RecycleReason.MemoryLimit, Lost),
        Reason.MemoryGrowth => new(RecycleReason.MemoryThreshold, Guarded, RestartProof.Success),
        Reason.Idle => new(RecycleReason.Idle, ReasonTrait.Recycles),
        Reason.CpuTime => new(RecycleReason.CpuTime, Early, RestartProof.Success),
        Reason.Errors => new(RecycleReason.Errors, Guarded, RestartProof.Success),
        Reason.HealthCheckFailed => new(RecycleReason.HealthCheckFailed, ReasonTrait.Recycles | ReasonTrait.Brakes, RestartProof.Check),
        Reason.WorkerRequested => new(RecycleReason.WorkerRequested, Early, RestartProof.Success),
        Reason.CodeChanged => new(RecycleReason.CodeChanged, Changed),
        Reason.ConfigurationChanged => new(RecycleReason.ConfigurationChanged, Changed),
        Reason.Manual => new(RecycleReason.Manual, ReasonTrait.Recycles | ReasonTrait.MayBeCancelled),
        Reason.Custom => new(RecycleReason.Custom, Guarded, RestartProof.Success),
        Reason.Resized => new(RecycleReason.Resized, ReasonTrait.Recycles),
        Reason.Unresponsive => new(RecycleReason.HealthCheckFailed, Lost | ReasonTrait.WantsStacks),
        Reason.BootTimeout => new(Traits: ReasonTrait.WantsStacks, Proof: RestartProof.Ready),
        Reason.BootFailed => new(Proof: RestartProof.Ready),
        Reason.CancelGrace or Reason.DrainTimeout or Reason.StopTimeout => new(Traits: ReasonTrait.WantsStacks),
        _ => new(Traits: ReasonTrait.None), // None, Shutdown, Died, CancelKill
    };
}

internal static class Reasons
{
    public static bool Is(this Reason reason, ReasonTrait trait) => (ReasonTraits.Of(reason).Traits & trait) != 0;
}
