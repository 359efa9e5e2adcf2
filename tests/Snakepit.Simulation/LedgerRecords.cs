using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>A call as its caller and its workers know it.</summary>
internal sealed class CallRecord(CallKey key, CallSpec spec, long order, long now)
{
    public CallKey Key { get; } = key;

    public CallSpec Spec { get; } = spec;

    /// <summary>How many calls were accepted before it.</summary>
    public long Order { get; } = order;

    public long QueuedAt { get; set; } = now;

    /// <summary>Who has it; null while it waits.</summary>
    public WorkerRecord? Worker { get; set; }

    public int Attempts { get; set; }

    /// <summary>Its caller has an outcome.</summary>
    public bool IsOver { get; set; }

    public long OverAt { get; set; }
}

/// <summary>A worker as its process shows it.</summary>
internal sealed class WorkerRecord(WorkerKey key, long now)
{
    public WorkerKey Key { get; } = key;

    public long LaunchedAt { get; } = now;

    public bool HasProcess { get; set; }

    public bool SaidReady { get; set; }

    public bool IsGone { get; set; }

    public bool WasKilled { get; set; }

    public bool HasAnswered { get; set; }

    public long DrainingSince { get; set; } = -1;

    public long Requests { get; set; }

    public List<CallRecord> Calls { get; } = [];
}

/// <summary>A Send in this step, and who had the call before.</summary>
internal readonly record struct SendFact(CallRecord Call, WorkerRecord Worker, WorkerRecord? Before);

/// <summary>A Complete in this step. <paramref name="Worker"/> had the call then; <paramref name="Again"/>: it was over already.</summary>
internal readonly record struct CompleteFact(CallRecord Call, Outcome Outcome, WorkerRecord? Worker, bool Again);

/// <summary>A call whose worker has gone in this step.</summary>
internal readonly record struct JudgedFact(CallRecord Call, WorkerRecord Worker, bool Begun, bool WasOver, bool Unkillable);

/// <summary>A report that answers a request to recycle. <paramref name="Expected"/>: such a request was open.</summary>
internal readonly record struct RecycleFact(Effect Report, bool Expected);
