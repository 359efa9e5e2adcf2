namespace Snakepit.Pools.Kernel;

/// <summary>How a worker ends, and what follows for its slot.</summary>
internal struct WorkerExit(SlotNode slot)
{
    private readonly SlotNode _slot = slot;

    /// <summary>The reason why the worker ends; None while it does not.</summary>
    public Reason Reason { get; set; }

    /// <summary>Whether SIGKILL was ordered.</summary>
    public bool Killed { get; set; }

    /// <summary>Whether its start was already reported as failed.</summary>
    public bool StartFailed { get; set; }

    /// <summary>The worker that took over; none before.</summary>
    public WorkerKey ReplacedBy { get; set => Set(ref field, value); }

    /// <summary>Whether no worker is started in the slot before this one has ended.</summary>
    public bool HoldsSlot { get; set => Set(ref field, value); }

    public void Exchange(KernelImage image)
    {
        Reason = image.Of(Reason);
        Killed = image.Of(Killed);
        StartFailed = image.Of(StartFailed);
        ReplacedBy = image.Of(ReplacedBy);
        HoldsSlot = image.Of(HoldsSlot);
    }

    private readonly void Set<T>(ref T place, T value)
    {
        place = value;
        _slot.Changed();
    }
}
