using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>Records for one pool. Its tags are made once, so that recording allocates nothing; what nobody listens to returns at once.</summary>
internal sealed class PoolMetrics : IDisposable
{
    private static readonly WorkerState[] s_liveStates =
        [WorkerState.Launching, WorkerState.Booting, WorkerState.Ready, WorkerState.Serving, WorkerState.Draining, WorkerState.Stopping];

    private readonly SnakepitMetrics _metrics;
    private readonly Func<PoolGauges> _gauges;
    private readonly TagList _pool;
    private readonly TagList[] _byOutcome;
    private readonly TagList[] _byReason;
    private readonly KeyValuePair<string, object?>[][] _byState;

    internal PoolMetrics(SnakepitMetrics metrics, string pool, Func<PoolGauges> gauges)
    {
        _metrics = metrics;
        _gauges = gauges;
        KeyValuePair<string, object?> poolTag = new(TelemetryNames.PoolTag, pool);
        _pool = new TagList([poolTag]);
        _byOutcome = Array.ConvertAll(Enum.GetValues<CallOutcome>(), outcome => new TagList([poolTag, new(TelemetryNames.OutcomeTag, TelemetryNames.Of(outcome))]));
        _byReason = Array.ConvertAll(Enum.GetValues<RecycleReason>(), reason => new TagList([poolTag, new(TelemetryNames.ReasonTag, TelemetryNames.Of(reason))]));
        _byState = Array.ConvertAll(
            s_liveStates, state => (KeyValuePair<string, object?>[])[poolTag, new(TelemetryNames.StateTag, TelemetryNames.Of(state))]);
    }

    public void CallEnded(CallOutcome outcome, TimeSpan duration)
    {
        ref readonly TagList tags = ref _byOutcome[(int)outcome];
        if (_metrics.Calls.Enabled)
        {
            _metrics.Calls.Add(1, in tags);
        }
        if (_metrics.CallDuration.Enabled)
        {
            _metrics.CallDuration.Record(duration.TotalSeconds, in tags);
        }
    }

    public void CallRejected() => Count(_metrics.CallsRejected);

    public void CallLeftQueue(TimeSpan waited) => Record(_metrics.QueueWait, waited);

    public void PoolSaturated() => Count(_metrics.Saturated);

    public void WorkerReady(TimeSpan startDuration) => Record(_metrics.StartDuration, startDuration);

    public void WorkerStartFailed() => Count(_metrics.StartFailed);

    public void WorkerRecycled(RecycleReason reason)
    {
        if (_metrics.Recycled.Enabled)
        {
            _metrics.Recycled.Add(1, in _byReason[(int)reason]);
        }
    }

    public void WorkerCrashed() => Count(_metrics.Crashed);

    /// <summary>A worker's life is over, whatever ended it.</summary>
    public void WorkerEnded(TimeSpan uptime, long requests)
    {
        Record(_metrics.Uptime, uptime);
        if (_metrics.Requests.Enabled)
        {
            _metrics.Requests.Record(requests, in _pool);
        }
    }

    /// <summary>Stops reading the pool's gauges.</summary>
    public void Dispose() => _metrics.Remove(this);

    internal Measurement<int> ReadQueue() => new(_gauges().QueueLength, in _pool);

    internal IEnumerable<Measurement<int>> ReadWorkers()
    {
        PoolGauges now = _gauges();
        int[] counts = [now.Launching, now.Booting, now.Ready, now.Serving, now.Draining, now.Stopping];
        // States without workers are told too: a series that comes and goes reads as stale, not as zero.
        return counts.Zip(_byState, static (count, tags) => new Measurement<int>(count, tags));
    }

    private void Count(Counter<long> counter)
    {
        if (counter.Enabled)
        {
            counter.Add(1, in _pool);
        }
    }

    private void Record(Histogram<double> histogram, TimeSpan value)
    {
        if (histogram.Enabled)
        {
            histogram.Record(value.TotalSeconds, in _pool);
        }
    }
}
