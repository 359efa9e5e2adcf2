namespace Snakepit.Pools.Kernel;

/// <summary>How a worker comes to its end, and what becomes of its slot.</summary>
internal struct WorkerExit(SlotNode slot)
{
    private readonly SlotNode _slot = slot;

    /// <summary>Why the worker is leaving; None while it is not.</summary>
    public Reason Reason { get; set; }

    /// <summary>SIGKILL was ordered.</summary>
    public bool Killed { get; set; }

    /// <summary>A start that was already reported as failed.</summary>
    public bool StartFailed { get; set; }

    /// <summary>The worker that took over; none while none has.</summary>
    public WorkerKey ReplacedBy { get; set => Set(ref field, value); }

    /// <summary>No worker is started in the slot before this one is gone.</summary>
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
