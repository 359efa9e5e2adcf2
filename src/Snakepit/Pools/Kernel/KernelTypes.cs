using System.Runtime.InteropServices;

namespace Snakepit.Pools.Kernel;

/// <summary>A caller's request.</summary>
/// <param name="Deadline">A timestamp; long.MaxValue for none.</param>
/// <param name="Idempotent">Whether the call may run again after a worker died during it.</param>
/// <param name="Tool">The pool's number for the tool; 0 for an unknown tool, whose calls are never sent to a busy worker.</param>
/// <param name="Bytes">The length of its frame.</param>
/// <param name="Priority">From -10 to 10.</param>
/// <param name="Key">The fairness key; 0 for none.</param>
/// <param name="Input">A hash of tool and arguments; 0 while it is not needed.</param>
/// <param name="Since">The time since which it has waited for room in the queue, which counts as waiting in it; 0 when it has not.</param>
/// <param name="Target">The only worker that may run it; none when any worker may. The kernel sets it for calls of sessions.</param>
/// <param name="Cancellation">What happens when its caller gives up while a worker runs it.</param>
/// <param name="Session">The number of its session; 0 for none.</param>
/// <param name="Affinity">For a call of a session.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CallSpec(
    long Deadline, bool Idempotent, int Tool = 0, int Bytes = 0, int Priority = 0, ulong Key = 0, ulong Input = 0, long Since = 0,
    WorkerKey Target = default, ToolCancellation Cancellation = ToolCancellation.Interrupt,
    ulong Session = 0, Affinity Affinity = Affinity.Hint)
{
    public static CallSpec Exchange(in CallSpec spec, KernelImage image) => new(
        image.Of(spec.Deadline), image.Of(spec.Idempotent), image.Of(spec.Tool), image.Of(spec.Bytes), image.Of(spec.Priority),
        image.Of(spec.Key), image.Of(spec.Input), image.Of(spec.Since), image.Of(spec.Target),
        image.Of(spec.Cancellation), image.Of(spec.Session), image.Of(spec.Affinity));
}

/// <summary>The answer to a submission.</summary>
/// <param name="Call">The key of the call, when it was accepted.</param>
/// <param name="Rejection">The reason why it was not accepted.</param>
/// <param name="QueueLength">The number of waiting calls, or, where the key's limit was reached, those of the key.</param>
/// <param name="Limit">The limit of that number.</param>
/// <param name="ExpectedWait">For a rejection: the time that the call would probably have waited; 0 when unknown.</param>
internal readonly record struct Admission(CallKey Call, Outcome Rejection, int QueueLength, int Limit, long ExpectedWait = 0)
{
    public bool Accepted => Rejection == Outcome.None;
}

internal enum AbandonReason : byte
{
    Cancelled,
    TimedOut,
}

internal enum SignalKind : byte
{
    /// <summary>Its start was admitted among those of all pools, and begins.</summary>
    Begun,

    /// <summary>Its process exists.</summary>
    Launched,

    /// <summary>READY was read.</summary>
    Ready,

    /// <summary>
    /// No process was created: there was no Launched, and there will be no exit. Or FAILED was read, after Launched, and the exit follows.
    /// </summary>
    LaunchFailed,

    /// <summary>The worker has answered a ping.</summary>
    Pong,

    /// <summary>There is a reason to replace the worker, which the signal names.</summary>
    LimitReached,

    /// <summary>The reason has passed before it had an effect.</summary>
    LimitCleared,
}

/// <summary>A signal about a worker.</summary>
/// <param name="Kind">The kind of the signal.</param>
/// <param name="Worker">The worker.</param>
/// <param name="CanRecall">For Ready: whether calls that wait in its channel can be recalled.</param>
/// <param name="CanCheck">For Ready: whether its health can be checked.</param>
/// <param name="Reason">For a limit: the reason.</param>
/// <param name="Note">For a failed start: the cause.</param>
/// <param name="Device">For Ready: a number for its device; 0 for none.</param>
/// <param name="CanMove">For Ready: whether it can give sessions away with their state, and take them over.</param>
internal readonly record struct WorkerSignal(
    SignalKind Kind, WorkerKey Worker, bool CanRecall = false, bool CanCheck = false, Reason Reason = Reason.None, EndNote Note = default,
    int Device = 0, bool CanMove = false);

internal enum CommandKind : byte
{
    Recycle,
    CancelRecycle,

    /// <summary>Sets the number of workers to <see cref="PoolCommand.Size"/>.</summary>
    Resize,

    /// <summary>The code that workers load has changed.</summary>
    CodeChanged,

    /// <summary>
    /// <see cref="PoolCommand.IsMemoryShort"/> says whether the machine lacks memory for a replacement beside the old worker.
    /// </summary>
    SetMemoryShort,

    /// <summary>
    /// Sets the pool's <see cref="Allowance"/>: <see cref="PoolCommand.Size"/> workers, with room for a replacement beside the old one
    /// unless <see cref="PoolCommand.IsMemoryShort"/>, and <see cref="PoolCommand.Replacements"/> at once.
    /// </summary>
    SetAllowance,

    /// <summary>The slot gets no calls for <see cref="PoolCommand.Duration"/>.</summary>
    Taint,

    /// <summary>As <see cref="Taint"/>, for all slots whose workers use <see cref="PoolCommand.Device"/>.</summary>
    TaintDevice,
    LiftTaint,

    /// <summary>Ends <see cref="PoolCommand.Session"/>.</summary>
    EndSession,

    /// <summary>The move of <see cref="PoolCommand.Session"/> cannot go on, and none of its calls is on its way.</summary>
    CancelMove,
    Shutdown,

    /// <summary>Gives the calls of a shutdown in progress no more time.</summary>
    HurryShutdown,
}

/// <summary>The reasons for which a pool whose size follows its load grows or shrinks.</summary>
internal enum SizeReason : byte
{
    None,
    QueueDelay,
    Busy,
    Idle,
}

/// <summary>A command to the pool. <paramref name="Slot"/> is -1 for all slots.</summary>
internal readonly record struct PoolCommand(
    CommandKind Kind, int Slot = -1, int Size = 0, bool IsMemoryShort = false, int Device = 0, long Duration = 0,
    ulong Session = 0, int Replacements = 0)
{
    public static PoolCommand Set(Allowance allowance) => new(
        CommandKind.SetAllowance, Size: allowance.Workers, IsMemoryShort: !allowance.MayOverlap, Replacements: allowance.Replacements);
}
