namespace Snakepit.Pools.Kernel;

/// <summary>The times at which a worker went from one phase to the next.</summary>
internal struct WorkerTimes(long launchedAt)
{
    public long LaunchedAt { get; } = launchedAt;

    /// <summary>The time at which its start began, which may have waited for its turn.</summary>
    public long BegunAt { get; set; } = launchedAt;

    public long ServingSince { get; set; }

    /// <summary>The time at which it last ended a caller's call, or began to serve.</summary>
    public long IdleSince { get; set; }

    /// <summary>Its time to live; 0 when it is unlimited.</summary>
    public long Ttl { get; set; }

    public void Exchange(KernelImage image)
    {
        BegunAt = image.Of(BegunAt);
        ServingSince = image.Of(ServingSince);
        IdleSince = image.Of(IdleSince);
        Ttl = image.Of(Ttl);
    }
}
