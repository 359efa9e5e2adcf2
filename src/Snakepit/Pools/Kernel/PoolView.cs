namespace Snakepit.Pools.Kernel;

/// <summary>A copy of the kernel's state, for snapshots and for checking invariants.</summary>
internal sealed class PoolView
{
    public PoolState State { get; set; }

    public bool Closing { get; set; }

    public PoolCounts Counts { get; set; }

    /// <summary>The calls that any worker may run, by priority. See <see cref="CallQueue.CopyTo"/>.</summary>
    public List<CallKey> Queue { get; } = [];

    /// <summary>The call whose turn it is; none when no call waits.</summary>
    public CallKey NextCall { get; set; }

    /// <summary>The number of callers' calls that workers have.</summary>
    public int Running { get; set; }

    public List<SlotPhase> Slots { get; } = [];

    public List<WorkerView> Workers { get; } = [];

    public List<CallView> Calls { get; } = [];

    /// <summary>The number of workers that the pool is to have.</summary>
    public int Target { get; set; }

    /// <summary>The number of those workers that rest because there are no calls.</summary>
    public int Resting { get; set; }

    public int Sessions { get; set; }

    public int Ready { get; set; }

    /// <summary>The failures that delay starts and replacements.</summary>
    public List<RestartRow> Restarts { get; } = [];

    public List<Suspect> Suspects { get; } = [];
}

internal enum WorkerRole : byte
{
    Current,
    Next,
    Leaving,
}

/// <param name="Key">The worker's key.</param>
/// <param name="Phase">Its phase.</param>
/// <param name="Role">Its role in its slot.</param>
/// <param name="Load">The number of calls that it has.</param>
/// <param name="Waiting">The number of those calls that wait in its channel.</param>
/// <param name="OpenCalls">The number of those calls that have a caller.</param>
/// <param name="Requests">The number of calls that it got so far, without recalled ones.</param>
/// <param name="Leaving">The reason why it ends.</param>
/// <param name="ReplaceReason">The reason why it is to be replaced.</param>
/// <param name="Due">The end of its phase's time.</param>
/// <param name="Available">Whether it would begin a call at once.</param>
/// <param name="Stalled">Whether it has made no progress for too long.</param>
/// <param name="ServingSince">The time at which it began to serve; 0 before.</param>
/// <param name="Errors">The number of calls that failed since the last one that succeeded.</param>
/// <param name="Unresponsive">Whether it owes a pong.</param>
/// <param name="Ttl">Its time to live; 0 when it is unlimited, or when it does not serve yet.</param>
/// <param name="TaintedUntil">The end of its slot's taint; 0 when its slot is not tainted.</param>
/// <param name="ReplacedBy">The worker that took over from it; none before.</param>
/// <param name="DueSince">The time since which its replacement takes over as soon as it is ready; long.MaxValue when it is not due.</param>
/// <param name="FailedReplacements">The number of its replacements that could not start.</param>
/// <param name="Exhausted">Whether it takes no more calls, although no worker has replaced it yet.</param>
/// <param name="Sessions">The number of sessions that are bound to it.</param>
/// <param name="Gives">Whether it takes no calls because it gives its sessions away.</param>
/// <param name="Expects">Whether it is to be free to take a session over.</param>
/// <param name="Moves">Whether a session moves to it or away from it now.</param>
/// <param name="Call">The call that it has had for longest; none when it has none.</param>
internal readonly record struct WorkerView(
    WorkerKey Key, WorkerPhase Phase, WorkerRole Role, int Load, int Waiting, int OpenCalls, long Requests, Reason Leaving,
    Reason ReplaceReason, long Due, bool Available, bool Stalled, long ServingSince = 0, int Errors = 0, bool Unresponsive = false,
    CallKey Call = default, long Ttl = 0, long TaintedUntil = 0, WorkerKey ReplacedBy = default,
    long DueSince = long.MaxValue, int FailedReplacements = 0, bool Exhausted = false, int Sessions = 0,
    bool Gives = false, bool Expects = false, bool Moves = false);

internal readonly record struct CallView(
    CallKey Key, CallPhase Phase, bool Open, WorkerKey Worker, int Attempts, long Deadline, long Ticket, WorkerKey Target = default);
