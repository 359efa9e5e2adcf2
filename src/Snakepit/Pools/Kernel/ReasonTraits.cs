namespace Snakepit.Pools.Kernel;

/// <summary>What can be true of a reason to end a worker.</summary>
[Flags]
internal enum ReasonTrait
{
    None = 0,

    /// <summary>The worker is replaced because of itself, and that is told as a recycle.</summary>
    Recycles = 1,

    /// <summary>A fresh worker may give the reason at once, and the next one again, so it does not count before MinLifetime.</summary>
    WaitsForMinLifetime = 2,

    /// <summary>A worker that does not serve yet is kept all the same: the next one would give the reason as early.</summary>
    IsKeptUntilServing = 4,

    /// <summary>The reason may go without the worker: nobody asks any more, or the changed code does not start.</summary>
    MayBeCancelled = 8,

    /// <summary>The reason may go by itself as long as no replacement has been started.</summary>
    MayPass = 16,

    /// <summary>A replacement may give the reason as early as the worker it replaced, so replacements that do not help come ever more
    /// slowly.</summary>
    Brakes = 32,

    /// <summary>The worker had to be killed for what a call did to it: that counts like a death.</summary>
    IsLoss = 64,

    /// <summary>The worker hangs: the stacks of its threads are asked for before it is killed.</summary>
    WantsStacks = 128,
}

/// <summary>Everything that is true of a reason, one row for each. A new reason begins here.</summary>
/// <param name="Public">What users see.</param>
/// <param name="Traits">What is true of it.</param>
/// <param name="Proof">What a worker has to show to prove that the reason is gone.</param>
internal readonly record struct ReasonTraits(
    RecycleReason Public = RecycleReason.WorkerDied, ReasonTrait Traits = ReasonTrait.None, RestartProof Proof = RestartProof.Answer)
{
    // what a fresh worker may give
    private const ReasonTrait Early = ReasonTrait.Recycles | ReasonTrait.Brakes | ReasonTrait.IsKeptUntilServing;
    private const ReasonTrait Guarded = Early | ReasonTrait.WaitsForMinLifetime;
    private const ReasonTrait Lost = ReasonTrait.Recycles | ReasonTrait.IsLoss;

    public static ReasonTraits Of(Reason reason) => reason switch
    {
        Reason.TtlExpired => new(RecycleReason.TtlExpired, ReasonTrait.Recycles),
        Reason.MaxRequests => new(RecycleReason.MaxRequests, ReasonTrait.Recycles),
        Reason.MemoryThreshold => new(RecycleReason.MemoryThreshold, Guarded | ReasonTrait.MayPass, RestartProof.Success),
        Reason.MemoryLimit => new(RecycleReason.MemoryLimit, Lost),
        Reason.MemoryGrowth => new(RecycleReason.MemoryThreshold, Guarded, RestartProof.Success),
        Reason.Idle => new(RecycleReason.Idle, ReasonTrait.Recycles),
        Reason.CpuTime => new(RecycleReason.CpuTime, Early, RestartProof.Success),
        Reason.Errors => new(RecycleReason.Errors, Guarded, RestartProof.Success),
        Reason.HealthCheckFailed => new(RecycleReason.HealthCheckFailed, ReasonTrait.Recycles | ReasonTrait.Brakes, RestartProof.Check),
        Reason.WorkerRequested => new(RecycleReason.WorkerRequested, Early, RestartProof.Success),
        Reason.CodeChanged => new(RecycleReason.CodeChanged, ReasonTrait.Recycles | ReasonTrait.MayBeCancelled),
        Reason.Manual => new(RecycleReason.Manual, ReasonTrait.Recycles | ReasonTrait.MayBeCancelled),
        Reason.Custom => new(RecycleReason.Custom, Guarded, RestartProof.Success),
        Reason.Resized => new(RecycleReason.Resized, ReasonTrait.Recycles),
        Reason.Unresponsive => new(RecycleReason.HealthCheckFailed, Lost | ReasonTrait.WantsStacks),
        Reason.BootTimeout => new(Traits: ReasonTrait.WantsStacks, Proof: RestartProof.Ready),
        Reason.BootFailed => new(Proof: RestartProof.Ready),
        Reason.CancelGrace or Reason.DrainTimeout or Reason.StopTimeout => new(Traits: ReasonTrait.WantsStacks),
        _ => new(Traits: ReasonTrait.None), // None, Shutdown, Died
    };
}

internal static class Reasons
{
    public static bool Is(this Reason reason, ReasonTrait trait) => (ReasonTraits.Of(reason).Traits & trait) != 0;
}
