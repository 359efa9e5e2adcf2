namespace Snakepit.Pools.Kernel;

internal enum WorkerPhase : byte
{
    Launching,
    Booting,
    Ready,
    Serving,
    Draining,
    Stopping,
    Exited,
}

/// <summary>
/// A worker as the kernel sees it: its phase, its calls, and what is known about it, by subject. The parts are structs, so that they are
/// close together in memory.
/// </summary>
internal sealed class WorkerNode(SlotNode slot, WorkerKey key, long launchedAt)
{
    public WorkerTimes Times = new(launchedAt);
    public DueTimes Due = new(slot);
    public WorkerExit Exit = new(slot);
    public CallList Calls = CallList.Empty;

    public Bindings Bound = Bindings.Empty;

    /// <summary>The totals of <see cref="Calls"/>.</summary>
    public CallTotals Totals;
    public WorkerProgress Progress;
    public WorkerHistory History;
    public WorkerFeatures Features;
    public ReachedLimits Limits;
    public WorkerLinks Links = new();

    public SlotNode Slot { get; } = slot;

    public WorkerKey Key { get; } = key;

    public WorkerPhase Phase { get; private set; } = WorkerPhase.Launching;

    /// <summary>The number of calls assigned so far, without recalled ones.</summary>
    public long Requests { get; set; }

    public int Load => Calls.Count;

    /// <summary>The calls that it runs at once.</summary>
    public int Capacity => Features.Make.Capacity;

    /// <summary>The calls that wait in its channel.</summary>
    public int Waiting => Math.Max(0, Load - Capacity);

    /// <summary>Whether the worker is ending, and neither calls nor sessions need it any more.</summary>
    public bool IsDrained => Phase == WorkerPhase.Draining && Calls.Count == 0 && Bound.IsEmpty;

    /// <summary>Whether the turn of its start has come.</summary>
    public bool HasBegun => Phase != WorkerPhase.Launching || Due.Phase != long.MaxValue;

    public bool IsStarting => Phase is WorkerPhase.Launching or WorkerPhase.Booting;

    /// <summary>The reason takes effect when the worker has served for its minimum lifetime.</summary>
    public void Hold(Reason reason)
    {
        Limits.Hold(reason);
        Slot.Changed();
    }

    public void Exchange(KernelImage image)
    {
        Phase = image.Of(Phase);
        Requests = image.Of(Requests);
        Times.Exchange(image);
        Due.Exchange(image);
        Exit.Exchange(image);
        Calls.Exchange(image);
        Bound.Exchange(image);
        Totals.Exchange(image);
        Progress.Exchange(image);
        History.Exchange(image);
        Features.Exchange(image);
        Limits.Exchange(image);
        Links.Exchange(image);
    }

    public void MoveTo(WorkerPhase next)
    {
        bool legal = (Phase, next) switch
        {
            (WorkerPhase.Launching, WorkerPhase.Booting or WorkerPhase.Stopping or WorkerPhase.Exited) => true,
            (WorkerPhase.Booting, WorkerPhase.Ready or WorkerPhase.Stopping or WorkerPhase.Exited) => true,
            (WorkerPhase.Ready, WorkerPhase.Serving or WorkerPhase.Stopping or WorkerPhase.Exited) => true,
            (WorkerPhase.Serving, WorkerPhase.Draining or WorkerPhase.Stopping or WorkerPhase.Exited) => true,
            (WorkerPhase.Draining, WorkerPhase.Stopping or WorkerPhase.Exited) => true,
            (WorkerPhase.Stopping, WorkerPhase.Exited) => true,
            _ => false,
        };
        if (!legal)
        {
            throw new InvalidOperationException($"Worker {Key} cannot go from {Phase} to {next}.");
        }
        Phase = next;
        Slot.Changed();
    }
}
