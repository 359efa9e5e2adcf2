using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Snakepit.Telemetry;

/// <summary>
/// The meter of a runtime and its instruments, by subject. Series are labelled by pool, never by process, so that their number stays
/// constant over any number of recycles.
/// </summary>
internal sealed class SnakepitMetrics : IDisposable
{
    private readonly bool _ownsMeter;
    private readonly GaugeInstruments _gauges;

    /// <param name="factory">The factory that creates and owns the meter; null when this object owns it.</param>
    /// <param name="logger">The logger for dropped measurements.</param>
    public SnakepitMetrics(IMeterFactory? factory = null, ILogger? logger = null)
    {
        logger ??= NullLogger.Instance;
        Later = new RecordQueue("Snakepit metrics", logger.MeasurementsDropped);
        _ownsMeter = factory is null;
        Meter = factory?.Create(TelemetryNames.Meter) ?? new Meter(TelemetryNames.Meter);
        Calls = new CallInstruments(Meter);
        Streams = new StreamInstruments(Meter);
        Pools = new PoolInstruments(Meter);
        Workers = new WorkerInstruments(Meter);
        Python = new PythonInstruments(Meter);
        _gauges = new GaugeInstruments(Meter);
    }

    /// <summary>
    /// Measurements that are not made on a caller's thread. A listener that blocks must not block the threads that serve all workers.
    /// </summary>
    public RecordQueue Later { get; }

    public Meter Meter { get; }

    public CallInstruments Calls { get; }

    public StreamInstruments Streams { get; }

    public PoolInstruments Pools { get; }

    public WorkerInstruments Workers { get; }

    /// <summary>The instruments that Python code has named.</summary>
    public PythonInstruments Python { get; }

    /// <summary>
    /// Begins to report a pool. Its gauges are read with <paramref name="gauges"/>, from any thread, until the result is disposed.
    /// </summary>
    public PoolMetrics AddPool(string pool, Func<PoolGauges> gauges)
    {
        PoolMetrics metrics = new(this, pool, gauges);
        _gauges.Add(metrics);
        return metrics;
    }

    internal void Remove(PoolMetrics metrics) => _gauges.Remove(metrics);

    public void Dispose()
    {
        _gauges.Clear();
        if (_ownsMeter)
        {
            Meter.Dispose();
        }
    }
}
