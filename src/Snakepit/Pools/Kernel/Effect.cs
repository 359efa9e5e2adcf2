namespace Snakepit.Pools.Kernel;

/// <summary>
/// An action that a kernel step requests from the shell, or a fact that it reports. The values besides the worker and the call depend on
/// the kind. Each has a name, and can only be read for the kinds that carry it.
/// </summary>
internal readonly record struct Effect
{
    private readonly long _number;
    private readonly WorkerKey _other;
    private readonly byte _before; // a full state takes four times as much
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

    private Effect(int sizeBefore, int sizeAfter, SizeReason sizeReason)
    {
        Kind = EffectKind.PoolScaled;
        (_number, _other, _after) = (sizeAfter, new WorkerKey(sizeBefore, 0), (byte)sizeReason);
    }

    private Effect(PoolState before, PoolState after)
    {
        Kind = EffectKind.StateChanged;
        (_before, _after) = ((byte)before, (byte)after);
    }

    public EffectKind Kind { get; }

    public WorkerKey Worker { get; init; }

    public CallKey Call { get; init; }

    /// <summary>The reason why a worker ends, starts failed or is kept; None where the kind needs no reason.</summary>
    public Reason Reason { get; init; }

    /// <summary>Complete: the outcome of the call.</summary>
    public Outcome Outcome { get; init; }

    /// <summary>Whether it is appended to the worker's outbox under the lock, in order.</summary>
    public bool IsCommand => Kind <= EffectKind.Stop;

    /// <summary>Whether it requests nothing, because it reports what has happened.</summary>
    public bool IsFact => Kind >= EffectKind.WorkerDraining;

    /// <summary>Send: the number of the call's attempts, including this one.</summary>
    public int Attempt => (int)Number(EffectKind.Send);

    /// <summary>Cancel: whether the call is interrupted, or only told.</summary>
    public bool Interrupts => Number(EffectKind.Cancel) != 0;

    /// <summary>Complete, QueueSaturated: the number of waiting calls.</summary>
    public int QueueLength => (int)Number(Kind == EffectKind.QueueSaturated ? EffectKind.QueueSaturated : EffectKind.Complete);

    /// <summary>WorkerDraining: the number of calls that it still runs.</summary>
    public int RunningCalls => (int)Number(EffectKind.WorkerDraining);

    /// <summary>WorkerRecycled: the number of calls that failed because of it.</summary>
    public int LostCalls => (int)Number(EffectKind.WorkerRecycled);

    /// <summary>WorkerExited: the number of calls that it got.</summary>
    public long Requests => Number(EffectKind.WorkerExited);

    /// <summary>StartFailed: the slot's backoff.</summary>
    public long Pause => Number(EffectKind.StartFailed);

    /// <summary>WorkerReady: the duration of the start.</summary>
    public long StartTime => Number(EffectKind.WorkerReady);

    /// <summary>SlotTainted: the duration of the taint.</summary>
    public long Duration => Number(EffectKind.SlotTainted);

    /// <summary>ReplacementsBraked: the number of replacements that have not helped.</summary>
    public int Failures => (int)Number(EffectKind.ReplacementsBraked);

    /// <summary>SessionsLost: the number of sessions.</summary>
    public int Sessions => (int)Number(EffectKind.SessionsLost);

    /// <summary>EndSession, MoveSession, SessionMoved, SessionLost, SessionOver: the number of the session.</summary>
    public ulong Session => (ulong)Number(
        Kind is EffectKind.MoveSession or EffectKind.SessionMoved or EffectKind.SessionLost or EffectKind.SessionOver
            ? Kind : EffectKind.EndSession);

    /// <summary>
    /// MoveSession, SessionMoved: the worker that takes the session over. EndSession: the worker that has it with its state; none when its
    /// state ends.
    /// </summary>
    public WorkerKey Heir =>
        Other(Kind is EffectKind.MoveSession or EffectKind.SessionMoved ? Kind : EffectKind.EndSession);

    /// <summary>Launch, BlueprintProven, BlueprintRejected: the number of the blueprint.</summary>
    public int Blueprint =>
        (int)Number(Kind is EffectKind.BlueprintProven or EffectKind.BlueprintRejected ? Kind : EffectKind.Launch);

    /// <summary>InputQuarantined: the hash of the input.</summary>
    public ulong Input => (ulong)Number(EffectKind.InputQuarantined);

    /// <summary>
    /// WorkerDraining, WorkerRecycled, AlreadyReplaced: the worker that serves, or is to serve, in its place; none when it was stopped
    /// first, or when none does.
    /// </summary>
    public WorkerKey Replacement =>
        Other(Kind is EffectKind.WorkerDraining or EffectKind.AlreadyReplaced ? Kind : EffectKind.WorkerRecycled);

    /// <summary>SlotRefilled, SlotNotRefilled: the worker that was stopped before its replacement started.</summary>
    public WorkerKey StoppedFirst => Other(Kind == EffectKind.SlotNotRefilled ? EffectKind.SlotNotRefilled : EffectKind.SlotRefilled);

    /// <summary>StateChanged: the state that the pool had.</summary>
    public PoolState Before => Kind == EffectKind.StateChanged ? (PoolState)_before : throw NotCarried();

    /// <summary>StateChanged: the state that the pool has now.</summary>
    public PoolState After => Kind == EffectKind.StateChanged ? (PoolState)_after : throw NotCarried();

    /// <summary>PoolScaled: the number of workers that there was to be.</summary>
    public int SizeBefore => Other(EffectKind.PoolScaled).Slot;

    /// <summary>PoolScaled: the number of workers that there is to be.</summary>
    public int SizeAfter => (int)Number(EffectKind.PoolScaled);

    /// <summary>PoolScaled: the reason.</summary>
    public SizeReason SizeReason => Kind == EffectKind.PoolScaled ? (SizeReason)_after : throw NotCarried();

    /// <summary>
    /// A number for the values that the effect carries besides its kind, worker, call, reason and outcome, for comparisons with another
    /// kernel.
    /// </summary>
    public ulong Digest =>
        (ulong)_number ^ ((ulong)(uint)_other.Slot << 40) ^ ((ulong)(uint)_other.Generation << 16) ^ ((ulong)_before << 8) ^ _after;

    public static Effect Send(WorkerKey worker, CallKey call, int attempt) => new(EffectKind.Send, worker, call, attempt);

    public static Effect Cancel(WorkerKey worker, CallKey call, bool interrupts) =>
        new(EffectKind.Cancel, worker, call, interrupts ? 1 : 0);

    public static Effect Recall(WorkerKey worker) => new(EffectKind.Recall, worker);

    public static Effect Ping(WorkerKey worker) => new(EffectKind.Ping, worker);

    /// <param name="worker">The worker that is told.</param>
    /// <param name="session">The session.</param>
    /// <param name="heir">The worker that has it with its state; none when its state ends.</param>
    public static Effect EndSession(WorkerKey worker, ulong session, WorkerKey heir = default) =>
        new(EffectKind.EndSession, worker, Reason.None, (long)session, heir);

    public static Effect Stop(WorkerKey worker) => new(EffectKind.Stop, worker);

    public static Effect Complete(WorkerKey worker, CallKey call, Outcome outcome, int queueLength) =>
        new(EffectKind.Complete, worker, call, queueLength) { Outcome = outcome };

    public static Effect Launch(WorkerKey worker, int blueprint) => new(EffectKind.Launch, worker, Reason.None, blueprint);

    public static Effect Terminate(WorkerKey worker) => new(EffectKind.Terminate, worker);

    public static Effect Kill(WorkerKey worker, Reason reason) => new(EffectKind.Kill, worker, reason);

    public static Effect CheckHealth(WorkerKey worker) => new(EffectKind.CheckHealth, worker);

    public static Effect LookAtMemory(WorkerKey worker) => new(EffectKind.LookAtMemory, worker);

    public static Effect MoveSession(WorkerKey worker, ulong session, WorkerKey heir) =>
        new(EffectKind.MoveSession, worker, Reason.None, (long)session, heir);

    public static Effect WorkerDraining(WorkerKey worker, Reason reason, int runningCalls, WorkerKey replacement) =>
        new(EffectKind.WorkerDraining, worker, reason, runningCalls, replacement);

    public static Effect WorkerRecycled(WorkerKey worker, Reason reason, WorkerKey replacement, int lostCalls) =>
        new(EffectKind.WorkerRecycled, worker, reason, lostCalls, replacement);

    /// <param name="worker">The worker that serves in the slot now; generation 0 when none is to serve.</param>
    /// <param name="stoppedFirst">The worker that was stopped.</param>
    public static Effect SlotRefilled(WorkerKey worker, WorkerKey stoppedFirst) =>
        new(EffectKind.SlotRefilled, worker, Reason.None, other: stoppedFirst);

    /// <param name="worker">The replacement.</param>
    /// <param name="reason">The reason why it did not start.</param>
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

    public static Effect BlueprintProven(int blueprint) => new(EffectKind.BlueprintProven, default, Reason.None, blueprint);

    public static Effect BlueprintRejected(int blueprint) => new(EffectKind.BlueprintRejected, default, Reason.None, blueprint);

    public static Effect CodeRejected() => new(EffectKind.CodeRejected, default);

    public static Effect ReplacementsBraked(WorkerKey worker, Reason reason, int failures) =>
        new(EffectKind.ReplacementsBraked, worker, reason, failures);

    public static Effect InputQuarantined(WorkerKey worker, CallKey call, ulong input) =>
        new(EffectKind.InputQuarantined, worker, call, (long)input);

    public static Effect SlotTainted(WorkerKey worker, Reason reason, long duration) =>
        new(EffectKind.SlotTainted, worker, reason, duration);

    public static Effect SessionLost(WorkerKey worker, ulong session, Reason reason) =>
        new(EffectKind.SessionLost, worker, reason, (long)session);

    public static Effect SessionMoved(WorkerKey worker, ulong session, WorkerKey heir) =>
        new(EffectKind.SessionMoved, worker, Reason.None, (long)session, heir);

    public static Effect SessionsLost(WorkerKey worker, Reason reason, int sessions) =>
        new(EffectKind.SessionsLost, worker, reason, sessions);

    /// <param name="session">The session.</param>
    /// <param name="reason">None when it was ended, Idle when it was not used, else what it was lost for.</param>
    public static Effect SessionOver(ulong session, Reason reason) => new(EffectKind.SessionOver, default, reason, (long)session);

    public static Effect PoolScaled(int sizeBefore, int sizeAfter, SizeReason sizeReason) =>
        new(sizeBefore, sizeAfter, sizeReason);

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
        Add(Kind == EffectKind.PoolScaled, $"from {_other.Slot} for {(SizeReason)_after}");
        return string.Join(' ', parts);
    }

    private long Number(EffectKind carrier) => Kind == carrier ? _number : throw NotCarried();

    private WorkerKey Other(EffectKind carrier) => Kind == carrier ? _other : throw NotCarried();

    private InvalidOperationException NotCarried() => new($"An effect of kind {Kind} does not carry that.");
}
