using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>
/// Records the measurements of a pool. Tags are made once; without a listener nothing is recorded. Listeners are user code: measurements of
/// a call are recorded at once, on its caller's thread, without allocations; all others later, on a separate thread.
/// </summary>
internal sealed class PoolMetrics : IDisposable
{
    private readonly SnakepitMetrics _metrics;
    private readonly GaugeReadings _readings;
    private readonly TagList _pool;
    private readonly TagList[] _byOutcome;
    private readonly TagList[] _byReason;
    private readonly TagList[] _byRejection;
    private readonly TagList[] _byTaint;
    private readonly TagList[] _byLoss;
    private readonly TagList[] _bySessionEnd;
    private readonly TagList[] _byScaling;
    private readonly TagList[] _byState;
    private volatile bool _hasBegun;

    internal PoolMetrics(SnakepitMetrics metrics, string pool, Func<PoolGauges> gauges)
    {
        _metrics = metrics;
        _readings = new GaugeReadings(gauges);
        _pool = new TagList([new(TelemetryNames.PoolTag, pool)]);
        _byOutcome = TelemetryTags.Expand(pool, TelemetryTags.Outcome);
        _byReason = TelemetryTags.Expand(pool, TelemetryTags.RecycleReason);
        _byRejection = TelemetryTags.Expand(pool, TelemetryTags.Rejection);
        _byTaint = TelemetryTags.Expand(pool, TelemetryTags.Taint);
        _byLoss = TelemetryTags.Expand(pool, TelemetryTags.SessionLoss);
        _bySessionEnd = TelemetryTags.Expand(pool, TelemetryTags.SessionEnd);
        _byScaling = TelemetryTags.Expand(pool, TelemetryTags.Scaling);
        _byState = TelemetryTags.Expand(pool, TelemetryTags.State);
    }

    /// <summary>
    /// Reports the counters of rare events as 0: an alert on their increase would miss the first event of a series that begins with it. An
    /// exporter that listens later gets it with its first collection.
    /// </summary>
    public void BeginAtZero()
    {
        WorkerInstruments workers = _metrics.Workers;
        _hasBegun |= workers.Recycled.Enabled;
        Array.ForEach(_byReason, tags => CountLater(workers.Recycled, in tags, 0));
        Array.ForEach(_byRejection, tags => CountLater(_metrics.Calls.Rejected, in tags, 0));
        Array.ForEach(
            [workers.Crashed, workers.StartFailed, workers.HealthCheckFailed, _metrics.Pools.Saturated, _metrics.Pools.CircuitOpened],
            counter => CountLater(counter, in _pool, 0));
    }

    public void CallEnded(CallOutcome outcome, TimeSpan duration) =>
        Record(_metrics.Calls.Duration, duration.TotalSeconds, in _byOutcome[(int)outcome]);

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

    /// <summary>Reads a gauge of the pool; nothing when the pool has no value for it.</summary>
    internal IEnumerable<Measurement<T>> Read<T>(InstrumentSpec gauge, Func<PoolGauges, T?> select)
        where T : struct => select(_readings.Read(gauge).Pool) is { } value ? [new(value, in _pool)] : [];

    internal IEnumerable<Measurement<T>> ReadSlots<T>(InstrumentSpec gauge, Func<SlotGauge, T> select)
        where T : struct =>
        _readings.Read(gauge).Slots.Select(
            slot => new Measurement<T>(select(slot), new TagList([_pool[0], new(TelemetryNames.SlotTag, slot.Slot)])));

    internal IEnumerable<Measurement<int>> ReadWorkers()
    {
        if (!_hasBegun)
        {
            BeginAtZero();
        }
        PoolGauges now = _readings.Read(InstrumentTable.WorkerCount).Pool;
        int[] counts = [now.Launching, now.Booting, now.Ready, now.Serving, now.Draining, now.Stopping, now.Exhausted];
        // States without workers are included: a series that comes and goes looks stale, not zero.
        return counts.Zip(_byState, static (count, tags) => new Measurement<int>(count, in tags));
    }

    private void CountLater(Counter<long> counter, in TagList tags, int count = 1)
    {
        if (counter.Enabled)
        {
            _metrics.Later.Add(new LaterMeasurement<long>(counter.Add, count, in tags));
        }
    }

    private void RecordLater<T>(Histogram<T> histogram, T value, in TagList tags)
        where T : struct
    {
        if (histogram.Enabled)
        {
            _metrics.Later.Add(new LaterMeasurement<T>(histogram.Record, value, in tags));
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
}
