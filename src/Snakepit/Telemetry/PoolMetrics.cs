using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>
/// Records the measurements of a pool. Tags are made once; without a listener nothing is recorded. Listeners are user code: measurements of
/// a call are recorded at once, on its caller's thread, without allocations; all others later, on a separate thread.
/// </summary>
internal sealed class PoolMetrics : IDisposable
{
    private static readonly WorkerState[] s_liveStates =
        [
            WorkerState.Launching,
            WorkerState.Booting,
            WorkerState.Ready,
            WorkerState.Serving,
            WorkerState.Draining,
            WorkerState.Stopping,
            WorkerState.Exhausted,
        ];

    private static readonly TimeSpan s_collection = TimeSpan.FromSeconds(1); // longer than a collection takes

    private readonly Lock _reading = new();
    private readonly HashSet<Gauge> _readFor = [];
    private readonly SnakepitMetrics _metrics;
    private readonly Func<PoolGauges> _gauges;
    private readonly TagList _pool;
    private readonly TagList[] _byOutcome;
    private readonly TagList[] _byReason;
    private readonly TagList[] _byRejection;
    private readonly TagList[] _byTaint;
    private readonly TagList[] _byLoss;
    private readonly TagList[] _bySessionEnd;
    private readonly TagList[] _byScaling;
    private readonly KeyValuePair<string, object?>[][] _byState;
    private PoolGauges _last;
    private long _readAt;

    internal PoolMetrics(SnakepitMetrics metrics, string pool, Func<PoolGauges> gauges)
    {
        _metrics = metrics;
        _gauges = gauges;
        KeyValuePair<string, object?> poolTag = new(TelemetryNames.PoolTag, pool);
        _pool = new TagList([poolTag]);
        _byOutcome = Array.ConvertAll(
            Enum.GetValues<CallOutcome>(), outcome => new TagList([poolTag, new(TelemetryNames.OutcomeTag, TelemetryNames.Of(outcome))]));
        _byReason = Array.ConvertAll(
            Enum.GetValues<RecycleReason>(), reason => new TagList([poolTag, new(TelemetryNames.ReasonTag, TelemetryNames.Of(reason))]));
        _byRejection = Array.ConvertAll(
            Enum.GetValues<RejectionReason>(), reason => new TagList([poolTag, new(TelemetryNames.ReasonTag, TelemetryNames.Of(reason))]));
        _byTaint = Array.ConvertAll(
            Enum.GetValues<TaintReason>(), reason => new TagList([poolTag, new(TelemetryNames.ReasonTag, TelemetryNames.Of(reason))]));
        _byLoss = Array.ConvertAll(
            Enum.GetValues<SessionLossReason>(),
            reason => new TagList([poolTag, new(TelemetryNames.ReasonTag, TelemetryNames.Of(reason))]));
        _bySessionEnd = Array.ConvertAll(
            (string[])["ended", "expired"], reason => new TagList([poolTag, new(TelemetryNames.ReasonTag, reason)]));
        _byScaling = Array.ConvertAll(
            Enum.GetValues<ScaleReason>(), reason => new TagList([poolTag, new(TelemetryNames.ReasonTag, TelemetryNames.Of(reason))]));
        _byState = Array.ConvertAll(
            s_liveStates, state => (KeyValuePair<string, object?>[])[poolTag, new(TelemetryNames.StateTag, TelemetryNames.Of(state))]);
    }

    public void CallEnded(CallOutcome outcome, TimeSpan duration)
    {
        ref readonly TagList tags = ref _byOutcome[(int)outcome];
        Count(_metrics.Calls.Ended, in tags);
        Record(_metrics.Calls.Duration, duration.TotalSeconds, in tags);
    }

    /// <param name="items">The items that arrived.</param>
    /// <param name="bytes">Their bytes.</param>
    /// <param name="duration">The time from the submission to the end.</param>
    /// <param name="toFirstItem">The time to the first item; null without one.</param>
    /// <param name="blocked">The time that the tool waited for credit; null when unknown.</param>
    public void StreamEnded(long items, long bytes, TimeSpan duration, TimeSpan? toFirstItem, TimeSpan? blocked)
    {
        StreamInstruments streams = _metrics.Streams;
        Count(streams.Items, in _pool, items);
        Count(streams.Bytes, in _pool, bytes);
        Record(streams.Duration, duration.TotalSeconds, in _pool);
        if (toFirstItem is { } first)
        {
            Record(streams.FirstItem, first.TotalSeconds, in _pool);
        }
        if (blocked is { } waited)
        {
            Record(streams.Blocked, waited.TotalSeconds, in _pool);
        }
    }

    public void CallRejected(RejectionReason reason) => Count(_metrics.Calls.Rejected, in _byRejection[(int)reason]);

    public void CallRetried() => Count(_metrics.Calls.Retried, in _pool);

    public void CircuitOpened() => CountLater(_metrics.Pools.CircuitOpened, in _pool);

    public void CallLeftQueue(TimeSpan waited) => Record(_metrics.Calls.QueueWait, waited.TotalSeconds, in _pool);

    public void PoolSaturated() => CountLater(_metrics.Pools.Saturated, in _pool);

    public void WorkerReady(TimeSpan startDuration) => RecordLater(_metrics.Workers.StartDuration, startDuration.TotalSeconds, in _pool);

    public void WorkerStartFailed() => CountLater(_metrics.Workers.StartFailed, in _pool);

    public void WorkerRecycled(RecycleReason reason) => CountLater(_metrics.Workers.Recycled, in _byReason[(int)reason]);

    public void WorkerCrashed() => CountLater(_metrics.Workers.Crashed, in _pool);

    public void WorkerTainted(TaintReason reason) => CountLater(_metrics.Workers.Tainted, in _byTaint[(int)reason]);

    public void InputQuarantined() => CountLater(_metrics.Pools.Quarantined, in _pool);

    public void SessionStarted() => CountLater(_metrics.Pools.SessionStarted, in _pool);

    public void SessionEnded(bool isExpired) => CountLater(_metrics.Pools.SessionEnded, _bySessionEnd[isExpired ? 1 : 0]);

    public void SessionMoved() => CountLater(_metrics.Pools.SessionMoved, in _pool);

    public void SessionKept() => CountLater(_metrics.Pools.SessionKept, in _pool);

    public void SessionsLost(SessionLossReason reason, int sessions) =>
        CountLater(_metrics.Pools.SessionLost, in _byLoss[(int)reason], sessions);

    public void HealthCheckFailed() => CountLater(_metrics.Workers.HealthCheckFailed, in _pool);

    public void PoolScaled(ScaleReason reason) => CountLater(_metrics.Pools.Scaled, in _byScaling[(int)reason]);

    public void CapacityReached() => Count(_metrics.Pools.CapacityReached, in _pool);

    /// <summary>A worker has ended, for any reason.</summary>
    public void WorkerEnded(TimeSpan uptime, long requests)
    {
        RecordLater(_metrics.Workers.Uptime, uptime.TotalSeconds, in _pool);
        RecordLater(_metrics.Workers.Requests, requests, in _pool);
    }

    /// <summary>Stops the reading of the pool's gauges.</summary>
    public void Dispose() => _metrics.Remove(this);

    internal Measurement<int> ReadQueue() => new(Read(Gauge.Queue).QueueLength, in _pool);

    internal IEnumerable<Measurement<int>> ReadWaitingForRoom() => [new(Read(Gauge.WaitingForRoom).WaitingForRoom, in _pool)];

    internal IEnumerable<Measurement<int>> ReadSessions() => [new(Read(Gauge.Sessions).Sessions, in _pool)];

    internal IEnumerable<Measurement<int>> ReadWorkers()
    {
        PoolGauges now = Read(Gauge.Workers);
        int[] counts = [now.Launching, now.Booting, now.Ready, now.Serving, now.Draining, now.Stopping, now.Exhausted];
        // States without workers are included: a series that comes and goes looks stale, not zero.
        return counts.Zip(_byState, static (count, tags) => new Measurement<int>(count, tags));
    }

    internal IEnumerable<Measurement<int>> ReadNearTtl() => [new(Read(Gauge.NearTtl).NearTtl, in _pool)];

    internal IEnumerable<Measurement<int>> ReadNearMaxRequests() => [new(Read(Gauge.NearMaxRequests).NearMaxRequests, in _pool)];

    internal IEnumerable<Measurement<int>> ReadOverdue() => [new(Read(Gauge.Overdue).Overdue, in _pool)];

    internal IEnumerable<Measurement<long>> ReadOvershoot() => [new(Read(Gauge.Overshoot).Overshoot, in _pool)];

    internal IEnumerable<Measurement<int>> ReadSize() => [new(Read(Gauge.Size).Size, in _pool)];

    internal IEnumerable<Measurement<long>> ReadBudgetReserved() =>
        Read(Gauge.BudgetReserved).Budget is { } budget ? [new(budget.Reserved.Bytes, in _pool)] : [];

    internal IEnumerable<Measurement<int>> ReadBudgetMemoryWaiting() =>
        Read(Gauge.BudgetMemoryWaiting).Budget is { } budget ? [new(budget.WaitingForMemory, in _pool)] : [];

    internal IEnumerable<Measurement<int>> ReadBudgetReplacementWaiting() =>
        Read(Gauge.BudgetReplacementWaiting).Budget is { } budget ? [new(budget.WaitingToReplace, in _pool)] : [];

    internal IEnumerable<Measurement<long>> ReadMemory() =>
        Slots(Gauge.Memory).Select(slot => new Measurement<long>(slot.Memory, TagsOf(slot)));

    internal IEnumerable<Measurement<double>> ReadCpuTime() =>
        Slots(Gauge.CpuTime).Select(slot => new Measurement<double>(slot.CpuTime.TotalSeconds, TagsOf(slot)));

    private IReadOnlyList<SlotGauge> Slots(Gauge gauge) => Read(gauge).Slots ?? [];

    /// <summary>
    /// All gauges of a collection share one snapshot of the pool. A gauge that asks for the second time begins the next collection.
    /// </summary>
    private PoolGauges Read(Gauge gauge)
    {
        lock (_reading)
        {
            if (_readFor.Contains(gauge) || _readFor.Count == 0 || Stopwatch.GetElapsedTime(_readAt) > s_collection)
            {
                _readFor.Clear();
                _last = _gauges();
                _readAt = Stopwatch.GetTimestamp();
            }
            _readFor.Add(gauge);
            return _last;
        }
    }

    private KeyValuePair<string, object?>[] TagsOf(SlotGauge slot) => [_pool[0], new(TelemetryNames.SlotTag, slot.Slot)];

    private void CountLater(Counter<long> counter, in TagList tags, int count = 1)
    {
        if (counter.Enabled)
        {
            _metrics.Later.Add(new Later<long>(counter.Add, count, tags));
        }
    }

    private void RecordLater<T>(Histogram<T> histogram, T value, in TagList tags)
        where T : struct
    {
        if (histogram.Enabled)
        {
            _metrics.Later.Add(new Later<T>(histogram.Record, value, tags));
        }
    }

    private static void Count(Counter<long> counter, in TagList tags, long count = 1)
    {
        if (counter.Enabled)
        {
            try
            {
                counter.Add(count, in tags);
            }
            catch (Exception)
            {
                // A listener has failed, which must not change the outcome of the call.
            }
        }
    }

    private static void Record<T>(Histogram<T> histogram, T value, in TagList tags)
        where T : struct
    {
        if (histogram.Enabled)
        {
            try
            {
                histogram.Record(value, in tags);
            }
            catch (Exception)
            {
                // As above.
            }
        }
    }

    private delegate void Recorder<T>(T value, in TagList tags);

    private sealed class Later<T>(Recorder<T> recorder, T value, TagList tags) : TelemetryRecord
    {
        protected override void Write() => recorder(value, in tags);
    }

    private enum Gauge
    {
        Queue,
        WaitingForRoom,
        Sessions,
        Workers,
        NearTtl,
        NearMaxRequests,
        Overdue,
        Overshoot,
        Size,
        BudgetReserved,
        BudgetMemoryWaiting,
        BudgetReplacementWaiting,
        Memory,
        CpuTime,
    }
}
