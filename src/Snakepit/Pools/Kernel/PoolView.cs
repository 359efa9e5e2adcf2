namespace Snakepit.Pools.Kernel;

/// <summary>A copy of the kernel's state, for snapshots and for checking invariants.</summary>
internal sealed class PoolView
{
    public PoolState State { get; set; }

    public bool Closing { get; set; }

    public long Accepted { get; set; }

    public long Rejected { get; set; }

    public long Recycled { get; set; }

    public List<CallKey> Queue { get; } = [];

    public List<SlotPhase> Slots { get; } = [];

    public List<WorkerView> Workers { get; } = [];

    public List<CallView> Calls { get; } = [];

    public int Ready { get; set; }

    public int Replacing { get; set; }
}

internal enum WorkerRole : byte
{
    Current,
    Next,
    Leaving,
}

internal readonly record struct WorkerView(
    WorkerKey Key, WorkerPhase Phase, WorkerRole Role, int Load, int OpenCalls, long Requests, Reason Leaving, Reason Wanted, long Due, bool Available);

internal readonly record struct CallView(CallKey Key, CallPhase Phase, bool Open, WorkerKey Worker, int Attempts, long Deadline, long Ticket);
