namespace Snakepit.Pools.Kernel;

/// <summary>One thing that a kernel step asks of the shell, or a fact that it tells. What it carries beside the worker and the call depends
/// on its kind: each value has a name, and can be read of the kinds that carry it alone.</summary>
internal readonly record struct Effect
{
    private readonly long _number;
    private readonly WorkerKey _other;
    private readonly byte _before; // a state takes four times as much
    private readonly byte _after;

    private Effect(EffectKind kind, WorkerKey worker, CallKey call = default, long number = 0)
    {
        Kind = kind;
        Worker = worker;
        Call = call;
        _number = number;
    }

    private Effect(EffectKind kind, WorkerKey worker, Reason reason, long number = 0, WorkerKey other = default)
    {
        Kind = kind;
        Worker = worker;
        Reason = reason;
        _number = number;
        _other = other;
    }

    private Effect(PoolState before, PoolState after)
    {
        Kind = EffectKind.StateChanged;
        (_before, _after) = ((byte)before, (byte)after);
    }

    public EffectKind Kind { get; }

    public WorkerKey Worker { get; init; }

    public CallKey Call { get; init; }

    /// <summary>Why a worker ends, starts failed or is kept; None where the kind needs no reason.</summary>
    public Reason Reason { get; init; }

    /// <summary>Complete: what became of the call.</summary>
    public Outcome Outcome { get; init; }

    /// <summary>Appended to the worker's outbox under the lock, in order.</summary>
    public bool IsCommand => Kind <= EffectKind.Stop;

    /// <summary>It asks for nothing: something has happened.</summary>
    public bool IsFact => Kind >= EffectKind.WorkerDraining;

    /// <summary>Send: how often the call has been given to a worker, with this time.</summary>
    public int Attempt => (int)Number(EffectKind.Send);

    /// <summary>Complete, QueueSaturated: how many calls wait.</summary>
    public int QueueLength => (int)Number(Kind == EffectKind.QueueSaturated ? EffectKind.QueueSaturated : EffectKind.Complete);

    /// <summary>WorkerDraining: how many calls it still runs.</summary>
    public int RunningCalls => (int)Number(EffectKind.WorkerDraining);

    /// <summary>WorkerRecycled: how many calls failed by it.</summary>
    public int LostCalls => (int)Number(EffectKind.WorkerRecycled);

    /// <summary>WorkerExited: the calls that it was given.</summary>
    public long Requests => Number(EffectKind.WorkerExited);

    /// <summary>StartFailed: how long the slot pauses.</summary>
    public long Pause => Number(EffectKind.StartFailed);

    /// <summary>WorkerReady: how long the start took.</summary>
    public long StartTime => Number(EffectKind.WorkerReady);

    /// <summary>SlotTainted: for how long.</summary>
    public long Duration => Number(EffectKind.SlotTainted);

    /// <summary>ReplacementsBraked: how many replacements have not helped.</summary>
    public int Failures => (int)Number(EffectKind.ReplacementsBraked);

    /// <summary>InputQuarantined: the hash of the input.</summary>
    public ulong Input => (ulong)Number(EffectKind.InputQuarantined);

    /// <summary>WorkerRecycled, AlreadyReplaced: the worker that serves, or is to serve, in its place; none: it was stopped first, or none
    /// does.</summary>
    public WorkerKey Replacement => Other(Kind == EffectKind.AlreadyReplaced ? EffectKind.AlreadyReplaced : EffectKind.WorkerRecycled);

    /// <summary>SlotRefilled, SlotNotRefilled: the worker that was stopped before its replacement started.</summary>
    public WorkerKey StoppedFirst => Other(Kind == EffectKind.SlotNotRefilled ? EffectKind.SlotNotRefilled : EffectKind.SlotRefilled);

    /// <summary>StateChanged: the state that the pool had.</summary>
    public PoolState Before => Kind == EffectKind.StateChanged ? (PoolState)_before : throw NotCarried();

    /// <summary>StateChanged: the state that the pool has now.</summary>
    public PoolState After => Kind == EffectKind.StateChanged ? (PoolState)_after : throw NotCarried();

    /// <summary>A number for what the effect carries beside its kind, worker, call, reason and outcome, to be compared with another
    /// kernel's.</summary>
    public ulong Digest =>
        (ulong)_number ^ ((ulong)(uint)_other.Slot << 40) ^ ((ulong)(uint)_other.Generation << 16) ^ ((ulong)_before << 8) ^ _after;

    public static Effect Send(WorkerKey worker, CallKey call, int attempt) => new(EffectKind.Send, worker, call, attempt);

    public static Effect Cancel(WorkerKey worker, CallKey call) => new(EffectKind.Cancel, worker, call);

    public static Effect Recall(WorkerKey worker) => new(EffectKind.Recall, worker);

    public static Effect Ping(WorkerKey worker) => new(EffectKind.Ping, worker);

    public static Effect Stop(WorkerKey worker) => new(EffectKind.Stop, worker);

    public static Effect Complete(WorkerKey worker, CallKey call, Outcome outcome, int queueLength) =>
        new(EffectKind.Complete, worker, call, queueLength) { Outcome = outcome };

    public static Effect Launch(WorkerKey worker) => new(EffectKind.Launch, worker);

    public static Effect Terminate(WorkerKey worker) => new(EffectKind.Terminate, worker);

    public static Effect Kill(WorkerKey worker, Reason reason) => new(EffectKind.Kill, worker, reason);

    public static Effect CheckHealth(WorkerKey worker) => new(EffectKind.CheckHealth, worker);

    public static Effect LookAtMemory(WorkerKey worker) => new(EffectKind.LookAtMemory, worker);

    public static Effect WorkerDraining(WorkerKey worker, Reason reason, int runningCalls) =>
        new(EffectKind.WorkerDraining, worker, reason, runningCalls);

    public static Effect WorkerRecycled(WorkerKey worker, Reason reason, WorkerKey replacement, int lostCalls) =>
        new(EffectKind.WorkerRecycled, worker, reason, lostCalls, replacement);

    /// <param name="worker">The worker that serves there now; generation 0: none is to.</param>
    /// <param name="stoppedFirst">The worker that was stopped.</param>
    public static Effect SlotRefilled(WorkerKey worker, WorkerKey stoppedFirst) =>
        new(EffectKind.SlotRefilled, worker, Reason.None, other: stoppedFirst);

    /// <param name="worker">The replacement.</param>
    /// <param name="reason">Why it did not start.</param>
    /// <param name="stoppedFirst">The worker that was stopped.</param>
    public static Effect SlotNotRefilled(WorkerKey worker, Reason reason, WorkerKey stoppedFirst) =>
        new(EffectKind.SlotNotRefilled, worker, reason, other: stoppedFirst);

    public static Effect WorkerKept(WorkerKey worker, Reason reason) => new(EffectKind.WorkerKept, worker, reason);

    public static Effect AlreadyReplaced(WorkerKey worker, WorkerKey replacement) =>
        new(EffectKind.AlreadyReplaced, worker, Reason.None, other: replacement);

    public static Effect WorkerExited(WorkerKey worker, Reason reason, long requests) =>
        new(EffectKind.WorkerExited, worker, reason, requests);

    public static Effect StartFailed(WorkerKey worker, Reason reason, long pause) => new(EffectKind.StartFailed, worker, reason, pause);

    public static Effect ReplacementOverdue(WorkerKey worker, Reason reason) => new(EffectKind.ReplacementOverdue, worker, reason);

    public static Effect WorkerReady(WorkerKey worker, long startTime) => new(EffectKind.WorkerReady, worker, Reason.None, startTime);

    public static Effect QueueSaturated(int queueLength) => new(EffectKind.QueueSaturated, default, default(CallKey), queueLength);

    public static Effect StateChanged(PoolState before, PoolState after) => new(before, after);

    public static Effect WorkerUnkillable(WorkerKey worker) => new(EffectKind.WorkerUnkillable, worker);

    public static Effect WorkerUnresponsive(WorkerKey worker) => new(EffectKind.WorkerUnresponsive, worker);

    public static Effect CodeRejected() => new(EffectKind.CodeRejected, default);

    public static Effect ReplacementsBraked(WorkerKey worker, Reason reason, int failures) =>
        new(EffectKind.ReplacementsBraked, worker, reason, failures);

    public static Effect InputQuarantined(WorkerKey worker, CallKey call, ulong input) =>
        new(EffectKind.InputQuarantined, worker, call, (long)input);

    public static Effect SlotTainted(WorkerKey worker, Reason reason, long duration) =>
        new(EffectKind.SlotTainted, worker, reason, duration);

    public static Effect PoolStopped() => new(EffectKind.PoolStopped, default);

    public override string ToString()
    {
        List<string> parts = [$"{Kind}"];
        void Add(bool isThere, string part) => parts.AddRange(isThere ? [part] : []);
        Add(!Worker.IsNone || Worker.Slot > 0, $"{Worker}");
        Add(!Call.IsNone, $"{Call}");
        Add(Reason != Reason.None, $"{Reason}");
        Add(Outcome != Outcome.None, $"{Outcome}");
        Add(_number != 0, $"{_number}");
        Add(!_other.IsNone, $"{_other}");
        Add(Kind == EffectKind.StateChanged, $"{(PoolState)_before} to {(PoolState)_after}");
        return string.Join(' ', parts);
    }

    private long Number(EffectKind carrier) => Kind == carrier ? _number : throw NotCarried();

    private WorkerKey Other(EffectKind carrier) => Kind == carrier ? _other : throw NotCarried();

    private InvalidOperationException NotCarried() => new($"An effect of kind {Kind} does not carry that.");
}
