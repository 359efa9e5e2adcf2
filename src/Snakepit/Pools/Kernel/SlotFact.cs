namespace Snakepit.Pools.Kernel;

/// <summary>What can hold for a slot. The roster counts the slots each of these holds for, and finds them without looking at the
/// others.</summary>
internal enum SlotFact : byte
{
    /// <summary>The slot has a worker, in whatever phase.</summary>
    Occupied,

    /// <summary>A worker serves.</summary>
    Current,

    /// <summary>A worker serves that may take more calls, now or when the slot's taint ends.</summary>
    Present,

    /// <summary>A worker serves that takes calls.</summary>
    Serving,

    /// <summary>A worker can be started here.</summary>
    Free,

    /// <summary>A worker can be started here, and could take calls.</summary>
    FreeAndSound,

    /// <summary>Nobody serves yet, but a worker that could take calls is on its way.</summary>
    Coming,

    /// <summary>A start is under way.</summary>
    Starting,

    /// <summary>A worker is ready that does not serve yet.</summary>
    Waiting,

    /// <summary>A worker is ready to take over from one that is due.</summary>
    GivesWay,

    /// <summary>The worker is to be replaced, and no replacement has been started.</summary>
    Wanted,

    /// <summary>Likewise, and the worker is due.</summary>
    WantedNow,

    /// <summary>Likewise, and the worker takes no more calls.</summary>
    WantedByExhausted,

    /// <summary>Somebody asked for a replacement that has not been started.</summary>
    Awaited,

    /// <summary>The worker is due for a reason that stands, and its replacement cannot start.</summary>
    Overdue,

    /// <summary>A replacement is under way that counts against the recycle budget.</summary>
    UsesBudget,

    /// <summary>The worker was stopped before its replacement started.</summary>
    Refilling,

    /// <summary>The slot's worker gets no calls.</summary>
    Tainted,

    /// <summary>Likewise, and a worker serves.</summary>
    TaintedCurrent,

    /// <summary>Likewise, and a worker is to come.</summary>
    TaintedComing,

    /// <summary>Calls wait for one of the slot's workers and no other.</summary>
    HasLane,

    /// <summary>Something has gone wrong with workers of the slot lately.</summary>
    Troubled,
}
