using System.Text.Json;

namespace Snakepit.Telemetry;

/// <summary>All names that a dashboard, an alert or a log filter may depend on.</summary>
internal static class TelemetryNames
{
    public const string Meter = "Snakepit";
    public const string ActivitySource = "Snakepit";

    /// <summary>The log category of Snakepit's own messages.</summary>
    public const string LogCategory = "Snakepit.Pool";

    /// <summary>The log category of the output of user code.</summary>
    public const string PythonLogCategory = "Snakepit.Python";

    public const string CallDuration = "rpc.client.call.duration";
    public const string CallsRejected = "snakepit.calls.rejected";
    public const string CallsRetried = "snakepit.calls.retried";
    public const string StreamDuration = "snakepit.stream.duration";
    public const string StreamFirstItem = "snakepit.stream.first_item";
    public const string StreamItems = "snakepit.stream.items";
    public const string StreamBytes = "snakepit.stream.bytes";
    public const string StreamBlocked = "snakepit.stream.blocked";
    public const string CircuitOpened = "snakepit.pool.circuit_opened";
    public const string QueueLength = "snakepit.queue.length";
    public const string WaitingForRoom = "snakepit.queue.waiting_for_room";
    public const string QueueWait = "snakepit.queue.wait";
    public const string PoolSaturated = "snakepit.pool.saturated";
    public const string WorkerCount = "snakepit.worker.count";
    public const string WorkerStartDuration = "snakepit.worker.start.duration";
    public const string WorkerStartFailed = "snakepit.worker.start.failed";
    public const string WorkerRecycled = "snakepit.worker.recycled";
    public const string WorkerCrashed = "snakepit.worker.crashed";
    public const string WorkerTainted = "snakepit.worker.tainted";
    public const string HealthCheckFailed = "snakepit.worker.health_check_failed";
    public const string WorkerNearTtl = "snakepit.worker.near_ttl";
    public const string WorkerNearMaxRequests = "snakepit.worker.near_max_requests";
    public const string WorkerOverdue = "snakepit.worker.overdue";
    public const string PoolSize = "snakepit.pool.size";
    public const string PoolScaled = "snakepit.pool.scaled";
    public const string BudgetReserved = "snakepit.budget.memory.reserved";
    public const string BudgetMemoryWaiting = "snakepit.budget.memory.waiting";
    public const string BudgetReplacementWaiting = "snakepit.budget.replacement.waiting";
    public const string WorkerOvershoot = "snakepit.worker.overshoot";
    public const string ProcessMemory = "process.memory.usage";
    public const string ProcessCpuTime = "process.cpu.time";
    public const string ProcessThreads = "process.thread.count";
    public const string CapacityReached = "snakepit.pool.capacity_reached";
    public const string InputQuarantined = "snakepit.input.quarantined";
    public const string SessionCount = "snakepit.session.count";
    public const string SessionStarted = "snakepit.session.started";
    public const string SessionEnded = "snakepit.session.ended";
    public const string SessionLost = "snakepit.session.lost";
    public const string SessionMoved = "snakepit.session.moved";
    public const string SessionKept = "snakepit.session.kept";
    public const string PythonDropped = "snakepit.python.dropped";
    public const string WorkerUptime = "snakepit.worker.uptime";
    public const string WorkerRequests = "snakepit.worker.requests";

    public const string PoolTag = "pool";
    public const string SlotTag = "slot";
    public const string OutcomeTag = "outcome";
    public const string ReasonTag = "reason";
    public const string StateTag = "state";

    public const string CallActivity = "snakepit.call";
    public const string QueueWaitActivity = "snakepit.queue.wait";
    public const string HostToolActivity = "snakepit.host_tool";
    public const string WorkerStartActivity = "snakepit.worker.start";
    public const string WorkerRecycleActivity = "snakepit.worker.recycle";
    public const string RpcSystem = "rpc.system.name";
    public const string RpcMethod = "rpc.method";
    public const string ErrorType = "error.type";
    public const string PoolAttribute = "snakepit.pool";
    public const string SlotAttribute = "snakepit.slot";
    public const string ReasonAttribute = "snakepit.reason";
    public const string OutcomeAttribute = "snakepit.outcome";

    /// <summary>The value of <see cref="RpcSystem"/>.</summary>
    public const string SystemName = "snakepit";

    public static string Of(CallOutcome outcome) => outcome switch
    {
        CallOutcome.Succeeded => "ok",
        CallOutcome.ToolError => "tool_error",
        CallOutcome.ResultMismatch => "result_mismatch",
        CallOutcome.Rejected => "rejected",
        CallOutcome.TimedOut => "timed_out",
        CallOutcome.Cancelled => "cancelled",
        CallOutcome.WorkerLost => "worker_lost",
        CallOutcome.SessionLost => "session_lost",
        CallOutcome.WorkerBusy => "worker_busy",
        CallOutcome.PoolFailing => "failing",
        CallOutcome.PoolStopped => "stopped",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };

    public static string Of(RejectionReason reason) => reason switch
    {
        RejectionReason.QueueFull => "queue_full",
        RejectionReason.KeyQueueFull => "key_queue_full",
        RejectionReason.TooLate => "too_late",
        RejectionReason.QueueTimeout => "queue_timeout",
        RejectionReason.Deadline => "deadline",
        RejectionReason.Failing => "failing",
        RejectionReason.Stopping => "stopping",
        RejectionReason.CircuitOpen => "circuit_open",
        RejectionReason.Quarantined => "quarantined",
        RejectionReason.NestedDeadlock => "nested_deadlock",
        RejectionReason.WorkerBusy => "worker_busy",
        RejectionReason.SessionLost => "session_lost",
        RejectionReason.SessionLimit => "session_limit",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    /// <summary>Returns the reason's name in snake case.</summary>
    public static string Of(RecycleReason reason) => Enum.GetName(reason) is { } name
        ? JsonNamingPolicy.SnakeCaseLower.ConvertName(name)
        : throw new ArgumentOutOfRangeException(nameof(reason), reason, null);

    public static string Of(SessionLossReason reason) => Enum.GetName(reason) is { } name
        ? JsonNamingPolicy.SnakeCaseLower.ConvertName(name)
        : throw new ArgumentOutOfRangeException(nameof(reason), reason, null);

    public static string Of(ScaleReason reason) => Enum.GetName(reason) is { } name
        ? JsonNamingPolicy.SnakeCaseLower.ConvertName(name)
        : throw new ArgumentOutOfRangeException(nameof(reason), reason, null);

    public static string Of(PythonDropReason reason) => Enum.GetName(reason) is { } name
        ? JsonNamingPolicy.SnakeCaseLower.ConvertName(name)
        : throw new ArgumentOutOfRangeException(nameof(reason), reason, null);

    public static string Of(TaintReason reason) => reason switch
    {
        TaintReason.WorkerDied => "worker_died",
        TaintReason.Manual => "manual",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    public static string Of(HealthFailureReason reason) => reason switch
    {
        HealthFailureReason.CheckFailed => "health_check_failed",
        HealthFailureReason.NoSignOfLife => "worker_dead",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    public static string Of(WorkerState state) => state switch
    {
        WorkerState.Launching => "launching",
        WorkerState.Booting => "booting",
        WorkerState.Ready => "ready",
        WorkerState.Serving => "serving",
        WorkerState.Draining => "draining",
        WorkerState.Stopping => "stopping",
        WorkerState.Exited => "exited",
        WorkerState.Exhausted => "exhausted",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };
}
