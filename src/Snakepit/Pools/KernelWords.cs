using Snakepit.Pools.Kernel;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <summary>Translates the kernel's reasons and outcomes into public ones.</summary>
internal static class KernelWords
{
    public static RecycleReason ToPublic(Reason reason) => ReasonTraits.Of(reason).Public;

    public static ScaleReason ToPublic(SizeReason reason) => reason switch
    {
        SizeReason.QueueDelay => ScaleReason.QueueDelay,
        SizeReason.Busy => ScaleReason.Busy,
        _ => ScaleReason.Idle,
    };

    /// <summary>Returns why a worker was killed; null when another message says so.</summary>
    public static string? KillText(Reason reason, PoolOptions options) => reason switch
    {
        Reason.BootTimeout => $"it was not ready within Boot.Timeout ({Shown.Duration(options.Boot.Timeout)})",
        Reason.CancelGrace =>
            $"it continued a cancelled or timed-out call past Call.CancelGrace ({Shown.Duration(options.Call.CancelGrace)})",
        Reason.CancelKill => "a call of a tool that is to be killed, @tool(cancel=\"kill\"), was cancelled or timed out",
        Reason.DrainTimeout => $"its last calls did not end within Recycle.DrainTimeout ({Shown.Duration(options.Recycle.DrainTimeout)})",
        Reason.StopTimeout => $"it did not end within Stop.KillTimeout ({Shown.Duration(options.Stop.KillTimeout)}) after it was told to",
        Reason.Shutdown => "the pool is stopping",
        Reason.MemoryLimit => $"it had more private memory than Memory.HardLimit ({options.Memory.HardLimit})",
        Reason.Unresponsive => $"it answered no heartbeat within Health.LivenessTimeout ({Shown.Duration(options.Health.LivenessTimeout)})",
        _ => null,
    };

    public static CallOutcome ToPublic(Outcome outcome, ReplyKind kind) => outcome switch
    {
        Outcome.Replied => kind == ReplyKind.Result ? CallOutcome.Succeeded : CallOutcome.ToolError,
        Outcome.QueueFull or Outcome.KeyQueueFull or Outcome.TooLate or Outcome.QueueTimeout or Outcome.TooManySessions =>
            CallOutcome.Rejected,
        Outcome.DeadlineInQueue or Outcome.DeadlineRunning => CallOutcome.TimedOut,
        Outcome.Cancelled => CallOutcome.Cancelled,
        Outcome.WorkerLostMayHaveRun or Outcome.WorkerLostNotStarted => CallOutcome.WorkerLost,
        Outcome.PoolFailing => CallOutcome.PoolFailing,
        Outcome.Quarantined or Outcome.Deadlocked or Outcome.DeadlockedInSession => CallOutcome.Rejected,
        Outcome.WorkerBusy => CallOutcome.WorkerBusy,
        Outcome.SessionLost or Outcome.SessionEnding => CallOutcome.SessionLost,
        _ => CallOutcome.PoolStopped,
    };

    public static SessionLossReason ToLoss(Reason reason) =>
        reason == Reason.DrainTimeout ? SessionLossReason.DrainTimeout
        : reason == Reason.Died || !reason.Is(ReasonTrait.Recycles) || reason.Is(ReasonTrait.IsLoss) ? SessionLossReason.WorkerDied
        : SessionLossReason.WorkerRecycled;

    public static RejectionReason ToRejection(Outcome outcome) => outcome switch
    {
        Outcome.QueueFull => RejectionReason.QueueFull,
        Outcome.KeyQueueFull => RejectionReason.KeyQueueFull,
        Outcome.TooLate => RejectionReason.TooLate,
        Outcome.QueueTimeout => RejectionReason.QueueTimeout,
        Outcome.DeadlineInQueue => RejectionReason.Deadline,
        Outcome.PoolFailing => RejectionReason.Failing,
        Outcome.Quarantined => RejectionReason.Quarantined,
        Outcome.Deadlocked or Outcome.DeadlockedInSession => RejectionReason.NestedDeadlock,
        Outcome.WorkerBusy => RejectionReason.WorkerBusy,
        Outcome.SessionLost or Outcome.SessionEnding => RejectionReason.SessionLost,
        Outcome.TooManySessions => RejectionReason.SessionLimit,
        _ => RejectionReason.Stopping,
    };
}
