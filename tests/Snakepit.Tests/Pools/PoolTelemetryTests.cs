using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Snakepit.Telemetry;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>The metrics, spans and log records of a pool.</summary>
[Trait("Rule", "A6")]
public sealed class PoolTelemetryTests
{
    [Fact]
    public async Task Every_call_is_counted_once_by_its_outcome()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Queue.Limit = 1);
        using MetricCollector<double> durations = Collect<double>(fixture, TelemetryNames.CallDuration);
        using var source = new CancellationTokenSource();

        await fixture.AddAsync();
        await Assert.ThrowsAsync<ToolException>(() => fixture.CallAsync("fail"));
        await Assert.ThrowsAsync<WorkerLostException>(() => fixture.CallAsync("die"));
        Task cancelled = fixture.BeginFor(source);
        source.Cancel();
        await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled);
        Task late = fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromSeconds(1) });
        await Assert.ThrowsAsync<PoolSaturatedException>(() => fixture.Begin());
        fixture.Time.Advance(TimeSpan.FromSeconds(1) + PoolFixture.Tick);
        await Assert.ThrowsAsync<CallTimeoutException>(() => late);
        fixture.NextSlow().Return(1);
        await fixture.StopAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(fixture.AddAsync);

        Assert.Equal(["ok", "tool_error", "worker_lost", "cancelled", "rejected", "timed_out", "stopped"], Tags(durations, "outcome"));
        Assert.All(durations.GetMeasurementSnapshot(), static call => Assert.Equal("text", call.Tags["pool"]));
        Assert.InRange(durations.GetMeasurementSnapshot()[5].Value, 1, 1.1);
    }

    [Fact]
    [Trait("Rule", "L1")]
    public async Task Listener_that_throws_harms_no_call_and_no_worker()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using MeterListener listener = new() { InstrumentPublished = (instrument, listener) => ListenTo(instrument, listener) };
        int longs = 0;
        int doubles = 0;
        listener.SetMeasurementEventCallback<long>(
            (_, _, _, _) => throw new InvalidOperationException($"a listener's own trouble {Interlocked.Increment(ref longs)}"));
        listener.SetMeasurementEventCallback<double>(
            (_, _, _, _) => throw new InvalidOperationException($"a listener's own trouble {Interlocked.Increment(ref doubles)}"));
        listener.Start();

        Assert.Equal(42, await fixture.AddAsync());
        await Assert.ThrowsAsync<WorkerLostException>(() => fixture.CallAsync("die"));
        RecycleReport report = await fixture.RecycleAsync();
        Assert.Equal(42, await fixture.AddAsync());
        await fixture.Measured;

        Assert.Single(report.Slots);
        Assert.True(longs > 0 && doubles > 0, $"The listener was told {longs} counts and {doubles} durations.");
        void ListenTo(Instrument instrument, MeterListener to)
        {
            if (instrument.Meter.Scope == fixture.Meters)
            {
                to.EnableMeasurementEvents(instrument);
            }
        }
    }

    [Fact]
    public async Task Calls_of_a_failing_pool_are_counted()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static _ => throw new FakeToolException("ImportError", "no torch"));
        using MetricCollector<double> calls = Collect<double>(fixture, TelemetryNames.CallDuration);

        await Assert.ThrowsAsync<AdapterLoadException>(fixture.AddAsync);

        Assert.Equal(["failing"], Tags(calls, "outcome"));
    }

    [Fact]
    public async Task Only_calls_that_waited_tell_how_long()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using MetricCollector<double> waits = Collect<double>(fixture, TelemetryNames.QueueWait);
        Task<int> first = fixture.Begin();
        Task<int> second = fixture.AddAsync();
        Assert.Empty(waits.GetMeasurementSnapshot());

        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        fixture.NextSlow().Return(1);
        await Task.WhenAll(first, second);

        Assert.Equal([2.0], waits.GetMeasurementSnapshot().Select(static wait => wait.Value));
    }

    [Fact]
    public async Task Rejections_and_saturation_are_counted()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Queue.Limit = 1);
        using MetricCollector<long> rejected = Collect<long>(fixture, TelemetryNames.CallsRejected);
        using MetricCollector<long> saturated = Collect<long>(fixture, TelemetryNames.PoolSaturated);
        _ = fixture.Begin();
        Task waiting = fixture.Begin();
        await Assert.ThrowsAsync<PoolSaturatedException>(() => fixture.Begin());
        fixture.Time.Advance(fixture.Options.Queue.Timeout + PoolFixture.Tick);
        await Assert.ThrowsAsync<PoolSaturatedException>(() => waiting);
        await fixture.Measured;

        Assert.Equal((2, 1), (rejected.GetMeasurementSnapshot().Count, saturated.GetMeasurementSnapshot().Count));
    }

    [Fact]
    public async Task Lives_of_workers_are_measured_at_their_end()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using MetricCollector<long> recycled = Collect<long>(fixture, TelemetryNames.WorkerRecycled);
        using MetricCollector<long> crashed = Collect<long>(fixture, TelemetryNames.WorkerCrashed);
        using MetricCollector<double> starts = Collect<double>(fixture, TelemetryNames.WorkerStartDuration);
        using MetricCollector<double> uptimes = Collect<double>(fixture, TelemetryNames.WorkerUptime);
        using MetricCollector<long> requests = Collect<long>(fixture, TelemetryNames.WorkerRequests);

        await fixture.AddAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(30));
        await fixture.RecycleAsync(0);
        await fixture.AddAsync();
        await fixture.AddAsync();
        fixture.Workers.Get("text", 0).Crash();
        await fixture.Measured;

        Assert.Equal(["manual", "worker_died"], Tags(recycled, "reason"));
        Assert.Single(crashed.GetMeasurementSnapshot());
        Assert.Equal(2, starts.GetMeasurementSnapshot().Count);
        Assert.Equal([30.0, 0.0], uptimes.GetMeasurementSnapshot().Select(static life => life.Value));
        Assert.Equal([1L, 2L], requests.GetMeasurementSnapshot().Select(static life => life.Value));
    }

    [Fact]
    public async Task Gauges_tell_queue_and_workers_by_state_until_the_pool_has_stopped()
    {
        var gate = new TaskCompletionSource();
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            worker => worker.Id.Slot == 0 ? Task.CompletedTask : gate.Task, p => p.Size = 2);
        await fixture.ReadyAsync();
        using MetricCollector<int> queue = Collect<int>(fixture, TelemetryNames.QueueLength);
        using MetricCollector<int> workers = Collect<int>(fixture, TelemetryNames.WorkerCount);
        Task<int> running = fixture.Begin();
        _ = fixture.Begin();
        _ = fixture.Begin();

        queue.RecordObservableInstruments();
        workers.RecordObservableInstruments();

        Assert.Equal(2, queue.LastMeasurement!.Value);
        Assert.Equal(
            ["launching 0", "booting 1", "ready 0", "serving 1", "draining 0", "stopping 0", "exhausted 0"],
            workers.GetMeasurementSnapshot()
                .Select(static count => string.Create(CultureInfo.InvariantCulture, $"{count.Tags["state"]} {count.Value}")));

        fixture.NextSlow().Return(1);
        await running;
        fixture.NextSlow().Request.Worker.Crash();
        await fixture.DisposeAsync();
        queue.Clear();
        queue.RecordObservableInstruments();
        Assert.Empty(queue.GetMeasurementSnapshot());
    }

    /// <summary>The bar: the number of series is constant over 1,000 recycles, for all instruments together.</summary>
    [Fact]
    public async Task Recycling_adds_no_series()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        var series = new ConcurrentDictionary<string, long>();
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Scope == fixture.Meters)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, 0, tags));
        listener.Start();

        await RecycleAsync(10);
        string[] before = [.. series.Keys.Order(StringComparer.Ordinal)];
        await RecycleAsync(990);

        Assert.Equal(1_000, series["snakepit.worker.recycled pool=text reason=manual"]);
        Assert.Equal(before, series.Keys.Order(StringComparer.Ordinal));

        async Task RecycleAsync(int times)
        {
            for (int i = 0; i < times; i++)
            {
                await fixture.AddAsync();
                await fixture.RecycleAsync();
            }
            listener.RecordObservableInstruments();
            await fixture.Measured;
        }

        void Note(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string text = string.Join(
                ' ', tags.ToArray().OrderBy(static tag => tag.Key, StringComparer.Ordinal).Select(static tag => $"{tag.Key}={tag.Value}"));
            series.AddOrUpdate($"{instrument.Name} {text}", value, (_, sum) => sum + value);
        }
    }

    [Fact]
    public async Task A_pool_logs_its_start_and_its_stop()
    {
        PoolFixture fixture = await PoolFixture.StartAsync(p => p.Size = 2);
        await fixture.ReadyAsync(2);
        await fixture.DisposeAsync();

        FakeLogRecord started = Logged(fixture, EventIds.PoolStarted);
        Assert.Equal((LogLevel.Information, "Snakepit.Pool"), (started.Level, started.Category));
        Assert.Matches("^Pool text started: [12] of 2 workers are ready after 0 ms$", started.Message);
        Assert.Equal("Pool text stopped after 0 ms", Logged(fixture, EventIds.PoolStopped).Message);
    }

    [Fact]
    public async Task A_pool_that_first_failed_logs_its_start_once_when_it_is_ready()
    {
        bool broken = true;
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            _ => broken ? throw new FakeToolException("ImportError", "x") : Task.CompletedTask);
        Assert.DoesNotContain(fixture.Logs.GetSnapshot(), static line => line.Id.Id == EventIds.PoolStarted);

        broken = false;
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        fixture.Workers.Get("text", 0).Crash();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("Pool text started: 1 of 1 workers are ready after 1 s", Logged(fixture, EventIds.PoolStarted).Message);
    }

    [Fact]
    public async Task A_kill_a_crash_and_a_failed_start_are_logged_with_their_reasons()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        int pid = fixture.Workers.Get("text", 0).Pid;
        Task<int> call = fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromSeconds(1) });
        fixture.Time.Advance(TimeSpan.FromSeconds(1) + PoolFixture.Tick);
        await Assert.ThrowsAsync<CallTimeoutException>(() => call);
        fixture.Workers.Boot = static _ => throw new FakeToolException("ImportError", "no torch");
        fixture.Time.Advance(fixture.Options.Call.CancelGrace + PoolFixture.Tick);

        Assert.Equal(
            $"Worker text/0#1 (process {pid}) was killed: it continued a cancelled or timed-out call past Call.CancelGrace (2 s)",
            Logged(fixture, EventIds.WorkerKilled).Message);
        Assert.StartsWith(
            $"Worker text/0#1 (process {pid}) ended unexpectedly: killed by SIGKILL",
            Logged(fixture, EventIds.WorkerCrashed).Message,
            StringComparison.Ordinal);
        FakeLogRecord failed = Logged(fixture, EventIds.WorkerStartFailed);
        Assert.Equal("Worker text/0#2 failed to start; the next attempt is in 100 ms", failed.Message);
        Assert.IsType<AdapterLoadException>(failed.Exception);
    }

    [Fact]
    public async Task Stopping_logs_no_kill_and_no_crash()
    {
        PoolFixture fixture = await PoolFixture.StartAsync(static _ => new TaskCompletionSource().Task, p => p.Size = 2);
        await fixture.DisposeAsync();

        Assert.NotEmpty(fixture.Logs.GetSnapshot());
        Assert.DoesNotContain(fixture.Logs.GetSnapshot(), static line => line.Level >= LogLevel.Warning);
    }

    [Theory]
    [InlineData("debug", LogLevel.Debug)]
    [InlineData("info", LogLevel.Information)]
    [InlineData("warning", LogLevel.Warning)]
    [InlineData("error", LogLevel.Error)]
    [InlineData("critical", LogLevel.Critical)]
    public async Task What_python_logs_is_logged_at_its_level(string level, LogLevel expected)
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        fixture.Workers.Get("text", 0).Log(level, "half done");

        FakeLogRecord line = Logged(fixture, EventIds.PythonLog);
        Assert.Equal((expected, "text/0#1: half done"), (line.Level, line.Message));
    }

    [Fact]
    public async Task What_python_prints_is_logged_for_debugging()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        fixture.Workers.Get("text", 0).WriteLine("hello");

        FakeLogRecord line = Logged(fixture, EventIds.PythonOutput);
        Assert.Equal((LogLevel.Debug, "text/0#1: hello"), (line.Level, line.Message));
    }

    private static MetricCollector<T> Collect<T>(PoolFixture fixture, string instrument)
        where T : struct => new(fixture.Meters, TelemetryNames.Meter, instrument);

    private static IEnumerable<object?> Tags<T>(MetricCollector<T> collector, string tag)
        where T : struct => collector.GetMeasurementSnapshot().Select(one => one.Tags[tag]);

    private static FakeLogRecord Logged(PoolFixture fixture, int id) => Assert.Single(fixture.Logs.GetSnapshot(), line => line.Id.Id == id);
}
