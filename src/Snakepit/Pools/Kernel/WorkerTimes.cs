namespace Snakepit.Pools.Kernel;

/// <summary>When a worker has gone from one part of its life to the next.</summary>
internal struct WorkerTimes(long launchedAt)
{
    public long LaunchedAt { get; } = launchedAt;

    /// <summary>When its start, which may have waited for its turn, began.</summary>
    public long BegunAt { get; set; } = launchedAt;

    public long ServingSince { get; set; }

    /// <summary>When it last ended a caller's call, or began to serve.</summary>
    public long IdleSince { get; set; }

    /// <summary>How long it is to serve; 0: for ever.</summary>
    public long Ttl { get; set; }

    public void Exchange(KernelImage image)
    {
        BegunAt = image.Of(BegunAt);
        ServingSince = image.Of(ServingSince);
        IdleSince = image.Of(IdleSince);
        Ttl = image.Of(Ttl);
    }
}
