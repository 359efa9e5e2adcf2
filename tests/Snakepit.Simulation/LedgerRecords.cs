using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>A call as its caller and its workers know it.</summary>
internal sealed class CallRecord(CallKey key, CallSpec spec, long order, long now)
{
    public CallKey Key { get; } = key;

    public CallSpec Spec { get; } = spec;

    /// <summary>How many calls were accepted before it.</summary>
    public long Order { get; } = order;

    public long SubmittedAt { get; } = now;

    public long QueuedAt { get; set; } = now;

    /// <summary>How long it was expected to run when it was accepted.</summary>
    public RunEstimate Expected { get; init; }

    /// <summary>Who has it; null while it waits.</summary>
    public WorkerRecord? Worker { get; set; }

    public int Attempts { get; set; }

    /// <summary>How long its worker was expected to be occupied by it.</summary>
    public double Work { get; set; }

    /// <summary>When its worker, as far as anybody can know, came to it; the times before that it waited in its channel.</summary>
    public long BegunAt { get; set; }

    /// <summary>A worker stopped serving while it waited in the queue: the one, maybe, that was asked for room in place of others with the same load.</summary>
    public bool SawOneLeave { get; set; }

    /// <summary>Its caller has an outcome.</summary>
    public bool IsOver { get; set; }

    public long OverAt { get; set; }

    /// <summary>The worker whose health it is to check; none when it is a caller's.</summary>
    public WorkerKey CheckOf { get; init; }
}

/// <summary>A worker as its process shows it.</summary>
internal sealed class WorkerRecord(WorkerKey key, long now)
{
    public WorkerKey Key { get; } = key;

    public long LaunchedAt { get; } = now;

    /// <summary>When its turn to start had come; -1: it has not.</summary>
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

    /// <summary>Of those the machine has; 0: none.</summary>
    public int Device { get; set; }

    public long ReadyAt { get; set; } = -1;

    /// <summary>Since when it gets calls; -1: it does not yet.</summary>
    public long ServingSince { get; set; } = -1;

    /// <summary>Its last answer to a caller, or the beginning of its service.</summary>
    public long IdleSince { get; set; }

    /// <summary>Since when nothing speaks against its rest; -1: something does.</summary>
    public long MayRestSince { get; set; } = -1;

    /// <summary>Callers' calls that failed, since the last that did not.</summary>
    public int Errors { get; set; }

    /// <summary>The limits it has reached that were not taken back in time.</summary>
    public HashSet<Reason> Limits { get; } = [];

    /// <summary>The last of them that waits for the end of its least life.</summary>
    public Reason Held => HeldSet.Count == 0 ? Reason.None : HeldSet.First();

    public HashSet<Reason> HeldSet { get; } = [];

    /// <summary>It had too much memory, and is to be looked at when its calls are over.</summary>
    public bool NeedsLook { get; set; }

    /// <summary>Since when that is done; -1: it is not.</summary>
    public long LookSince { get; set; } = -1;

    /// <summary>The first question for a sign of life since it gave one; -1: none is open.</summary>
    public long PingedAt { get; set; } = -1;

    /// <summary>When it last gave a sign of life, or ended a call.</summary>
    public long HeardAt { get; set; }

    /// <summary>Since when it is to give way to its replacement; -1: it is not.</summary>
    public long DueSince { get; set; } = -1;

    /// <summary>It was launched before the code last changed, perhaps at the same time.</summary>
    public bool IsOlderThanCode { get; set; }

    public Reason DrainReason { get; set; }

    /// <summary>While it is there nobody may be started in its slot.</summary>
    public bool HoldsPlace { get; set; }

    /// <summary>Nobody is to follow it.</summary>
    public bool HasNoSuccessor { get; set; }

    /// <summary>Its last reply, or the last call that it began at once.</summary>
    public long ProgressAt { get; set; }

    /// <summary>When it was last asked for its waiting calls.</summary>
    public long RecalledAt { get; set; } = -1;

    public long DrainingSince { get; set; } = -1;

    public long Requests { get; set; }

    /// <summary>How many of its replacements could not start since one is wanted.</summary>
    public int FailedReplacements { get; set; }

    /// <summary>In the order in which they were sent.</summary>
    public List<CallRecord> Calls { get; } = [];
}

/// <summary>How long a tool has run lately: each run weighs one in sixty-four, or its plain share while there are fewer.</summary>
internal sealed class PaceRecord
{
    private const double Rounding = 1e-9;
    private int _runs;
    private double _slow;
    private double _meanSquare;

    public double Mean { get; private set; }

    // Where rounding decides, neither is said.
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

/// <summary>A Send in this step, who had the call before, and how many calls the worker had.</summary>
internal readonly record struct SendFact(CallRecord Call, WorkerRecord Worker, WorkerRecord? Before, int Ahead);

/// <summary>A Complete in this step. <paramref name="Worker"/> had the call then; <paramref name="Again"/>: it was over already.</summary>
internal readonly record struct CompleteFact(CallRecord Call, Outcome Outcome, WorkerRecord? Worker, bool Again);

/// <summary>A call that its worker has given back in this step.</summary>
internal readonly record struct RecallFact(CallRecord Call, WorkerRecord Worker, bool WasOver);

/// <summary>A call whose worker has gone in this step.</summary>
internal readonly record struct JudgedFact(CallRecord Call, WorkerRecord Worker, bool Begun, bool WasOver, bool Unkillable);

/// <summary>A report that answers a request to recycle. <paramref name="Expected"/>: such a request was open.</summary>
internal readonly record struct RecycleFact(Effect Report, bool Expected);
