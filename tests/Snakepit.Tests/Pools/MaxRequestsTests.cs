using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Snakepit.Telemetry;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Replacement after a number of calls.</summary>
[Trait("Rule", "L8")]
public sealed class MaxRequestsTests : IAsyncLifetime
{
    private bool _broken;
    private PoolFixture _fixture = null!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_worker_whose_replacement_is_ready_never_begins_a_call_beyond_its_limit(bool strict)
    {
        var served = new Dictionary<WorkerId, int>();
        await StartAsync(p => (p.Recycle.MaxRequests, p.Recycle.StrictMaxRequests) = (3, strict));
        _fixture.Workers.Add("who", request => served[request.Worker.Id] = served.GetValueOrDefault(request.Worker.Id) + 1);

        for (int i = 0; i < 20; i++)
        {
            await _fixture.CallAsync("who");
        }

        Assert.Equal(20, served.Values.Sum());
        Assert.All(served.Values, static count => Assert.InRange(count, 1, 3));
        Assert.InRange(_fixture.Now.Recycled, 6, 20);
        Assert.Equal(0, _fixture.Now.Lifecycle.Overshoot);
    }

    [Fact]
    public async Task Failed_calls_count()
    {
        await StartAsync(static p => p.Recycle.MaxRequests = 2);

        await Assert.ThrowsAsync<ToolException>(() => _fixture.CallAsync("fail"));
        await Assert.ThrowsAsync<ToolException>(() => _fixture.CallAsync("fail"));

        await _fixture.UntilAsync(static pool => pool.Recycled == 1);
    }

    [Fact]
    public async Task Without_a_limit_no_worker_is_replaced()
    {
        await StartAsync(static _ => { });
        for (int i = 0; i < 100; i++)
        {
            await _fixture.AddAsync();
        }

        WorkerSnapshot worker = Assert.Single(_fixture.Now.Workers);
        Assert.Equal((1, 100L, null, null), (worker.Id.Generation, worker.Requests, worker.EffectiveMaxRequests, worker.RecycleReason));
        Assert.Equal((0L, null, 0), (worker.Overshoot, worker.OverdueFor, worker.FailedReplacements));
    }

    [Fact]
    [Trait("Rule", "L10")]
    public async Task While_the_replacement_cannot_start_the_worker_serves_on_and_everything_says_so()
    {
        await StartAsync(static p => p.Recycle.MaxRequests = 4);
        using MetricCollector<long> overshoot = Collect<long>(TelemetryNames.WorkerOvershoot);
        using MetricCollector<int> overdue = Collect<int>(TelemetryNames.WorkerOverdue);
        _broken = true;

        await CallAsync(10);
        _fixture.Time.Advance(TimeSpan.FromSeconds(5)); // further attempts fail too
        await CallAsync(1);

        WorkerSnapshot worker = Assert.Single(_fixture.Now.Workers, static worker => worker.State == WorkerState.Serving);
        Assert.Equal(
            (1, 11L, 7L, RecycleReason.MaxRequests), (worker.Id.Generation, worker.Requests, worker.Overshoot, worker.RecycleReason));
        Assert.Equal(TimeSpan.FromSeconds(5), worker.OverdueFor);
        Assert.InRange(worker.FailedReplacements, 2, 6);
        Assert.Equal((PoolState.Ready, 1), (_fixture.Now.State, _fixture.Now.Ready));
        Assert.Equal((7L, 1), (_fixture.Now.Lifecycle.Overshoot, _fixture.Now.Lifecycle.WorkersOverdue));
        Assert.Equal((7L, 1), (Read(overshoot), Read(overdue)));
        FakeLogRecord told = Assert.Single(_fixture.Logs.GetSnapshot(), static record => record.Id.Id == EventIds.ReplacementOverdue);
        Assert.Equal(LogLevel.Error, told.Level);
        Assert.IsType<AdapterLoadException>(told.Exception);

        _broken = false;
        _fixture.Time.Advance(TimeSpan.FromSeconds(30));
        await _fixture.UntilAsync(static pool => pool.Recycled == 1);
        await CallAsync(1);
        Assert.Equal((7L, 0), (Read(overshoot), Read(overdue))); // counts of ended workers stay
        Assert.Equal(0, _fixture.Now.Workers.Single(static worker => worker.State == WorkerState.Serving).Overshoot);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public async Task A_replacement_that_is_overdue_is_an_event_once_per_episode()
    {
        await StartAsync(static p => p.Recycle.MaxRequests = 2);
        await using IAsyncEnumerator<LifecycleEvent> events = _fixture.Pool.WatchAsync(TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var told = new List<ReplacementOverdueEvent>();
        for (int episode = 0; episode < 2; episode++)
        {
            _broken = true;
            await CallAsync(4);
            _fixture.Time.Advance(TimeSpan.FromSeconds(10));
            _broken = false;
            _fixture.Time.Advance(TimeSpan.FromSeconds(30));
            while (await events.MoveNextAsync() && events.Current is not WorkerRecycledEvent)
            {
                told.AddRange(events.Current is ReplacementOverdueEvent overdue ? [overdue] : []);
            }
        }

        Assert.Equal(2, told.Count);
        Assert.Equal(1, told[0].Worker.Generation);
        Assert.NotEqual(told[0].Worker, told[1].Worker);
        Assert.All(told, static one => Assert.Equal(RecycleReason.MaxRequests, one.Reason));
        Assert.All(told, static one => Assert.Contains("no torch", one.Failure?.Message, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Rule", "L10")]
    public async Task Strict_calls_wait_rather_than_break_the_limit_and_no_worker_counts_as_serving()
    {
        await StartAsync(static p =>
        {
            (p.Recycle.MaxRequests, p.Recycle.StrictMaxRequests) = (4, true);
            p.Restart.InitialBackoff = TimeSpan.FromMilliseconds(1);
        });
        using MetricCollector<int> workers = Collect<int>(TelemetryNames.WorkerCount);
        _broken = true;
        await CallAsync(4);

        Task<int> call = _fixture.AddAsync();
        Assert.False(call.IsCompleted);
        Assert.Equal(
            (0, WorkerState.Exhausted),
            (_fixture.Now.Ready, Assert.Single(_fixture.Now.Workers, static worker => worker.Id.Generation == 1).State));
        workers.RecordObservableInstruments();
        Assert.Equal(
            ["serving 0", "exhausted 1"],
            workers.GetMeasurementSnapshot()
                .Select(static count => string.Create(CultureInfo.InvariantCulture, $"{count.Tags["state"]} {count.Value}"))
                .Where(
                    static count =>
                        count.StartsWith("serving", StringComparison.Ordinal) || count.StartsWith("exhausted", StringComparison.Ordinal)));
        for (int failures = 1; failures < 5; failures++)
        {
            await _fixture.UntilAsync(pool => pool.Restarts is [{ } row] && row.Failures >= failures);
            Assert.False(call.IsCompleted);
            _fixture.Time.Advance(TimeSpan.FromSeconds(0.5)); // the next attempt fails too
        }
        await Assert.ThrowsAsync<AdapterLoadException>(() => call);

        _broken = false;
        _fixture.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(42, await _fixture.AddAsync());
        Assert.Equal(0, _fixture.Now.Lifecycle.Overshoot);
    }

    private async Task StartAsync(Action<PoolOptions> configure)
    {
        _fixture = await PoolFixture.StartAsync(
            _ => _broken ? throw new FakeToolException("ImportError", "no torch") : Task.CompletedTask, configure);
        await _fixture.ReadyAsync();
    }

    private async Task CallAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            Assert.Equal(42, await _fixture.AddAsync());
        }
    }

    private MetricCollector<T> Collect<T>(string instrument)
        where T : struct => new(_fixture.Meters, TelemetryNames.Meter, instrument);

    private static T Read<T>(MetricCollector<T> collector)
        where T : struct
    {
        collector.RecordObservableInstruments();
        return collector.LastMeasurement!.Value;
    }
}
