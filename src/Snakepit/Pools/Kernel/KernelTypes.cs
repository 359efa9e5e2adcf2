namespace Snakepit.Pools.Kernel;

/// <summary>What a caller asks for.</summary>
/// <param name="Deadline">A timestamp; long.MaxValue is none.</param>
/// <param name="Idempotent">It may be run again after a worker died with it.</param>
/// <param name="Tool">The pool's number for the tool; 0: not known, and so never sent to a busy worker.</param>
/// <param name="Bytes">The length of its frame.</param>
/// <param name="Priority">From -10 to 10.</param>
/// <param name="Key">Whose call it is, for fairness; 0: nobody's.</param>
/// <param name="Input">A hash of tool and arguments; 0: nobody has asked for it.</param>
/// <param name="Since">Since when it has waited for room in the queue, which counts as waiting in it; 0: it has not.</param>
/// <param name="Target">The only worker that may run it; none: any may.</param>
internal readonly record struct CallSpec(
    long Deadline, bool Idempotent, int Tool = 0, int Bytes = 0, int Priority = 0, ulong Key = 0, ulong Input = 0, long Since = 0,
    WorkerKey Target = default)
{
    public static CallSpec Exchange(in CallSpec spec, KernelImage image) => new(
        image.Of(spec.Deadline), image.Of(spec.Idempotent), image.Of(spec.Tool), image.Of(spec.Bytes), image.Of(spec.Priority),
        image.Of(spec.Key), image.Of(spec.Input), image.Of(spec.Since), image.Of(spec.Target));
}

/// <summary>The answer to a submission.</summary>
/// <param name="Call">Its name, when it was accepted.</param>
/// <param name="Rejection">Why it was not.</param>
/// <param name="QueueLength">How many calls wait; where the key's limit was reached, how many of the key.</param>
/// <param name="Limit">How many may.</param>
/// <param name="ExpectedWait">With a rejection: how long the call would probably have waited; 0: nothing is known.</param>
internal readonly record struct Admission(CallKey Call, Outcome Rejection, int QueueLength, int Limit, long ExpectedWait = 0)
{
    public bool Accepted => Rejection == Outcome.None;
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
    Ping,
    Stop,

    // Actions: performed after the lock, harmless in any order.
    Complete,
    Launch,
    Terminate,
    Kill,

    /// <summary>Have the worker's health checked: it has nothing else to do.</summary>
    CheckHealth,

    /// <summary>Have the worker's memory looked at again: a call is over during which it was too much. The answer is LimitReached or
    /// LimitCleared.</summary>
    LookAtMemory,
    ReportDraining,

    /// <summary>Argument: see <see cref="Succession"/>.</summary>
    ReportRecycled,

    /// <summary>A slot whose worker was stopped first serves again, or, by nobody (generation 0), is not to serve. Argument: the generation
    /// that was stopped.</summary>
    ReportRefilled,

    /// <summary>The replacement of a worker that was stopped first could not start. Argument: the generation that was stopped.</summary>
    ReportNotRefilled,
    ReportKeptOld,
    ReportAlreadyReplaced,
    ReportExited,
    ReportStartFailed,

    /// <summary>The worker is to be replaced, for a reason that stands, and serves on because no replacement can start.</summary>
    ReportReplacementOverdue,
    ReportReady,
    ReportSaturated,
    ReportPoolState,
    ReportUnkillable,
    ReportUnresponsive,

    /// <summary>The changed code cannot start; the workers of the old code stay.</summary>
    ReportCodeRejected,

    /// <summary>Workers are replaced for that reason again and again, and it has not helped: from now on ever more slowly. Argument: how
    /// often.</summary>
    ReportBraked,

    /// <summary>The call's input has killed one worker too many. Argument: the input.</summary>
    ReportQuarantined,

    /// <summary>The worker's place gets no calls. Argument: for how long.</summary>
    ReportTainted,
    ReportStopped,
}

/// <summary>Why a worker is replaced or stopped, as the kernel knows it. What is true of each stands in <see
/// cref="ReasonTraits"/>.</summary>
internal enum Reason : byte
{
    None,
    TtlExpired,
    MaxRequests,
    MemoryThreshold,
    MemoryLimit,
    MemoryGrowth,
    Idle,
    CpuTime,
    Errors,
    HealthCheckFailed,
    WorkerRequested,
    CodeChanged,
    Manual,
    Custom,
    Resized,
    Unresponsive,

    // From here on it is not replaced for a reason of its own.
    Shutdown,
    Died,
    BootTimeout,
    BootFailed,
    CancelGrace,
    DrainTimeout,
    StopTimeout,
}

/// <summary>One thing for the shell to do. What <paramref name="Argument"/> means stands at each kind's use in the kernel.</summary>
internal readonly record struct Effect(
    EffectKind Kind, WorkerKey Worker, CallKey Call = default, Reason Reason = Reason.None, Outcome Outcome = Outcome.None,
    long Argument = 0);

internal enum SignalKind : byte
{
    /// <summary>Its start was let in among those of all pools, and begins.</summary>
    Begun,

    /// <summary>The process exists.</summary>
    Launched,

    /// <summary>READY was read.</summary>
    Ready,

    /// <summary>No process came to be: no Launched before, no exit to come. Or FAILED was read: after Launched, and the exit
    /// follows.</summary>
    LaunchFailed,

    /// <summary>A sign of life.</summary>
    Pong,

    /// <summary>There is a reason to replace it, which the signal names.</summary>
    LimitReached,

    /// <summary>The reason has gone before anything came of it.</summary>
    LimitCleared,
}

/// <summary>News of a worker.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Worker">The worker.</param>
/// <param name="CanRecall">With Ready: calls that wait in its channel can be taken back.</param>
/// <param name="CanCheck">With Ready: there is a way to check its health.</param>
/// <param name="Reason">With a limit: which.</param>
/// <param name="Note">With a start that failed: by what.</param>
/// <param name="Device">With Ready: a number for the device it uses; 0: none.</param>
internal readonly record struct WorkerSignal(
    SignalKind Kind, WorkerKey Worker, bool CanRecall = false, bool CanCheck = false, Reason Reason = Reason.None, EndNote Note = default,
    int Device = 0);

internal enum CommandKind : byte
{
    Recycle,
    CancelRecycle,

    /// <summary>Value: the number of workers from now on.</summary>
    Resize,

    /// <summary>What workers load is no longer what the present ones have loaded.</summary>
    CodeChanged,

    /// <summary>Value 1: the machine has no memory for a replacement beside the old worker; 0: it has again.</summary>
    SetMemoryShort,

    /// <summary>The place gets no calls for <see cref="PoolCommand.Duration"/>.</summary>
    Taint,

    /// <summary>Likewise all places whose workers use the device. Value: its number.</summary>
    TaintDevice,
    LiftTaint,
    Shutdown,

    /// <summary>A shutdown under way leaves calls no more time.</summary>
    HurryShutdown,
}

/// <summary>An order to the pool. <paramref name="Slot"/> -1 means all.</summary>
internal readonly record struct PoolCommand(CommandKind Kind, int Slot = -1, int Value = 0, long Duration = 0);

/// <summary>What came of a worker that was replaced on purpose, packed into an effect's argument.</summary>
/// <param name="Replacement">Who serves in its place; none when it was stopped first, or nobody does.</param>
/// <param name="Lost">The calls that failed by it.</param>
internal readonly record struct Succession(WorkerKey Replacement, int Lost)
{
    public static Succession Unpack(long argument) =>
        new(new WorkerKey((int)(argument >> 48), (int)argument), (int)(argument >> 32) & 0xFFFF);

    public long Pack() => ((long)Replacement.Slot << 48) | ((long)Math.Min(Lost, 0xFFFF) << 32) | (uint)Replacement.Generation;
}
