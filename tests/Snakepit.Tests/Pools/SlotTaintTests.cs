using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Snakepit.Processes;
using Snakepit.Telemetry;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Slots and devices that get no calls for a time, as users see them.</summary>
public sealed class SlotTaintTests
{
    private static readonly TimeSpan s_time = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Crash_of_a_kind_to_taint_on_has_the_place_wait_and_is_told_everywhere()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => (p.Size, p.Crash.TaintOn) = (2, CrashKinds.Crash));
        using var counted = new MetricCollector<long>(fixture.Meters, TelemetryNames.Meter, TelemetryNames.WorkerTainted);
        await AnswerEachAsync(fixture);

        int pid = fixture.Workers.Get("text", 0).Pid;
        fixture.Workers.Get("text", 0).Crash();
        await fixture.Measured;

        Assert.Equal(1, fixture.Now.Tainted);
        Assert.Equal([null, fixture.Time.GetUtcNow() + s_time], Taints(fixture).Order());
        Assert.Equal(1, fixture.Now.Ready);
        WorkerTaintedEvent told = Assert.Single(fixture.Events().OfType<WorkerTaintedEvent>());
        Assert.Equal(new WorkerTaintedEvent
        {
            Pool = "text",
            At = fixture.Time.GetUtcNow(),
            Worker = new WorkerId("text", 0, 1),
            Pid = pid,
            Reason = TaintReason.WorkerDied,
            Duration = s_time,
        }, told);
        Assert.Equal(
            [("text", "worker_died")], counted.GetMeasurementSnapshot().Select(static one => (one.Tags["pool"], one.Tags["reason"])));
        Assert.Equal(
            "The slot of worker text/0#1 gets no calls for 1 min: WorkerDied",
            Assert.Single(fixture.Logs.GetSnapshot(), static line => line.Id.Id == EventIds.WorkerTainted).Message);
        Task<int> call = fixture.Begin();
        HeldCall elsewhere = fixture.NextSlow();
        Assert.Equal(1, elsewhere.Request.Worker.Id.Slot);
        elsewhere.Return(0);
        await call;

        fixture.Time.Advance(s_time + PoolFixture.Tick);

        Assert.Equal([null, null], Taints(fixture));
        Assert.Equal((0, 2), (fixture.Now.Tainted, fixture.Now.Ready));
    }

    [Theory]
    [InlineData(CrashKinds.Crash, 11, false, true)]
    [InlineData(CrashKinds.Crash, 6, false, true)]
    [InlineData(CrashKinds.Crash, 9, true, false)]
    [InlineData(CrashKinds.OutOfMemory, 9, true, true)]
    [InlineData(CrashKinds.OutOfMemory, 9, false, false)]
    [InlineData(CrashKinds.OutOfMemory, 11, false, false)]
    [InlineData(CrashKinds.All, 9, false, false)]
    [InlineData(CrashKinds.All, 15, false, false)]
    [InlineData(CrashKinds.None, 11, false, false)]
    [InlineData(CrashKinds.None, 9, true, false)]
    public async Task Death_taints_when_it_is_of_the_kind(CrashKinds kinds, int signal, bool outOfMemory, bool taints)
    {
        var workers = new RawWorkers();
        PoolFixture fixture = await PoolFixture.StartAsync(p => p.Crash.TaintOn = kinds, workers);

        workers.All.Single().Events.OnExited(new ChildExit(null, signal, OutOfMemory: outOfMemory), []);

        Assert.Equal(taints ? 1 : 0, fixture.Events().OfType<WorkerTaintedEvent>().Count());
        await fixture.StopRawAsync(workers);
    }

    [Fact]
    public async Task Kill_by_the_pool_taints_nothing()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => p.Crash.TaintOn = CrashKinds.All);
        Task<int> call = fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromSeconds(1) });
        fixture.Time.Advance(TimeSpan.FromSeconds(1) + PoolFixture.Tick);
        await Assert.ThrowsAsync<CallTimeoutException>(() => call);

        fixture.Time.Advance(fixture.Options.Call.CancelGrace + PoolFixture.Tick);

        IReadOnlyList<LifecycleEvent> told = fixture.Events();
        Assert.Equal(DeathCause.KilledByPool, Assert.Single(told.OfType<WorkerCrashedEvent>()).Report.Cause);
        Assert.Empty(told.OfType<WorkerTaintedEvent>());
    }

    [Fact]
    public async Task Crash_in_the_teardown_of_a_worker_that_was_replaced_taints_nothing()
    {
        var workers = new RawWorkers();
        PoolFixture fixture = await PoolFixture.StartAsync(static p => p.Crash.TaintOn = CrashKinds.All, workers);
        Task<RecycleReport> recycling = fixture.RecycleAsync();

        workers.All.First().Events.OnExited(new ChildExit(null, 11), []);

        await recycling;
        Assert.Equal((1, 0), (fixture.Now.Ready, fixture.Events().OfType<WorkerTaintedEvent>().Count()));
        await fixture.StopRawAsync(workers);
    }

    [Fact]
    public async Task Crash_on_a_device_taints_all_places_whose_workers_use_it()
    {
        await using PoolFixture fixture = await StartOnDevicesAsync(static p => p.Crash.TaintOn = CrashKinds.Crash);

        fixture.Workers.Get("text", 1).Crash();

        Assert.Equal([true, true, false], Taints(fixture).Select(static until => until is not null));
        Assert.Equal(
            [(0, "cuda:0"), (1, "cuda:0")],
            fixture.Events().OfType<WorkerTaintedEvent>().Select(static told => (told.Worker.Slot, told.Device)));
        Assert.Equal(42, await fixture.AddAsync());
    }

    [Fact]
    public async Task TaintDevice_tells_how_many_workers_use_it_and_LiftTaint_how_many_slots_it_frees()
    {
        await using PoolFixture fixture = await StartOnDevicesAsync();

        Assert.Equal(0, fixture.Pool.TaintDevice("cuda:7", s_time));
        Assert.Equal(2, fixture.Pool.TaintDevice("cuda:0", s_time));

        Assert.Equal([true, true, false], Taints(fixture).Select(static until => until is not null));
        WorkerTaintedEvent[] events = [.. fixture.Events().OfType<WorkerTaintedEvent>()];
        Assert.Equal(2, events.Length);
        Assert.All(events, static told => Assert.Equal((TaintReason.Manual, "cuda:0"), (told.Reason, told.Device)));
        Assert.Equal(1, fixture.Pool.LiftTaint(0));
        Assert.Equal(0, fixture.Pool.LiftTaint(0));
        Assert.Equal(1, fixture.Pool.LiftTaint(null));
        Assert.Equal([null, null, null], Taints(fixture));
    }

    [Fact]
    public async Task Devices_of_ever_new_names_are_known_as_long_as_a_worker_uses_them()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => p.Size = 2);
        fixture.Workers.Device = static worker => $"{worker.Id.Slot}/{worker.Id.Generation}";
        await fixture.RecycleAsync();
        for (int i = 0; i < 300; i++)
        {
            await fixture.RecycleAsync(0);
        }

        Assert.Equal(
            (0, 1, 1),
            (fixture.Pool.TaintDevice("0/2", s_time), fixture.Pool.TaintDevice("0/302", s_time), fixture.Pool.TaintDevice("1/2", s_time)));
        Assert.DoesNotContain(null, Taints(fixture));
    }

    [Fact]
    public async Task Calls_wait_while_every_place_is_tainted_within_their_queue_time()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        fixture.Pool.Taint(0, s_time);
        Task<int> late = fixture.AddAsync();
        fixture.Time.Advance(fixture.Options.Queue.Timeout + PoolFixture.Tick);
        PoolSaturatedException saturated = await Assert.ThrowsAsync<PoolSaturatedException>(() => late);
        Assert.EndsWith(
            " At the moment, 1 slot gets no calls, because of Taint, TaintDevice or crashes; LiftTaint ends that.",
            saturated.Message,
            StringComparison.Ordinal);
        Task<int> call = fixture.AddAsync();
        Assert.False(call.IsCompleted);

        Assert.Equal(1, fixture.Pool.LiftTaint(null));

        Assert.Equal(42, await call);
    }

    [Fact]
    public async Task Taint_with_a_slot_or_a_time_that_cannot_be_is_refused()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        Assert.Throws<ArgumentOutOfRangeException>("slot", () => fixture.Pool.Taint(1, s_time));
        Assert.Throws<ArgumentOutOfRangeException>("slot", () => fixture.Pool.LiftTaint(-1));
        Assert.Throws<ArgumentOutOfRangeException>("duration", () => fixture.Pool.Taint(0, TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>("duration", () => fixture.Pool.TaintDevice("cuda:0", TimeSpan.FromDays(50)));
        Assert.Throws<ArgumentException>("device", () => fixture.Pool.TaintDevice("", s_time));
    }

    /// <summary>Starts two workers on cuda:0 and one on cuda:1.</summary>
    private static async Task<PoolFixture> StartOnDevicesAsync(Action<PoolOptions>? configure = null)
    {
        var fixture = await PoolFixture.StartAsync(static _ => Task.CompletedTask, p =>
        {
            p.Size = 3;
            configure?.Invoke(p);
        });
        fixture.Workers.Device = static worker => worker.Id.Slot < 2 ? "cuda:0" : "cuda:1";
        await fixture.RecycleAsync();
        Assert.Equal(["cuda:0", "cuda:0", "cuda:1"], fixture.Now.Workers.Select(static worker => worker.Device));
        await AnswerEachAsync(fixture);
        fixture.Events();
        return fixture;
    }

    /// <summary>A worker that has answered a call is replaced without a backoff.</summary>
    private static async Task AnswerEachAsync(PoolFixture fixture)
    {
        Task<int>[] calls = [.. Enumerable.Range(0, fixture.Options.Size).Select(_ => fixture.Begin())];
        for (int i = 0; i < calls.Length; i++)
        {
            fixture.NextSlow().Return(0);
        }
        await Task.WhenAll(calls);
    }

    private static IEnumerable<DateTimeOffset?> Taints(PoolFixture fixture) =>
        fixture.Now.Workers.Select(static worker => worker.TaintedUntil);
}
