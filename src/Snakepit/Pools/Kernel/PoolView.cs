namespace Snakepit.Pools.Kernel;

/// <summary>A copy of the kernel's state, for snapshots and for checking invariants.</summary>
internal sealed class PoolView
{
    public PoolState State { get; set; }

    public bool Closing { get; set; }

    public PoolCounts Counts { get; set; }

    /// <summary>The calls that any worker may run, by priority; see <see cref="CallQueue.CopyTo"/>.</summary>
    public List<CallKey> Queue { get; } = [];

    /// <summary>The one that is served next; none when none waits.</summary>
    public CallKey NextCall { get; set; }

    /// <summary>Callers' calls that workers have.</summary>
    public int Running { get; set; }

    public List<SlotPhase> Slots { get; } = [];

    public List<WorkerView> Workers { get; } = [];

    public List<CallView> Calls { get; } = [];

    /// <summary>The number of workers the pool is to have.</summary>
    public int Target { get; set; }

    /// <summary>Those of them that rest for want of calls.</summary>
    public int Resting { get; set; }

    public int Ready { get; set; }

    public int Replacing { get; set; }

    /// <summary>What holds up starts and replacements.</summary>
    public List<RestartRow> Restarts { get; } = [];

    public List<Suspect> Suspects { get; } = [];
}

internal enum WorkerRole : byte
{
    Current,
    Next,
    Leaving,
}

/// <param name="Key">Its name.</param>
/// <param name="Phase">What it is doing in its life.</param>
/// <param name="Role">Its part in its slot.</param>
/// <param name="Load">The calls it has.</param>
/// <param name="Waiting">Those of them that wait in its channel.</param>
/// <param name="OpenCalls">Those that have a caller.</param>
/// <param name="Requests">The calls it was given so far, recalled ones not counted.</param>
/// <param name="Leaving">Why it is leaving.</param>
/// <param name="Wanted">Why it is to be replaced.</param>
/// <param name="Due">When its phase has lasted too long.</param>
/// <param name="Available">It would begin a call at once.</param>
/// <param name="Stalled">It has made no progress for too long.</param>
/// <param name="ServingSince">When it began to serve; 0 before.</param>
/// <param name="Errors">Its failed calls since the last that succeeded.</param>
/// <param name="Unresponsive">It owes a sign of life.</param>
/// <param name="Ttl">How long it serves; 0: for ever, or it does not serve yet.</param>
/// <param name="TaintedUntil">Until then its slot gets no calls; 0: it may.</param>
/// <param name="ReplacedBy">Who took over from it; none: nobody has.</param>
/// <param name="DueSince">Since when it gives way as soon as its replacement is ready; long.MaxValue: it need not.</param>
/// <param name="FailedReplacements">How many of its replacements could not start.</param>
/// <param name="Exhausted">It takes no more calls, though nobody has replaced it yet.</param>
/// <param name="Call">The call it has had for longest; none when it has none.</param>
internal readonly record struct WorkerView(
    WorkerKey Key, WorkerPhase Phase, WorkerRole Role, int Load, int Waiting, int OpenCalls, long Requests, Reason Leaving, Reason Wanted,
    long Due,
    bool Available, bool Stalled, long ServingSince = 0, int Errors = 0, bool Unresponsive = false, CallKey Call = default, long Ttl = 0,
    long TaintedUntil = 0,
    WorkerKey ReplacedBy = default, long DueSince = long.MaxValue, int FailedReplacements = 0, bool Exhausted = false);

internal readonly record struct CallView(
    CallKey Key, CallPhase Phase, bool Open, WorkerKey Worker, int Attempts, long Deadline, long Ticket, WorkerKey Target = default);
