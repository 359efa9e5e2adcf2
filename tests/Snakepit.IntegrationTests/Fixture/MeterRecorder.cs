using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>Records all measurements of a runtime whose meter comes from its factory.</summary>
internal sealed class MeterRecorder : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly List<(string Instrument, string Tags, double Value)> _told = [];
    private readonly Dictionary<string, double> _series = []; // sums of what is counted, else the last value
    private readonly HashSet<string> _counters = [];

    public MeterRecorder()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == Factory)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    public IMeterFactory Factory => _services.GetRequiredService<IMeterFactory>();

    /// <summary>Returns what an instrument was told, in order: <c>1 pool=it</c>.</summary>
    public string[] Told(string instrument)
    {
        lock (_gate)
        {
            return
            [
                .. _told.Where(one => one.Instrument == instrument)
                    .Select(static one => string.Create(CultureInfo.InvariantCulture, $"{one.Value} {one.Tags}")),
            ];
        }
    }

    /// <summary>Reads the observable instruments, and returns the value of every series, with those that only grow apart.</summary>
    public (Dictionary<string, double> Counters, int Series) Observe()
    {
        _listener.RecordObservableInstruments();
        lock (_gate)
        {
            return (_series.Where(one => _counters.Contains(one.Key)).ToDictionary(), _series.Count);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string text = string.Join(
            ' ', tags.ToArray().OrderBy(static tag => tag.Key, StringComparer.Ordinal).Select(static tag => $"{tag.Key}={tag.Value}"));
        string series = $"{instrument.Name} {text}";
        string kind = instrument.GetType().Name;
        lock (_gate)
        {
            _told.Add((instrument.Name, text, value));
            _series[series] = kind == "Counter`1" ? _series.GetValueOrDefault(series) + value : value;
            if (kind is "Counter`1" or "ObservableCounter`1")
            {
                _counters.Add(series);
            }
        }
    }
}
