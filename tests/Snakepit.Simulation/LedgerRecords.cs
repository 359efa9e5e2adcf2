using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>A call as its caller and its workers see it.</summary>
internal sealed class CallRecord(CallKey key, CallSpec spec, long order, long now)
{
    public CallKey Key { get; } = key;

    public CallSpec Spec { get; private set; } = spec;

    /// <summary>The call must not run again.</summary>
    public void Commit() => Spec = Spec with { Idempotent = false };

    /// <summary>The number of calls that were accepted before this one.</summary>
    public long Order { get; } = order;

    public long SubmittedAt { get; } = now;

    public long QueuedAt { get; set; } = now;

    /// <summary>The run time that was expected when the call was accepted.</summary>
    public RunEstimate Expected { get; init; }

    /// <summary>The worker that has the call; null while the call waits in the queue.</summary>
    public WorkerRecord? Worker { get; set; }

    public int Attempts { get; set; }

    /// <summary>The time for which the call was expected to occupy its worker.</summary>
    public double Work { get; set; }

    /// <summary>The time at which the worker began the call, as far as the host can know; before that it waited in the channel.</summary>
    public long BegunAt { get; set; }

    /// <summary>
    /// True when a worker stopped serving while the call waited in the queue. The kernel may have asked that worker for room in place of
    /// others with the same load.
    /// </summary>
    public bool SawOneLeave { get; set; }

    /// <summary>True when the caller has an outcome.</summary>
    public bool IsOver { get; set; }

    public long OverAt { get; set; }

    /// <summary>The worker that the pool's own call is for, a health check or part of a move; none for a caller's call.</summary>
    public WorkerKey CheckOf { get; init; }
}

/// <summary>A worker as its process behaves.</summary>
internal sealed class WorkerRecord(WorkerKey key, long now)
{
    public WorkerKey Key { get; } = key;

    public long LaunchedAt { get; } = now;

    /// <summary>The time at which its turn to start came; -1 before that.</summary>
    public long BegunAt { get; set; } = -1;

    public bool HasProcess { get; set; }

    public bool SaidReady { get; set; }

    public bool IsGone { get; set; }

    public bool WasKilled { get; set; }

    public bool HasAnswered { get; set; }

    public bool HasSucceeded { get; set; }

    public bool HasPassed { get; set; }

    public bool CanRecall { get; set; }

    public bool CanCheck { get; set; }

    /// <summary>True when it can export and import the state of sessions.</summary>
    public bool CanMove { get; set; }

    /// <summary>The number of its device; 0 for none.</summary>
    public int Device { get; set; }

    public long ReadyAt { get; set; } = -1;

    /// <summary>The time since which it gets calls; -1 before that.</summary>
    public long ServingSince { get; set; } = -1;

    /// <summary>The shortest life that settings before the present ones allowed it; a replacement under way for that goes on.</summary>
    public long EarlierTtl { get; set; } = long.MaxValue;

    /// <summary>The time of its last answer to a caller, or of the beginning of its service.</summary>
    public long IdleSince { get; set; }

    /// <summary>The time since which it may rest; -1 while it may not.</summary>
    public long MayRestSince { get; set; } = -1;

    /// <summary>The number of callers' calls that failed since the last that did not.</summary>
    public int Errors { get; set; }

    /// <summary>The limits that it has reached and that were not cleared in time.</summary>
    public HashSet<Reason> Limits { get; } = [];

    /// <summary>The last reached limit that waits for the end of the worker's minimum lifetime.</summary>
    public Reason Held => HeldSet.Count == 0 ? Reason.None : HeldSet.First();

    public HashSet<Reason> HeldSet { get; } = [];

    /// <summary>True when it had too much memory and waits for a second look after its calls.</summary>
    public bool NeedsLook { get; set; }

    /// <summary>The time since which its memory is being read; -1 when it is not.</summary>
    public long LookSince { get; set; } = -1;

    /// <summary>The time of the first ping since its last sign of life; -1 when no ping is open.</summary>
    public long PingedAt { get; set; } = -1;

    /// <summary>The time at which it last gave a sign of life or ended a call.</summary>
    public long HeardAt { get; set; }

    /// <summary>The time since which it should be replaced; -1 when it should not.</summary>
    public long DueSince { get; set; } = -1;

    /// <summary>True when it was launched before, or possibly at the same time as, the last change of code.</summary>
    public bool IsOlderThanCode { get; set; }

    /// <summary>
    /// True when it is made without the last change. A worker that was launched in the millisecond of a change of code may have that
    /// code; one that was launched before other settings came into force is made by the earlier ones.
    /// </summary>
    public bool LacksChange { get; set; }

    /// <summary>True when it was still to be replaced for an earlier change, which had proven good, when the last change came.</summary>
    public bool IsDueAnyway { get; set; }

    public Reason DrainReason { get; set; }

    /// <summary>True when no other worker may start in its slot while it exists.</summary>
    public bool HoldsPlace { get; set; }

    /// <summary>True when no worker is to replace it.</summary>
    public bool HasNoSuccessor { get; set; }

    /// <summary>The time of its last reply, or of the last call that it began at once.</summary>
    public long ProgressAt { get; set; }

    /// <summary>The time at which its waiting calls were last recalled.</summary>
    public long RecalledAt { get; set; } = -1;

    public long DrainingSince { get; set; } = -1;

    public long Requests { get; set; }

    /// <summary>The number of its replacements that could not start since one is wanted.</summary>
    public int FailedReplacements { get; set; }

    /// <summary>Its calls in the order in which they were sent.</summary>
    public List<CallRecord> Calls { get; } = [];
}

/// <summary>The recent run time of a tool. Each run weighs 1/64, or 1/n while there are only n runs.</summary>
internal sealed class PaceRecord
{
    private const double Rounding = 1e-9;
    private int _runs;
    private double _slow;
    private double _meanSquare;

    public double Mean { get; private set; }

    // Neither is true where rounding decides.
    public bool IsFast => _runs >= 8 && _slow <= 0.05 - Rounding;

    public RunEstimate Estimate => _runs < 16 ? default : new RunEstimate(Mean, Math.Sqrt(Math.Max(0, _meanSquare - (Mean * Mean))));

    public bool IsSlow => _runs < 8 || _slow >= 0.05 + Rounding;

    public void Add(long runTime, long fastRun)
    {
        double rest = _runs < 64 ? _runs / (_runs + 1.0) : 63 / 64.0;
        _runs++;
        _slow = (_slow * rest) + (runTime > fastRun ? 1 - rest : 0);
        _meanSquare = (_meanSquare * rest) + ((double)runTime * runTime * (1 - rest));
        Mean = (Mean * rest) + (runTime * (1 - rest));
    }
}

/// <summary>
/// A Send in this step. <paramref name="Before"/> is the worker that already had the call; <paramref name="Ahead"/> is the number of
/// calls that the worker had.
/// </summary>
internal readonly record struct SendFact(CallRecord Call, WorkerRecord Worker, WorkerRecord? Before, int Ahead);

/// <summary>
/// A Complete in this step. <paramref name="Worker"/> had the call at that time; <paramref name="Again"/> is true when the call was
/// over already.
/// </summary>
internal readonly record struct CompleteFact(CallRecord Call, Outcome Outcome, WorkerRecord? Worker, bool Again);

/// <summary>A call that its worker gave back in this step.</summary>
internal readonly record struct RecallFact(CallRecord Call, WorkerRecord Worker, bool WasOver);

/// <summary>A call whose worker exited, or was given up, in this step.</summary>
internal readonly record struct JudgedFact(CallRecord Call, WorkerRecord Worker, bool Begun, bool WasOver, bool Unkillable);

/// <summary>A report that answers a request to recycle. <paramref name="Expected"/> is true when such a request was open.</summary>
internal readonly record struct RecycleFact(Effect Report, bool Expected);
