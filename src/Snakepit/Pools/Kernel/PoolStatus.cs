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

    /// <summary>
    /// Whether a worker stops before its replacement starts: by the options, or because the machine has no memory for both.
    /// </summary>
    public bool StopsFirst { get; set; } = plan.StopFirst;

    /// <summary>The time of the last code change: workers launched before it have loaded other code.</summary>
    public long CodeChangedAt { get; set; } = long.MinValue;

    /// <summary>Whether no worker has become ready with the changed code yet.</summary>
    public bool IsCodeUntried { get; set; }

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
        StopsFirst = image.Of(StopsFirst);
        CodeChangedAt = image.Of(CodeChangedAt);
        IsCodeUntried = image.Of(IsCodeUntried);
        LearnedStart = image.Of(LearnedStart);
    }
}
