namespace Snakepit.Pools.Kernel;

/// <summary>The progress of a worker with its calls.</summary>
internal struct WorkerProgress
{
    /// <summary>The time at which it counts as stalled, unless it replies before.</summary>
    public long StallAt { get; set; }

    /// <summary>Whether it has not replied for too long. Until its next reply, no more calls wait behind those that it runs.</summary>
    public bool Stalled { get; set; }

    /// <summary>
    /// Whether it runs an abandoned call beyond Call.CancelGrace. It gets no new calls, and is killed when its other calls have ended.
    /// </summary>
    public bool PastCancelGrace { get; set; }

    /// <summary>Whether it owes a pong, in a call.</summary>
    public bool Unresponsive { get; set; }

    public void Exchange(KernelImage image)
    {
        StallAt = image.Of(StallAt);
        Stalled = image.Of(Stalled);
        PastCancelGrace = image.Of(PastCancelGrace);
        Unresponsive = image.Of(Unresponsive);
    }
}
