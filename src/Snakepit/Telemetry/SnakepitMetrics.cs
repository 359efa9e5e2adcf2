using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Snakepit.Telemetry;

/// <summary>The meter of a runtime and its instruments, by subject. Series are labelled by pool, never by process: their number is constant
/// over any number of recycles.</summary>
internal sealed class SnakepitMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly GaugeInstruments _gauges;

    /// <param name="factory">Its meter is used, and it owns that; null: this has one of its own.</param>
    /// <param name="logger">Told of measurements for which there was no room.</param>
    public SnakepitMetrics(IMeterFactory? factory = null, ILogger? logger = null)
    {
        logger ??= NullLogger.Instance;
        Later = new RecordQueue("Snakepit metrics", logger.MeasurementsDropped);
        _ownsMeter = factory is null;
        _meter = factory?.Create(TelemetryNames.Meter) ?? new Meter(TelemetryNames.Meter);
        Calls = new CallInstruments(_meter);
        Pools = new PoolInstruments(_meter);
        Workers = new WorkerInstruments(_meter);
        _gauges = new GaugeInstruments(_meter);
    }

    /// <summary>Measurements that no thread of a caller makes. A listener of the meter that blocks must not hold up threads that carry
    /// every worker's fate.</summary>
    public RecordQueue Later { get; }

    public CallInstruments Calls { get; }

    public PoolInstruments Pools { get; }

    public WorkerInstruments Workers { get; }

    /// <summary>Begins to report a pool. Its gauges are read with <paramref name="gauges"/>, from any thread, until the answer is
    /// disposed.</summary>
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
            _meter.Dispose();
        }
    }
}
