using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Snakepit.Telemetry;

/// <summary>
/// Passes on what Python code of a pool tells with <c>ctx.telemetry</c>: to the meter, and as spans. Bounds the series of each instrument,
/// and counts what it drops. Thread-safe.
/// </summary>
internal sealed class PythonTelemetry(string pool, SnakepitMetrics metrics, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<string>> _series = new(StringComparer.Ordinal); // by instrument
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal); // instruments that were told
    private readonly TagList[] _byReason = TelemetryTags.Expand(pool, TelemetryTags.PythonDrop);

    /// <summary>Takes one signal.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="share">What the worker takes of the queue.</param>
    /// <param name="parent">The span of the call; default for none.</param>
    /// <param name="maxSeries">The most series that an instrument may have.</param>
    public void Take(PythonSignal signal, OutputShare share, ActivityContext parent, int maxSeries)
    {
        switch (signal.Kind)
        {
            case PythonSignalKind.Counter or PythonSignalKind.Histogram:
                Measure(signal, share, maxSeries);
                break;
            case PythonSignalKind.Event or PythonSignalKind.Span when SnakepitTracing.HasListeners:
                metrics.Later.Add(new LaterSpan(SpanOf(signal, parent), share));
                break;
        }
    }

    /// <summary>Counts signals that were dropped.</summary>
    public void Drop(PythonDropReason reason, long count)
    {
        if (metrics.Python.Dropped.Enabled)
        {
            TagList tags = _byReason[(int)reason];
            metrics.Later.Add(new LaterMeasurement<long>(metrics.Python.Dropped.Add, count, tags));
        }
    }

    private void Measure(PythonSignal signal, OutputShare share, int maxSeries)
    {
        Instrument? instrument = metrics.Python.Find(signal.Name, signal.Kind);
        bool isCounter = signal.Kind == PythonSignalKind.Counter;
        if (instrument is null)
        {
            Refuse(signal.Name, PythonDropReason.InstrumentLimit,
                $"there are {PythonInstruments.Limit:N0} instruments already. A name must not contain values, which belong in tags");
        }
        else if (isCounter != instrument is Counter<double>)
        {
            Refuse(signal.Name, PythonDropReason.KindConflict,
                $"it is a {(isCounter ? "histogram" : "counter")} elsewhere. Give one of them another name");
        }
        else if (!instrument.Enabled)
        {
            return;
        }
        else if (!IsWithinLimit(signal, maxSeries))
        {
            Refuse(signal.Name, PythonDropReason.SeriesLimit,
                $"it has {maxSeries:N0} series already. Give its tags fewer values, or raise Telemetry.MaxSeries");
        }
        else
        {
            TagList tags = new([new(TelemetryNames.PoolTag, pool), .. signal.Tags]);
            LaterMeasurement<double>.Recorder record =
                instrument is Counter<double> counter ? counter.Add : ((Histogram<double>)instrument).Record;
            metrics.Later.Add(new LaterMeasurement<double>(record, signal.Value, tags, share));
        }
    }

    private bool IsWithinLimit(PythonSignal signal, int maxSeries)
    {
        string series = string.Join(
            '\n', signal.Tags.OrderBy(static tag => tag.Key, StringComparer.Ordinal).Select(static tag => $"{tag.Key}={tag.Value}"));
        lock (_gate)
        {
            if (!_series.TryGetValue(signal.Name, out HashSet<string>? known))
            {
                _series[signal.Name] = known = new HashSet<string>(StringComparer.Ordinal);
            }
            return known.Contains(series) || (known.Count < maxSeries && known.Add(series));
        }
    }

    /// <summary>Drops a measurement; logs it once per instrument and reason.</summary>
    private void Refuse(string instrument, PythonDropReason reason, string why)
    {
        bool isNews;
        lock (_gate)
        {
            isNews = _refused.Count < PythonInstruments.Limit && _refused.Add($"{reason} {instrument}");
        }
        if (isNews)
        {
            logger.MeasurementsRefused(pool, instrument, why);
        }
        Drop(reason, 1);
    }

    private EndedSpan SpanOf(PythonSignal signal, ActivityContext parent) =>
        new(signal.Name, signal.Begin, signal.Begin + signal.Duration, parent)
        {
            Attributes = [new(TelemetryNames.PoolAttribute, pool), .. signal.Tags],
            ErrorType = signal.ErrorType,
            Children = [.. signal.Children.Select(child => SpanOf(child, default))],
        };
}
