using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Testing;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Telemetry;

/// <summary>What Python code tells with ctx.telemetry, on its way to the meter.</summary>
public sealed class PythonTelemetryTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeLogCollector _logs = new();
    private readonly IMeterFactory _factory;
    private readonly SnakepitMetrics _metrics;
    private readonly PythonTelemetry _telemetry;
    private readonly OutputShare _share = new(static _ => { });

    public PythonTelemetryTests()
    {
        _factory = _services.GetRequiredService<IMeterFactory>();
        var logger = new FakeLogger(_logs);
        _metrics = new SnakepitMetrics(_factory, logger);
        _telemetry = new PythonTelemetry("text", _metrics, logger);
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task Measurements_reach_instruments_of_their_names_with_the_pool()
    {
        using MetricCollector<double> hits = Collect("app.hits");
        using MetricCollector<double> sizes = Collect("app.size");

        Take(PythonSignalKind.Counter, "app.hits", 2, ("hot", true));
        Take(PythonSignalKind.Counter, "app.hits", 3, ("hot", true));
        Take(PythonSignalKind.Histogram, "app.size", -0.5);
        await _metrics.Later.WhenWritten();

        Assert.Equal(["2 hot=True pool=text", "3 hot=True pool=text"], Told(hits));
        Assert.Equal(["-0.5 pool=text"], Told(sizes));
    }

    [Fact]
    public async Task Series_beyond_the_limit_are_dropped_counted_and_told_once()
    {
        using MetricCollector<double> hits = Collect("app.hits");
        using MetricCollector<long> dropped = new(_factory, TelemetryNames.Meter, TelemetryNames.PythonDropped);

        for (int key = 0; key < 5; key++)
        {
            Take(PythonSignalKind.Counter, "app.hits", 1, ("key", $"{key}"), ("other", 1L));
        }
        Take(PythonSignalKind.Counter, "app.hits", 1, ("other", 1L), ("key", "2")); // the same tags in another order
        await _metrics.Later.WhenWritten();

        Assert.Equal(4, hits.GetMeasurementSnapshot().Count);
        Assert.Equal(2, dropped.GetMeasurementSnapshot().Sum(static one => one.Value));
        Assert.All(dropped.GetMeasurementSnapshot(), static one => Assert.Equal("series_limit", one.Tags["reason"]));
        Assert.Equal(
            "Pool text drops measurements of instrument app.hits: it has 3 series already. Give its tags fewer values, or raise "
                + "Telemetry.MaxSeries. Logged once per instrument and reason",
            Assert.Single(_logs.GetSnapshot()).Message);
    }

    [Fact]
    public async Task An_instrument_has_one_kind_in_all_pools()
    {
        using MetricCollector<double> hits = Collect("app.hits");
        using MetricCollector<long> dropped = new(_factory, TelemetryNames.Meter, TelemetryNames.PythonDropped);
        var other = new PythonTelemetry("other", _metrics, new FakeLogger(_logs));

        Take(PythonSignalKind.Counter, "app.hits", 1);
        other.Take(new PythonSignal(PythonSignalKind.Counter, "app.hits") { Value = 4 }, _share, default, 3);
        other.Take(new PythonSignal(PythonSignalKind.Histogram, "app.hits") { Value = 1 }, _share, default, 3);
        await _metrics.Later.WhenWritten();

        Assert.Equal(["1 pool=text", "4 pool=other"], Told(hits));
        Assert.Equal(["1 pool=other reason=kind_conflict"], Told(dropped));
    }

    [Fact]
    public async Task Number_of_instruments_is_bounded()
    {
        using MetricCollector<long> dropped = new(_factory, TelemetryNames.Meter, TelemetryNames.PythonDropped);

        for (int number = 0; number <= PythonInstruments.Limit; number++)
        {
            Take(PythonSignalKind.Counter, $"app.n{number}", 1);
        }
        await _metrics.Later.WhenWritten();

        Assert.Equal(["1 pool=text reason=instrument_limit"], Told(dropped));
    }

    [Fact]
    public async Task What_listeners_are_too_slow_for_is_dropped_and_told()
    {
        long lost = 0;
        var share = new OutputShare(count => lost += count);
        Take(PythonSignalKind.Counter, "app.hits", 0); // creates the instrument
        using BlockingListener listener = new(_factory, "app.hits");
        Take(PythonSignalKind.Counter, "app.hits", 1);
        await listener.Blocked;

        for (int i = 0; i < RecordQueue.Limit; i++)
        {
            _telemetry.Take(new PythonSignal(PythonSignalKind.Counter, "app.hits") { Value = 1 }, share, default, 3);
        }
        listener.Open();
        await _metrics.Later.WhenWritten();
        await _metrics.Later.WhenWritten();

        Assert.Equal(RecordQueue.Limit * 3 / 4, lost); // a worker gets a quarter of the room
        Assert.Equal(RecordQueue.Limit + 1, listener.Told + lost);
    }

    private void Take(PythonSignalKind kind, string name, double value, params (string Key, object? Value)[] tags) => _telemetry.Take(
        new PythonSignal(kind, name)
        {
            Value = value, Tags = [.. tags.Select(static tag => new KeyValuePair<string, object?>(tag.Key, tag.Value))],
        },
        _share, default, maxSeries: 3);

    private MetricCollector<double> Collect(string instrument) => new(_factory, TelemetryNames.Meter, instrument);

    private static IEnumerable<string> Told<T>(MetricCollector<T> collector)
        where T : struct => collector.GetMeasurementSnapshot().Select(static one =>
            string.Create(CultureInfo.InvariantCulture, $"{one.Value} {Text(one.Tags)}"));

    private static string Text(IReadOnlyDictionary<string, object?> tags) => string.Join(
        ' ', tags.OrderBy(static tag => tag.Key, StringComparer.Ordinal).Select(static tag => $"{tag.Key}={tag.Value}"));
}
