namespace Snakepit.Pools.Kernel;

/// <summary>When something of a worker is due; long.MaxValue: never, or it was acted upon. To bring a time forward is a change of the
/// slot.</summary>
internal struct DueTimes(SlotNode slot)
{
    private readonly SlotNode _slot = slot;

    /// <summary>The phase has lasted too long: boot, drain, stop or kill timeout.</summary>
    public long Phase { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>The worker has served long enough.</summary>
    public long Ttl { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>The worker is to be asked for a sign of life.</summary>
    public long Ping { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>The sign of life it was asked for is overdue.</summary>
    public long Pong { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>The worker is killed for being unresponsive.</summary>
    public long Unresponsive { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>Its health is to be checked.</summary>
    public long Check { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>The look at its memory has taken too long: the worker gets calls again.</summary>
    public long Look { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>The first of them while the worker lives; its phase is the slot's to look at.</summary>
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

    /// <summary>A time that is put off is not looked at before the old one has come: most are put off with every reply.</summary>
    private readonly void Set(ref long time, long value)
    {
        if (value < time)
        {
            _slot.Changed();
        }
        time = value;
    }
}
