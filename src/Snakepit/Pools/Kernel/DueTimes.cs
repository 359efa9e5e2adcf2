namespace Snakepit.Pools.Kernel;

/// <summary>
/// The due times of a worker; long.MaxValue for never, or when they were handled. Setting an earlier time is a change of the slot.
/// </summary>
internal struct DueTimes(SlotNode slot)
{
    private readonly SlotNode _slot = slot;

    /// <summary>The end of the phase's time: boot, drain, stop or kill timeout.</summary>
    public long Phase { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>The end of the worker's TTL.</summary>
    public long Ttl { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>The time of the next ping.</summary>
    public long Ping { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>The time by which the pong is due.</summary>
    public long Pong { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>The time at which an unresponsive worker is killed.</summary>
    public long Unresponsive { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>The time of the next health check.</summary>
    public long Check { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>The time at which a reading of its memory has taken too long, so that the worker gets calls again.</summary>
    public long Look { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>The first of the times that matter while the worker lives; the slot handles its phase.</summary>
    public readonly long Next => Math.Min(Math.Min(Math.Min(Ttl, Ping), Math.Min(Pong, Unresponsive)), Math.Min(Check, Look));

    public void Exchange(KernelImage image)
    {
        Phase = image.Of(Phase);
        Ttl = image.Of(Ttl);
        Ping = image.Of(Ping);
        Pong = image.Of(Pong);
        Unresponsive = image.Of(Unresponsive);
        Check = image.Of(Check);
        Look = image.Of(Look);
    }

    /// <summary>Sets a time. A later time takes effect only when the old one has come: most times are postponed with every reply.</summary>
    private readonly void Set(ref long time, long value)
    {
        if (value < time)
        {
            _slot.Changed();
        }
        time = value;
    }
}
