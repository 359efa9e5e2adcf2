namespace Snakepit.Pools.Kernel;

/// <summary>What holds for the pool as a whole.</summary>
internal sealed class PoolStatus(PoolPlan plan)
{
    /// <summary>The pool is shutting down.</summary>
    public bool IsClosing { get; set; }

    /// <summary>No worker serves or starts, and starting one has proved to be of no use. Ends when a worker is ready.</summary>
    public bool IsFailing { get; set; }

    /// <summary>At least one worker has been ready.</summary>
    public bool EverReady { get; set; }

    /// <summary>A worker is stopped before its replacement starts: by the settings, or because the machine has no memory for
    /// both.</summary>
    public bool StopsFirst { get; set; } = plan.StopFirst;

    /// <summary>Workers launched before that have loaded other code.</summary>
    public long CodeChangedAt { get; set; } = long.MinValue;

    /// <summary>No worker has been ready with the changed code yet.</summary>
    public bool IsCodeUntried { get; set; }

    /// <summary>How long a start takes, by those so far; 0: not known.</summary>
    public long LearnedStart { get; private set; }

    /// <summary>A start has succeeded. Slow starts count more: a replacement that is started ahead must not be late.</summary>
    public void LearnStart(long took) =>
        LearnedStart = LearnedStart == 0 ? took
            : took > LearnedStart ? (LearnedStart + took) / 2
            : ((LearnedStart * 7) + took) / 8;

    public void Exchange(KernelImage image)
    {
        IsClosing = image.Of(IsClosing);
        IsFailing = image.Of(IsFailing);
        EverReady = image.Of(EverReady);
        StopsFirst = image.Of(StopsFirst);
        CodeChangedAt = image.Of(CodeChangedAt);
        IsCodeUntried = image.Of(IsCodeUntried);
        LearnedStart = image.Of(LearnedStart);
    }
}
