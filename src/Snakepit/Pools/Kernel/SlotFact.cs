namespace Snakepit.Pools.Kernel;

/// <summary>
/// A fact about a slot. The roster counts the slots for which each fact holds, and finds them without scanning the others.
/// </summary>
internal enum SlotFact : byte
{
    /// <summary>The slot has a worker, in whatever phase.</summary>
    Occupied,

    /// <summary>A worker serves in the slot.</summary>
    Current,

    /// <summary>A worker serves that may take more calls, now or when the slot's taint ends.</summary>
    Present,

    /// <summary>A worker serves that takes calls.</summary>
    Serving,

    /// <summary>A worker can be started in the slot.</summary>
    Free,

    /// <summary>A worker can be started in the slot, and could take calls.</summary>
    FreeAndSound,

    /// <summary>No worker serves yet, but one that could take calls is starting or ready.</summary>
    Coming,

    /// <summary>A start is in progress.</summary>
    Starting,

    /// <summary>A worker is ready and does not serve yet.</summary>
    Waiting,

    /// <summary>A worker is ready to take over from one that is due.</summary>
    GivesWay,

    /// <summary>The worker is to be replaced, and no replacement has been started.</summary>
    Wanted,

    /// <summary>As <see cref="Wanted"/>, and the worker is due.</summary>
    WantedNow,

    /// <summary>As <see cref="Wanted"/>, and the worker takes no more calls.</summary>
    WantedByExhausted,

    /// <summary>A request waits for a replacement that has not been started.</summary>
    Awaited,

    /// <summary>The worker is due for a reason that stands, and its replacement cannot start.</summary>
    Overdue,

    /// <summary>A replacement is in progress that counts against the recycle budget.</summary>
    UsesBudget,

    /// <summary>The worker was stopped before its replacement started.</summary>
    Refilling,

    /// <summary>The slot's worker gets no calls.</summary>
    Tainted,

    /// <summary>As <see cref="Tainted"/>, and a worker serves.</summary>
    TaintedCurrent,

    /// <summary>As <see cref="Tainted"/>, and a worker is to come.</summary>
    TaintedComing,

    /// <summary>Calls are bound to one of the slot's workers.</summary>
    HasLane,

    /// <summary>Workers of the slot have failed lately.</summary>
    Troubled,
}
