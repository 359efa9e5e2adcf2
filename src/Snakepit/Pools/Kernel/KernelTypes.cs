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

    /// <summary>There are to be <see cref="PoolCommand.Size"/> workers.</summary>
    Resize,

    /// <summary>What workers load is no longer what the present ones have loaded.</summary>
    CodeChanged,

    /// <summary><see cref="PoolCommand.IsMemoryShort"/> says whether the machine has memory for a replacement beside the old worker.</summary>
    SetMemoryShort,

    /// <summary>The slot gets no calls for <see cref="PoolCommand.Duration"/>.</summary>
    Taint,

    /// <summary>Likewise all slots whose workers use <see cref="PoolCommand.Device"/>.</summary>
    TaintDevice,
    LiftTaint,
    Shutdown,

    /// <summary>A shutdown under way leaves calls no more time.</summary>
    HurryShutdown,
}

/// <summary>An order to the pool. <paramref name="Slot"/> -1 means all.</summary>
internal readonly record struct PoolCommand(
    CommandKind Kind, int Slot = -1, int Size = 0, bool IsMemoryShort = false, int Device = 0, long Duration = 0);
