using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>What a watcher of a pool is told, scenario by scenario.</summary>
[Trait("Rule", "A6")]
public sealed class LifecycleEventTests
{
    private static readonly WorkerId s_first = new("text", 0, 1);
    private static readonly WorkerId s_second = new("text", 0, 2);

    [Fact]
    public async Task A_start_is_told_from_launch_to_ready()
    {
        var gate = new TaskCompletionSource();
        await using PoolFixture fixture = await PoolFixture.StartAsync(_ => gate.Task);
        DateTimeOffset launched = fixture.Time.GetUtcNow();
        fixture.Time.Advance(TimeSpan.FromSeconds(3));
        gate.SetResult();
        await fixture.ReadyAsync();
        DateTimeOffset ready = fixture.Time.GetUtcNow();
        int pid = fixture.Workers.Get("text", 0).ProcessId;

        Assert.Equal(
            [
                new WorkerStarted(s_first, pid, launched),
                new WorkerReady(s_first, pid, TimeSpan.FromSeconds(3), ready),
                new PoolStateChanged("text", PoolState.Starting, PoolState.Ready, ready),
            ],
            fixture.Events());
    }

    [Fact]
    public async Task A_recycle_is_told_in_order_with_its_facts()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        await fixture.AddAsync();
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        int oldPid = fixture.Workers.Get("text", 0).ProcessId;
        fixture.Events();
        Task<int> slow = fixture.Begin();

        Task<RecycleReport> recycling = fixture.RecycleAsync(0);
        DateTimeOffset swap = fixture.Time.GetUtcNow();
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        fixture.NextSlow().Return(1);
        await recycling;
        await slow;

        int newPid = fixture.Workers.Get("text", 0).ProcessId;
        Assert.Equal(
            [
                new WorkerStarted(s_second, newPid, swap),
                new WorkerReady(s_second, newPid, TimeSpan.Zero, swap),
                new WorkerDraining(s_first, oldPid, RecycleReason.Manual, 1, swap),
                new WorkerRecycled(
                    s_first, oldPid, RecycleReason.Manual, TimeSpan.FromSeconds(125), 2, null, s_second, TimeSpan.FromSeconds(5), 0, null,
                    swap + TimeSpan.FromSeconds(5)),
            ],
            fixture.Events());
    }

    [Fact]
    public async Task A_crash_is_told_before_the_replacement()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        await fixture.AddAsync();
        fixture.Events();

        fixture.Workers.Get("text", 0).Crash();

        IReadOnlyList<LifecycleEvent> events = fixture.Events();
        Assert.Equal(
            [typeof(WorkerCrashed), typeof(PoolStateChanged), typeof(WorkerStarted), typeof(WorkerReady), typeof(PoolStateChanged)],
            events.Select(static happened => happened.GetType()));
        Assert.Equal(("killed by SIGSEGV", s_first), (((WorkerCrashed)events[0]).Report.Cause, ((WorkerCrashed)events[0]).Report.Worker));
    }

    [Fact]
    public async Task A_start_that_fails_is_told_with_the_pause()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static _ => throw new FakeToolException("ImportError", "no torch"), p => p.Restart.InitialBackoff = TimeSpan.FromSeconds(2));

        IReadOnlyList<LifecycleEvent> events = fixture.Events();

        Assert.Equal([typeof(WorkerStarted), typeof(StartFailed), typeof(PoolStateChanged)], events.Select(static happened => happened.GetType()));
        var failed = (StartFailed)events[1];
        Assert.Equal((s_first, TimeSpan.FromSeconds(2)), (failed.Worker, failed.RetryIn));
        Assert.True(failed.Failure.Error!.Is("ImportError"));
        Assert.Equal((PoolState.Starting, PoolState.Failing), (((PoolStateChanged)events[2]).From, ((PoolStateChanged)events[2]).To));
    }

    [Fact]
    public async Task A_stop_is_told_and_ends_the_watch()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        IAsyncEnumerable<LifecycleEvent> watch = fixture.Pool.WatchAsync(TestContext.Current.CancellationToken);
        await fixture.StopAsync();

        List<LifecycleEvent> events = await watch.ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [(PoolState.Ready, PoolState.Stopping), (PoolState.Stopping, PoolState.Stopped)],
            events.Cast<PoolStateChanged>().Select(static change => (change.From, change.To)));
    }
}
