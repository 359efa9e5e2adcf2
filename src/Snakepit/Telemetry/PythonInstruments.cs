using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>The instruments that Python code has named, for all pools of a runtime. Thread-safe.</summary>
internal sealed class PythonInstruments(Meter meter)
{
    /// <summary>The most instruments there may be: a name that contains values would create one per value.</summary>
    public const int Limit = 1_000;

    private readonly ConcurrentDictionary<string, Instrument> _known = new(StringComparer.Ordinal);

    /// <summary>The signals that were dropped.</summary>
    public Counter<long> Dropped { get; } = meter.CreateCounter(InstrumentTable.PythonDropped);

    /// <summary>Returns the instrument of a name, which is created with its first use.</summary>
    /// <returns>Null when there are too many already. The instrument may be of another kind than <paramref name="kind"/>.</returns>
    public Instrument? Find(string name, PythonSignalKind kind)
    {
        if (_known.TryGetValue(name, out Instrument? known))
        {
            return known;
        }
        return _known.Count >= Limit ? null : _known.GetOrAdd(name, static (name, source) => source.kind == PythonSignalKind.Counter
            ? source.meter.CreateCounter<double>(name)
            : source.meter.CreateHistogram<double>(name), (meter, kind));
    }
}
