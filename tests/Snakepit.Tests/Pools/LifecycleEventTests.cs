using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>The events that a watcher of a pool gets, by scenario.</summary>
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
        int pid = fixture.Workers.Get("text", 0).Pid;

        Assert.Equal(
            [
                new WorkerStartedEvent { Pool = "text", At = launched, Worker = s_first, Pid = pid },
                new WorkerReadyEvent { Pool = "text", At = ready, Worker = s_first, Pid = pid, StartDuration = TimeSpan.FromSeconds(3) },
                new PoolStateChangedEvent { Pool = "text", At = ready, From = PoolState.Starting, To = PoolState.Ready },
            ],
            fixture.Events());
    }

    [Fact]
    public async Task A_recycle_is_told_in_order_with_its_facts()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        await fixture.AddAsync();
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        int oldPid = fixture.Workers.Get("text", 0).Pid;
        fixture.Events();
        Task<int> slow = fixture.Begin();

        Task<RecycleReport> recycling = fixture.RecycleAsync(0);
        DateTimeOffset swap = fixture.Time.GetUtcNow();
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        fixture.NextSlow().Return(1);
        await recycling;
        await slow;

        int newPid = fixture.Workers.Get("text", 0).Pid;
        Assert.Equal(
            [
                new WorkerStartedEvent { Pool = "text", At = swap, Worker = s_second, Pid = newPid },
                new WorkerReadyEvent { Pool = "text", At = swap, Worker = s_second, Pid = newPid, StartDuration = TimeSpan.Zero },
                new WorkerDrainingEvent
                {
                    Pool = "text",
                    At = swap,
                    Worker = s_first,
                    Pid = oldPid,
                    Reason = RecycleReason.Manual,
                    Running = 1,
                },
                new WorkerRecycledEvent
                {
                    Pool = "text",
                    At = swap + TimeSpan.FromSeconds(5),
                    Worker = s_first,
                    Pid = oldPid,
                    Reason = RecycleReason.Manual,
                    Uptime = TimeSpan.FromSeconds(125),
                    Requests = 2,
                    Replacement = s_second,
                    Overlap = TimeSpan.FromSeconds(5),
                },
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
            [
                typeof(WorkerCrashedEvent),
                typeof(PoolStateChangedEvent),
                typeof(WorkerStartedEvent),
                typeof(WorkerReadyEvent),
                typeof(PoolStateChangedEvent),
            ],
            events.Select(static happened => happened.GetType()));
        Assert.Equal(
            ("killed by SIGSEGV", s_first), (((WorkerCrashedEvent)events[0]).Report.Description, ((WorkerCrashedEvent)events[0]).Worker));
    }

    [Fact]
    public async Task A_start_that_fails_is_told_with_the_pause()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static _ => throw new FakeToolException("ImportError", "no torch"), p => p.Restart.InitialBackoff = TimeSpan.FromSeconds(2));

        IReadOnlyList<LifecycleEvent> events = fixture.Events();

        Assert.Equal(
            [typeof(WorkerStartedEvent), typeof(StartFailedEvent), typeof(PoolStateChangedEvent)],
            events.Select(static happened => happened.GetType()));
        var failed = (StartFailedEvent)events[1];
        Assert.Equal((s_first, TimeSpan.FromSeconds(2)), (failed.Worker, failed.RetryIn));
        Assert.True(failed.Failure.Error!.Is("ImportError"));
        Assert.Equal(
            (PoolState.Starting, PoolState.Failing), (((PoolStateChangedEvent)events[2]).From, ((PoolStateChangedEvent)events[2]).To));
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
            events.Cast<PoolStateChangedEvent>().Select(static change => (change.From, change.To)));
    }
}
