namespace Snakepit.Pools.Kernel;

/// <summary>The state of the pool as a whole.</summary>
internal sealed class PoolStatus(PoolPlan plan)
{
    /// <summary>Whether the pool is shutting down.</summary>
    public bool IsClosing { get; set; }

    /// <summary>Whether no worker serves or starts, and starts have failed too often. Ends when a worker is ready.</summary>
    public bool IsFailing { get; set; }

    /// <summary>Whether a worker has ever been ready.</summary>
    public bool EverReady { get; set; }

    /// <summary>Whether the machine has no memory for a replacement beside the old worker.</summary>
    public bool IsMemoryShort { get; set; }

    /// <summary>The pool's share of what all pools have together.</summary>
    public Allowance Allowance { get; set; } = plan.FirstAllowance;

    /// <summary>
    /// Whether a worker stops before its replacement starts: by the options, or because the machine or the budget has no memory for both.
    /// </summary>
    public bool StopsFirst => IsMemoryShort || StopsFirstByOrder;

    /// <summary>
    /// Whether a worker stops before its replacement starts because the options or the budget demand it. Then MinReady gives way, or no
    /// worker would ever be replaced.
    /// </summary>
    public bool StopsFirstByOrder => plan.StopFirst || !Allowance.MayOverlap;

    /// <summary>The time of the last code change: workers launched before it have loaded other code.</summary>
    public long CodeChangedAt { get; set; } = long.MinValue;

    /// <summary>Whether no worker has become ready with the changed code yet.</summary>
    public bool IsCodeUntried { get; set; }

    /// <summary>How new workers are made.</summary>
    public WorkerMake Make { get; set; } = plan.Make;

    /// <summary>How the workers were made that became ready last: the pool returns to it when <see cref="Make"/> does not start.</summary>
    public WorkerMake ProvenMake { get; set; } = plan.Make;

    /// <summary>Whether one worker must try the changed code, or the changed make, before the others follow.</summary>
    public bool IsUntried => IsCodeUntried || Make != ProvenMake;

    /// <summary>Returns whether the worker has other code than new ones, or is made otherwise.</summary>
    public bool IsOutdated(WorkerNode worker) => worker.Times.LaunchedAt < CodeChangedAt || worker.Features.Make != Make;

    /// <summary>Returns why an outdated worker is to be replaced.</summary>
    public Reason OutdatedReason(WorkerNode worker) =>
        worker.Features.Make != Make ? Reason.ConfigurationChanged : Reason.CodeChanged;

    /// <summary>The learned duration of a start; 0 when unknown.</summary>
    public long LearnedStart { get; private set; }

    /// <summary>
    /// Learns from a successful start. Slow starts count more: a replacement that is started ahead of time must not be late.
    /// </summary>
    public void LearnStart(long took) =>
        LearnedStart = LearnedStart == 0 ? took
            : took > LearnedStart ? (LearnedStart + took) / 2
            : ((LearnedStart * 7) + took) / 8;

    public void Exchange(KernelImage image)
    {
        IsClosing = image.Of(IsClosing);
        IsFailing = image.Of(IsFailing);
        EverReady = image.Of(EverReady);
        IsMemoryShort = image.Of(IsMemoryShort);
        Allowance = new Allowance(image.Of(Allowance.Workers), image.Of(Allowance.MayOverlap), image.Of(Allowance.Replacements));
        CodeChangedAt = image.Of(CodeChangedAt);
        IsCodeUntried = image.Of(IsCodeUntried);
        Make = WorkerMake.Exchange(Make, image);
        ProvenMake = WorkerMake.Exchange(ProvenMake, image);
        LearnedStart = image.Of(LearnedStart);
    }
}
