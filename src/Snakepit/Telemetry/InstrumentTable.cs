using static Snakepit.Telemetry.InstrumentKind;

namespace Snakepit.Telemetry;

/// <summary>
/// All instruments, one row each. The meter creates them from the rows, and eng/options writes docs/telemetry-reference.md from them.
/// </summary>
internal static class InstrumentTable
{
    /// <summary>The default boundaries are meant for milliseconds and would put every call into the first bucket.</summary>
    private static readonly double[] s_callBuckets =
        [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private static readonly double[] s_streamBuckets = [0.001, 0.01, 0.1, 1, 5, 10, 30, 60, 300, 600, 1_800, 3_600];

    private static readonly TelemetryTag s_pool = TelemetryTags.Pool;

    public static InstrumentSpec CallDuration { get; } = new(
        TelemetryNames.CallDuration, Histogram, "s", "The time from a call's submission to its end. Its count is the number of calls.",
        s_pool, TelemetryTags.Outcome) { Buckets = s_callBuckets };

    public static InstrumentSpec CallsRejected { get; } = new(
        TelemetryNames.CallsRejected, Counter, "{call}", "Calls that were not accepted or waited too long.",
        s_pool, TelemetryTags.Rejection);

    public static InstrumentSpec CallsRetried { get; } =
        new(TelemetryNames.CallsRetried, Counter, "{call}", "Retries of calls after a failure (`Retry.*`).", s_pool);

    public static InstrumentSpec QueueWait { get; } = new(
        TelemetryNames.QueueWait, Histogram, "s", "How long a call waited for a worker, including the wait for room in the queue.", s_pool)
    {
        Buckets = s_callBuckets,
    };

    public static InstrumentSpec QueueLength { get; } =
        new(TelemetryNames.QueueLength, UpDownCounter, "{call}", "Calls that wait for a worker.", s_pool);

    public static InstrumentSpec WaitingForRoom { get; } = new(
        TelemetryNames.WaitingForRoom, UpDownCounter, "{call}",
        "Calls that wait for room in the queue, with `Queue.WhenFull` at `Wait`.", s_pool);

    public static InstrumentSpec StreamDuration { get; } = new(
        TelemetryNames.StreamDuration, Histogram, "s", "The time from a stream's submission to its end.", s_pool)
    {
        Buckets = s_streamBuckets,
    };

    public static InstrumentSpec StreamFirstItem { get; } = new(
        TelemetryNames.StreamFirstItem, Histogram, "s", "The time from a stream's submission to its first item.", s_pool)
    {
        Buckets = s_callBuckets,
    };

    public static InstrumentSpec StreamBlocked { get; } = new(
        TelemetryNames.StreamBlocked, Histogram, "s",
        "The time that a tool waited for its caller to take items, recorded when its stream ends by itself.", s_pool)
    {
        Buckets = s_streamBuckets,
    };

    public static InstrumentSpec StreamItems { get; } =
        new(TelemetryNames.StreamItems, Counter, "{item}", "Items that arrived in streams, counted at the end of each.", s_pool);

    public static InstrumentSpec StreamBytes { get; } =
        new(TelemetryNames.StreamBytes, Counter, "By", "Encoded bytes of the items that arrived in streams.", s_pool);

    public static InstrumentSpec PoolSize { get; } = new(
        TelemetryNames.PoolSize, UpDownCounter, "{worker}",
        "Workers that the pool is to have: `Size`, or what its load needs.", s_pool);

    public static InstrumentSpec PoolScaled { get; } = new(
        TelemetryNames.PoolScaled, Counter, "{event}", "How often that number has followed the load.", s_pool, TelemetryTags.Scaling);

    public static InstrumentSpec CapacityReached { get; } = new(
        TelemetryNames.CapacityReached, Counter, "{event}", "How often a call had to wait when none was waiting before.", s_pool);

    public static InstrumentSpec PoolSaturated { get; } = new(
        TelemetryNames.PoolSaturated, Counter, "{event}",
        "How often the pool began to reject calls because the queue was full or too long for them.", s_pool);

    public static InstrumentSpec CircuitOpened { get; } = new(
        TelemetryNames.CircuitOpened, Counter, "{event}", "How often the circuit breaker opened (`Breaker.*`).", s_pool);

    public static InstrumentSpec WorkerCount { get; } = new(
        TelemetryNames.WorkerCount, UpDownCounter, "{worker}",
        "Worker processes. A state without workers is reported as 0.", s_pool, TelemetryTags.State);

    public static InstrumentSpec WorkerStartDuration { get; } = new(
        TelemetryNames.WorkerStartDuration, Histogram, "s", "The time from a worker's launch to ready.", s_pool)
    {
        Buckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    };

    public static InstrumentSpec WorkerStartFailed { get; } =
        new(TelemetryNames.WorkerStartFailed, Counter, "{worker}", "Workers that failed to start.", s_pool);

    public static InstrumentSpec WorkerRecycled { get; } = new(
        TelemetryNames.WorkerRecycled, Counter, "{worker}", "Workers that were replaced.", s_pool, TelemetryTags.RecycleReason);

    public static InstrumentSpec WorkerCrashed { get; } =
        new(TelemetryNames.WorkerCrashed, Counter, "{worker}", "Workers that ended without being told to.", s_pool);

    public static InstrumentSpec WorkerTainted { get; } = new(
        TelemetryNames.WorkerTainted, Counter, "{worker}", "Slots that were kept from calls for a time.", s_pool, TelemetryTags.Taint);

    public static InstrumentSpec HealthCheckFailed { get; } = new(
        TelemetryNames.HealthCheckFailed, Counter, "{worker}", "Workers that failed a check or missed a heartbeat.", s_pool);

    public static InstrumentSpec WorkerNearTtl { get; } = new(
        TelemetryNames.WorkerNearTtl, UpDownCounter, "{worker}", "Workers past nine tenths of their effective lifetime.", s_pool);

    public static InstrumentSpec WorkerNearMaxRequests { get; } = new(
        TelemetryNames.WorkerNearMaxRequests, UpDownCounter, "{worker}", "Workers past nine tenths of their calls.", s_pool);

    public static InstrumentSpec WorkerOverdue { get; } = new(
        TelemetryNames.WorkerOverdue, UpDownCounter, "{worker}",
        "Workers that are due for replacement and keep serving because the replacement is not ready.", s_pool);

    public static InstrumentSpec WorkerOvershoot { get; } = new(
        TelemetryNames.WorkerOvershoot, Counter, "{call}",
        "Calls that workers began beyond `Recycle.MaxRequests`. Always 0 with `Recycle.StrictMaxRequests`.", s_pool);

    public static InstrumentSpec WorkerUptime { get; } = new(
        TelemetryNames.WorkerUptime, Histogram, "s", "The lifetime of a worker, recorded at its end.", s_pool)
    {
        Buckets = [60, 300, 600, 1_800, 3_600, 7_200],
    };

    public static InstrumentSpec WorkerRequests { get; } = new(
        TelemetryNames.WorkerRequests, Histogram, "{call}", "The number of calls that a worker began, recorded at its end.", s_pool)
    {
        Buckets = [10, 50, 100, 500, 1_000, 5_000],
    };

    public static InstrumentSpec ProcessCpuTime { get; } = new(
        TelemetryNames.ProcessCpuTime, Counter, "s",
        "The processor time that the workers of a slot have used, including those that have ended.", s_pool, TelemetryTags.Slot);

    public static InstrumentSpec ProcessMemory { get; } = new(
        TelemetryNames.ProcessMemory, UpDownCounter, "By",
        "The private memory of the worker that serves in a slot, including its child processes. 0 without a worker.",
        s_pool, TelemetryTags.Slot);

    public static InstrumentSpec ProcessThreads { get; } = new(
        TelemetryNames.ProcessThreads, UpDownCounter, "{thread}",
        "The threads of the worker that serves in a slot. 0 without a worker.", s_pool, TelemetryTags.Slot);

    public static InstrumentSpec InputQuarantined { get; } = new(
        TelemetryNames.InputQuarantined, Counter, "{input}", "Inputs that were quarantined because they killed workers.", s_pool);

    public static InstrumentSpec SessionCount { get; } =
        new(TelemetryNames.SessionCount, UpDownCounter, "{session}", "Sessions that have begun and not ended.", s_pool);

    public static InstrumentSpec SessionStarted { get; } =
        new(TelemetryNames.SessionStarted, Counter, "{session}", "Sessions that have begun.", s_pool);

    public static InstrumentSpec SessionEnded { get; } =
        new(TelemetryNames.SessionEnded, Counter, "{session}", "Sessions that have ended.", s_pool, TelemetryTags.SessionEnd);

    public static InstrumentSpec SessionMoved { get; } = new(
        TelemetryNames.SessionMoved, Counter, "{session}", "Strict sessions that have moved to another worker with their state.", s_pool);

    public static InstrumentSpec SessionKept { get; } = new(
        TelemetryNames.SessionKept, Counter, "{session}",
        "Strict sessions that could not move, and stay with a worker that is being replaced.", s_pool);

    public static InstrumentSpec SessionLost { get; } = new(
        TelemetryNames.SessionLost, Counter, "{session}", "Strict sessions that have lost their worker.",
        s_pool, TelemetryTags.SessionLoss);

    public static InstrumentSpec BudgetReserved { get; } = new(
        TelemetryNames.BudgetReserved, UpDownCounter, "By",
        "Memory of `MemoryBudget` that the pool's workers have or that is kept for them. Only with a budget.",
        s_pool);

    public static InstrumentSpec BudgetMemoryWaiting { get; } = new(
        TelemetryNames.BudgetMemoryWaiting, UpDownCounter, "{worker}",
        "Workers that the pool goes without because `MemoryBudget` has no room. Only with a budget.", s_pool);

    public static InstrumentSpec BudgetReplacementWaiting { get; } = new(
        TelemetryNames.BudgetReplacementWaiting, UpDownCounter, "{worker}",
        "Workers that are to be replaced and wait for their pool's turn under `MaxConcurrentRecycles`. Only with a budget.", s_pool);

    public static InstrumentSpec PythonDropped { get; } = new(
        TelemetryNames.PythonDropped, Counter, "{record}",
        "Measurements, events and spans of Python code that were dropped.", s_pool, TelemetryTags.PythonDrop);

    /// <summary>All rows, in the order of the documentation.</summary>
    public static IReadOnlyList<InstrumentSpec> All { get; } =
    [
        CallDuration, CallsRejected, CallsRetried, QueueWait, QueueLength, WaitingForRoom,
        StreamDuration, StreamFirstItem, StreamBlocked, StreamItems, StreamBytes,
        PoolSize, PoolScaled, CapacityReached, PoolSaturated, CircuitOpened,
        WorkerCount, WorkerStartDuration, WorkerStartFailed, WorkerRecycled, WorkerCrashed, WorkerTainted, HealthCheckFailed,
        WorkerNearTtl, WorkerNearMaxRequests, WorkerOverdue, WorkerOvershoot, WorkerUptime, WorkerRequests,
        ProcessCpuTime, ProcessMemory, ProcessThreads,
        InputQuarantined, SessionCount, SessionStarted, SessionEnded, SessionMoved, SessionKept, SessionLost,
        BudgetReserved, BudgetMemoryWaiting, BudgetReplacementWaiting, PythonDropped,
    ];
}
