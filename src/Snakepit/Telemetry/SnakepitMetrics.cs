using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Snakepit.Telemetry;

/// <summary>The instruments of a runtime. Series are labelled by pool, never by process: their number is constant over any number of recycles.</summary>
internal sealed class SnakepitMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private ImmutableArray<PoolMetrics> _pools = [];

    /// <param name="factory">Its meter is used, and it owns that; null: this has one of its own.</param>
    /// <param name="logger">Told of measurements for which there was no room.</param>
    public SnakepitMetrics(IMeterFactory? factory = null, ILogger? logger = null)
    {
        logger ??= NullLogger.Instance;
        Later = new RecordQueue("Snakepit metrics", logger.MeasurementsDropped);
        _ownsMeter = factory is null;
        _meter = factory?.Create(TelemetryNames.Meter) ?? new Meter(TelemetryNames.Meter);
        Calls = _meter.CreateCounter<long>(TelemetryNames.Calls, "{call}", "Calls that ended, by outcome.");
        CallDuration = Seconds(TelemetryNames.CallDuration, "From a call's submission to its end.", Buckets.Calls);
        CallsRejected = _meter.CreateCounter<long>(TelemetryNames.CallsRejected, "{call}", "Calls the pool did not take or let wait too long, by reason.");
        CallsRetried = _meter.CreateCounter<long>(TelemetryNames.CallsRetried, "{call}", "Calls that were made again after a failure.");
        CircuitOpened = _meter.CreateCounter<long>(TelemetryNames.CircuitOpened, "{event}", "How often calls began to be refused, since too many failed.");
        QueueWait = Seconds(TelemetryNames.QueueWait, "How long calls waited for a worker.", Buckets.Calls);
        Saturated = _meter.CreateCounter<long>(TelemetryNames.PoolSaturated, "{event}", "How often a queue became full, or too long for calls to be run in time.");
        StartDuration = Seconds(TelemetryNames.WorkerStartDuration, "From a worker's launch to ready.", Buckets.Starts);
        StartFailed = _meter.CreateCounter<long>(TelemetryNames.WorkerStartFailed, "{worker}", "Workers that could not start.");
        Recycled = _meter.CreateCounter<long>(TelemetryNames.WorkerRecycled, "{worker}", "Workers that were replaced, by reason.");
        Crashed = _meter.CreateCounter<long>(TelemetryNames.WorkerCrashed, "{worker}", "Workers whose process ended without being told to.");
        Tainted = _meter.CreateCounter<long>(TelemetryNames.WorkerTainted, "{worker}", "Workers whose place got no calls for a time, by reason.");
        HealthCheckFailed = _meter.CreateCounter<long>(TelemetryNames.HealthCheckFailed, "{worker}", "Workers that failed their check or gave no sign of life.");
        CapacityReached = _meter.CreateCounter<long>(TelemetryNames.CapacityReached, "{event}", "How often a call had to wait while none did.");
        Quarantined = _meter.CreateCounter<long>(TelemetryNames.InputQuarantined, "{input}", "Inputs that were put in quarantine because workers died of them.");
        Uptime = Seconds(TelemetryNames.WorkerUptime, "How long a worker lived, told at its end.", Buckets.Uptime);
        Requests = _meter.CreateHistogram(
            TelemetryNames.WorkerRequests, "{call}", "Calls a worker began, told at its end.", null,
            new InstrumentAdvice<long> { HistogramBucketBoundaries = Buckets.Requests });
        _meter.CreateObservableGauge(TelemetryNames.QueueLength, ObserveQueues, "{call}", "Calls that wait for a worker.");
        _meter.CreateObservableGauge(
            TelemetryNames.WaitingForRoom, () => Observe(static pool => pool.ReadWaitingForRoom()), "{call}", "Calls that wait until the queue has room.");
        _meter.CreateObservableGauge(TelemetryNames.WorkerCount, () => Observe(static pool => pool.ReadWorkers()), "{worker}", "Worker processes, by state.");
        _meter.CreateObservableGauge(
            TelemetryNames.WorkerNearTtl, () => Observe(static pool => pool.ReadNearTtl()), "{worker}", "Workers past nine tenths of their time.");
        _meter.CreateObservableGauge(
            TelemetryNames.WorkerNearMaxRequests, () => Observe(static pool => pool.ReadNearMaxRequests()), "{worker}", "Workers past nine tenths of their calls.");
        _meter.CreateObservableGauge(
            TelemetryNames.WorkerOverdue, () => Observe(static pool => pool.ReadOverdue()), "{worker}", "Workers that are due to be replaced and serve on.");
        _meter.CreateObservableCounter(
            TelemetryNames.WorkerOvershoot, () => Observe(static pool => pool.ReadOvershoot()), "{call}", "Calls that workers began beyond Recycle.MaxRequests.");
        _meter.CreateObservableGauge(
            TelemetryNames.WorkerMemory, () => Observe(static pool => pool.ReadMemory()), "By", "Private memory of the worker that serves in a slot.");
        _meter.CreateObservableGauge(
            TelemetryNames.WorkerCpuTime, () => Observe(static pool => pool.ReadCpuTime()), "s", "Processor time of the worker that serves in a slot.");
    }

    /// <summary>Measurements that no thread of a caller makes. A listener of the meter that blocks must not hold up threads that carry every worker's fate.</summary>
    public RecordQueue Later { get; }

    public Counter<long> Calls { get; }

    public Histogram<double> CallDuration { get; }

    public Counter<long> CallsRejected { get; }

    public Counter<long> CallsRetried { get; }

    public Counter<long> CircuitOpened { get; }

    public Histogram<double> QueueWait { get; }

    public Counter<long> Saturated { get; }

    public Histogram<double> StartDuration { get; }

    public Counter<long> StartFailed { get; }

    public Counter<long> Recycled { get; }

    public Counter<long> Crashed { get; }

    public Counter<long> Tainted { get; }

    public Counter<long> HealthCheckFailed { get; }

    public Counter<long> CapacityReached { get; }

    public Counter<long> Quarantined { get; }

    public Histogram<double> Uptime { get; }

    public Histogram<long> Requests { get; }

    /// <summary>Begins to report a pool. Its gauges are read with <paramref name="gauges"/>, from any thread, until the answer is disposed.</summary>
    public PoolMetrics AddPool(string pool, Func<PoolGauges> gauges)
    {
        PoolMetrics metrics = new(this, pool, gauges);
        ImmutableInterlocked.Update(ref _pools, static (pools, added) => pools.Add(added), metrics);
        return metrics;
    }

    internal void Remove(PoolMetrics metrics) => ImmutableInterlocked.Update(ref _pools, static (pools, removed) => pools.Remove(removed), metrics);

    public void Dispose()
    {
        _pools = [];
        if (_ownsMeter)
        {
            _meter.Dispose();
        }
    }

    private Histogram<double> Seconds(string name, string description, double[] buckets) =>
        _meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });

    private IEnumerable<Measurement<int>> ObserveQueues()
    {
        foreach (PoolMetrics pool in _pools)
        {
            yield return pool.ReadQueue();
        }
    }

    private IEnumerable<Measurement<T>> Observe<T>(Func<PoolMetrics, IEnumerable<Measurement<T>>> read)
        where T : struct => _pools.SelectMany(read);

    /// <summary>Histogram boundaries: the usual ones are made for milliseconds and would put every call into the first.</summary>
    private static class Buckets
    {
        public static readonly double[] Calls = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
        public static readonly double[] Starts = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
        public static readonly double[] Uptime = [60, 300, 600, 1_800, 3_600, 7_200];
        public static readonly long[] Requests = [10, 50, 100, 500, 1_000, 5_000];
    }
}
