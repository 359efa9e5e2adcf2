using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Testing;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Telemetry;

public sealed class SnakepitMetricsTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly IMeterFactory _factory;
    private readonly SnakepitMetrics _metrics;

    public SnakepitMetricsTests()
    {
        _factory = _services.GetRequiredService<IMeterFactory>();
        _metrics = new SnakepitMetrics(_factory);
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void Call_ended_is_timed_by_outcome()
    {
        using MetricCollector<double> durations = Collect<double>(TelemetryNames.CallDuration);
        using PoolMetrics pool = AddPool("text");

        pool.CallEnded(CallOutcome.Succeeded, TimeSpan.FromMilliseconds(250));
        pool.CallEnded(CallOutcome.WorkerLost, TimeSpan.FromSeconds(2));

        Assert.Equal(["0.25 outcome=ok pool=text", "2 outcome=worker_lost pool=text"], Told(durations));
    }

    [Fact]
    public void Every_outcome_and_state_has_a_name_of_its_own()
    {
        Assert.Equal(
            [
                "ok", "tool_error", "result_mismatch", "rejected", "timed_out", "cancelled", "worker_lost", "session_lost", "worker_busy",
                "failing", "stopped",
            ],
            Enum.GetValues<CallOutcome>().Select(TelemetryNames.Of));
        Assert.Equal(Enum.GetValues<WorkerState>().Length, Enum.GetValues<WorkerState>().Select(TelemetryNames.Of).Distinct().Count());
    }

    [Fact]
    public async Task Worker_recycled_is_counted_by_reason()
    {
        using MetricCollector<long> recycled = Collect<long>(TelemetryNames.WorkerRecycled);
        using PoolMetrics pool = AddPool("text");

        pool.WorkerRecycled(RecycleReason.MaxRequests);
        pool.WorkerRecycled(RecycleReason.Manual);
        await _metrics.Later.WhenWritten();

        Assert.Equal(["1 pool=text reason=max_requests", "1 pool=text reason=manual"], Told(recycled));
    }

    [Fact]
    public async Task Every_other_record_reaches_its_instrument()
    {
        using PoolMetrics pool = AddPool("text");

        Assert.Equal(
            ["1 pool=text reason=too_late"],
            await RecordsAsync<long>(TelemetryNames.CallsRejected, () => pool.CallRejected(RejectionReason.TooLate)));
        Assert.Equal(
            ["0.5 pool=text"], await RecordsAsync<double>(TelemetryNames.QueueWait, () => pool.CallLeftQueue(TimeSpan.FromSeconds(0.5))));
        Assert.Equal(["1 pool=text"], await RecordsAsync<long>(TelemetryNames.PoolSaturated, pool.PoolSaturated));
        Assert.Equal(
            ["0.1 pool=text"],
            await RecordsAsync<double>(TelemetryNames.WorkerStartDuration, () => pool.WorkerReady(TimeSpan.FromSeconds(0.1))));
        Assert.Equal(["1 pool=text"], await RecordsAsync<long>(TelemetryNames.WorkerStartFailed, pool.WorkerStartFailed));
        Assert.Equal(["1 pool=text"], await RecordsAsync<long>(TelemetryNames.WorkerCrashed, pool.WorkerCrashed));
        Assert.Equal(
            ["90 pool=text"], await RecordsAsync<double>(TelemetryNames.WorkerUptime, () => pool.WorkerEnded(TimeSpan.FromSeconds(90), 7)));
        Assert.Equal(
            ["7 pool=text"], await RecordsAsync<long>(TelemetryNames.WorkerRequests, () => pool.WorkerEnded(TimeSpan.FromSeconds(90), 7)));
    }

    [Fact]
    public void Gauges_tell_every_pool_and_every_live_state()
    {
        using MetricCollector<int> queues = Collect<int>(TelemetryNames.QueueLength);
        using MetricCollector<int> workers = Collect<int>(TelemetryNames.WorkerCount);
        using PoolMetrics text = AddPool("text", new PoolGauges(5, 1, 2, 3, 4, 0, 6));
        using PoolMetrics ml = AddPool("ml");

        queues.RecordObservableInstruments();
        workers.RecordObservableInstruments();

        Assert.Equal(["5 pool=text", "0 pool=ml"], Told(queues));
        Assert.Equal(
            [
                "1 pool=text state=launching", "2 pool=text state=booting", "3 pool=text state=ready",
                "4 pool=text state=serving", "0 pool=text state=draining", "6 pool=text state=stopping",
                "0 pool=text state=exhausted",
            ],
            Told(workers).Where(static line => line.Contains("pool=text", StringComparison.Ordinal)));
    }

    [Fact]
    public void Gauges_of_a_disposed_pool_are_not_read_any_more()
    {
        using MetricCollector<int> queues = Collect<int>(TelemetryNames.QueueLength);
        int read = 0;
        PoolMetrics pool = _metrics.AddPool("text", () => new PoolGauges(++read, 0, 0, 0, 0, 0, 0));
        queues.RecordObservableInstruments();
        int before = read;

        pool.Dispose();
        queues.RecordObservableInstruments();

        Assert.NotEqual(0, before);
        Assert.Equal(before, read);
    }

    [Fact]
    public async Task Series_stay_the_same_over_many_recycles()
    {
        using MetricCollector<long> recycled = Collect<long>(TelemetryNames.WorkerRecycled);
        using MetricCollector<double> uptime = Collect<double>(TelemetryNames.WorkerUptime);
        using PoolMetrics pool = AddPool("text");

        for (int i = 0; i < 1_000; i++)
        {
            pool.WorkerRecycled(RecycleReason.MaxRequests);
            pool.WorkerEnded(TimeSpan.FromSeconds(i), i);
        }
        await _metrics.Later.WhenWritten();

        Assert.Equal(1_000, recycled.GetMeasurementSnapshot().Count);
        Assert.Single(Tags(recycled).Distinct());
        Assert.Single(Tags(uptime).Distinct());
    }

    [Fact]
    public void Uptime_and_requests_advise_the_buckets_that_dashboards_know()
    {
        Assert.Equal([60, 300, 600, 1_800, 3_600, 7_200], _metrics.Workers.Uptime.Advice?.HistogramBucketBoundaries);
        Assert.Equal([10, 50, 100, 500, 1_000, 5_000], _metrics.Workers.Requests.Advice?.HistogramBucketBoundaries);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Records_allocate_nothing(bool somebodyListens)
    {
        using SnakepitMetrics metrics = new();
        using PoolMetrics pool = metrics.AddPool("text", static () => default);
        long heard = 0;
        using MeterListener listener = new() { InstrumentPublished = (instrument, self) =>
        {
            if (somebodyListens && instrument == metrics.Calls.Rejected)
            {
                self.EnableMeasurementEvents(instrument);
            }
        } };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => heard += value);
        listener.Start();
        RecordEverything(pool);

        long allocated = Allocations.Of(() =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                RecordEverything(pool);
            }
        });

        Assert.Equal(0, allocated);
        Assert.Equal(somebodyListens, heard > 0);
    }

    [Fact]
    public async Task A_listener_that_blocks_costs_measurements_and_they_are_counted_once()
    {
        var logs = new FakeLogCollector();
        using SnakepitMetrics metrics = new(_factory, new FakeLogger(logs));
        using PoolMetrics pool = metrics.AddPool("text", static () => default);
        using BlockingListener listener = new(_factory, TelemetryNames.WorkerCrashed);
        pool.WorkerCrashed();
        await listener.Blocked; // the first measurement has left the queue

        for (int i = 0; i < RecordQueue.Limit + 5; i++)
        {
            pool.WorkerCrashed();
        }
        listener.Open();
        await metrics.Later.WhenWritten();
        await metrics.Later.WhenWritten(); // the count is logged when the queue is empty

        Assert.Equal(RecordQueue.Limit + 1, listener.Told);
        Assert.StartsWith("5 measurements", Assert.Single(logs.GetSnapshot()).Message, StringComparison.Ordinal);
    }

    private static void RecordEverything(PoolMetrics pool)
    {
        pool.CallEnded(CallOutcome.Succeeded, TimeSpan.FromMilliseconds(1));
        pool.CallLeftQueue(TimeSpan.FromMilliseconds(1));
        pool.CallRejected(RejectionReason.QueueFull);
        pool.WorkerReady(TimeSpan.FromMilliseconds(1));
        pool.WorkerRecycled(RecycleReason.Manual);
        pool.WorkerEnded(TimeSpan.FromMilliseconds(1), 1);
    }

    private static IEnumerable<string> Told<T>(MetricCollector<T> collector)
        where T : struct =>
        collector.GetMeasurementSnapshot().Select(static measurement =>
            string.Create(CultureInfo.InvariantCulture, $"{measurement.Value} {Tags(measurement)}"));

    private static IEnumerable<string> Tags<T>(MetricCollector<T> collector)
        where T : struct => collector.GetMeasurementSnapshot().Select(Tags);

    private static string Tags<T>(CollectedMeasurement<T> measurement)
        where T : struct =>
        string.Join(
            ' ', measurement.Tags.OrderBy(static tag => tag.Key, StringComparer.Ordinal).Select(static tag => $"{tag.Key}={tag.Value}"));

    [Fact]
    public void All_gauges_of_a_collection_share_one_reading()
    {
        int readings = 0;
        using PoolMetrics pool = _metrics.AddPool("text", () => new PoolGauges(++readings, 0, 0, 0, 0, 0, 0));
        var seen = new List<int>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == _factory && instrument.IsObservable)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) =>
        {
            if (instrument.Name == TelemetryNames.QueueLength)
            {
                seen.Add(value);
            }
        });
        listener.Start();

        listener.RecordObservableInstruments();
        listener.RecordObservableInstruments();

        Assert.Equal([1, 2], seen);
        Assert.Equal(2, readings);
    }

    private PoolMetrics AddPool(string name, PoolGauges gauges = default) => _metrics.AddPool(name, () => gauges);

    private MetricCollector<T> Collect<T>(string instrument)
        where T : struct => new(_factory, TelemetryNames.Meter, instrument);

    private async Task<List<string>> RecordsAsync<T>(string instrument, Action record)
        where T : struct
    {
        using MetricCollector<T> collector = Collect<T>(instrument);
        record();
        await _metrics.Later.WhenWritten();
        return [.. Told(collector)];
    }
}
