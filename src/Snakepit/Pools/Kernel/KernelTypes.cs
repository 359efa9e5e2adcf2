namespace Snakepit.Pools.Kernel;

/// <summary>Names a call: table index in the low half, version in the high half. Also the id on the wire. 0 is no call.</summary>
internal readonly record struct CallKey(ulong Value)
{
    public int Index => (int)(uint)Value;

    public uint Version => (uint)(Value >> 32);

    public bool IsNone => Value == 0;

    public static CallKey Create(int index, uint version) => new(((ulong)version << 32) | (uint)index);

    public override string ToString() => $"call {Index}.{Version}";
}

/// <summary>Names one worker: the slot and which of its generations, from 1.</summary>
internal readonly record struct WorkerKey(int Slot, int Generation)
{
    public bool IsNone => Generation == 0;

    public override string ToString() => $"{Slot}#{Generation}";
}

/// <summary>What a caller asks for.</summary>
/// <param name="Deadline">A timestamp; long.MaxValue is none.</param>
/// <param name="Idempotent">It may be run again after a worker died with it.</param>
/// <param name="Tool">The pool's number for the tool; 0: not known, and so never sent to a busy worker.</param>
/// <param name="Bytes">The length of its frame.</param>
internal readonly record struct CallSpec(long Deadline, bool Idempotent, int Tool = 0, int Bytes = 0);

/// <summary>The answer to a submission.</summary>
internal readonly record struct Admission(CallKey Call, Outcome Rejection, int QueueLength, int Limit)
{
    public bool Accepted => Rejection == Outcome.None;
}

/// <summary>How a call ended for its caller.</summary>
internal enum Outcome : byte
{
    None,
    Replied,
    QueueFull,
    QueueTimeout,
    DeadlineInQueue,
    DeadlineRunning,
    Cancelled,
    WorkerLostNotStarted,
    WorkerLostMayHaveRun,
    PoolFailing,
    PoolStopping,
}

internal enum AbandonReason : byte
{
    Cancelled,
    TimedOut,
}

internal enum EffectKind : byte
{
    // Commands: appended to the worker's outbox under the lock, in order.
    Send,
    Cancel,

    /// <summary>Take back every call the worker has not begun.</summary>
    Recall,
    Stop,

    // Actions: performed after the lock, harmless in any order.
    Complete,
    Launch,
    Terminate,
    Kill,
    ReportDraining,
    ReportRecycled,
    ReportKeptOld,
    ReportAlreadyReplaced,
    ReportExited,
    ReportStartFailed,
    ReportReady,
    ReportSaturated,
    ReportPoolState,
    ReportUnkillable,
    ReportStopped,
}

/// <summary>Why a worker is replaced or stopped, as the kernel knows it.</summary>
internal enum Reason : byte
{
    None,
    MaxRequests,
    Manual,
    Shutdown,
    Died,
    BootTimeout,
    BootFailed,
    CancelGrace,
    DrainTimeout,
    StopTimeout,
}

/// <summary>One thing for the shell to do. What <paramref name="Argument"/> means stands at each kind's use in the kernel.</summary>
internal readonly record struct Effect(EffectKind Kind, WorkerKey Worker, CallKey Call = default, Reason Reason = Reason.None, Outcome Outcome = Outcome.None, long Argument = 0);

internal enum SignalKind : byte
{
    /// <summary>The process exists.</summary>
    Launched,

    /// <summary>READY was read.</summary>
    Ready,

    /// <summary>No process came to be: no Launched before, no exit to come. Or FAILED was read: after Launched, and the exit follows.</summary>
    LaunchFailed,
}

/// <summary>News of a worker. <paramref name="CanRecall"/> comes with Ready: calls that wait in its channel can be taken back.</summary>
internal readonly record struct WorkerSignal(SignalKind Kind, WorkerKey Worker, bool CanRecall = false);

internal enum CommandKind : byte
{
    Recycle,
    CancelRecycle,
    Shutdown,
}

/// <summary>An order to the pool. <paramref name="Slot"/> -1 means all.</summary>
internal readonly record struct PoolCommand(CommandKind Kind, int Slot = -1);

internal enum ReplyKind : byte
{
    Result,
    Error,
}
