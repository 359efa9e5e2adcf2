using Snakepit.Pools.Kernel;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>The contents of GetSnapshot.</summary>
public sealed class SnapshotTests
{
    [Fact]
    public async Task A_snapshot_tells_the_pool_and_every_worker()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p =>
        {
            p.Size = 2;
            p.Queue.Limit = 10;
            p.Recycle.MaxRequests = 1_000;
        });
        await fixture.ReadyAsync(2);
        DateTimeOffset started = fixture.Time.GetUtcNow();
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        _ = fixture.Begin();
        _ = fixture.Begin();
        _ = fixture.Begin();

        PoolSnapshot now = fixture.Now;

        Assert.Equal(("text", PoolState.Ready, 2, 2), (now.Name, now.State, now.Size, now.Ready));
        Assert.Equal((1, 10, 2), (now.QueueLength, now.QueueLimit, now.Running));
        Assert.Equal((3L, 0L, 0L), (now.Accepted, now.Rejected, now.Recycled));
        Assert.Null(now.LastStartFailure);
        Assert.Equal(
            fixture.Workers.Alive.Select(worker => new WorkerSnapshot
            {
                Id = worker.Id,
                Pid = worker.Pid,
                State = WorkerState.Serving,
                StartedAt = started,
                Age = TimeSpan.FromMinutes(1),
                Requests = 1,
                Running = 1,
                EffectiveMaxRequests = 1_000,
            }),
            now.Workers.Select(static worker => worker with { RunningTools = [] }));
        Assert.All(
            now.Workers,
            static worker => Assert.Equal(
                [new RunningTool { Name = "slow", Elapsed = TimeSpan.Zero }],
                worker.RunningTools.Select(static tool => tool with { Call = 0 })));
        ulong[] calls = [.. now.Workers.Select(static worker => worker.RunningTools[0].Call)];
        Assert.Equal(2, calls.Distinct().Count());
        Assert.DoesNotContain(0UL, calls);
    }

    [Fact]
    public async Task A_snapshot_tells_what_a_replacement_is_for()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        _ = fixture.Begin();
        var gate = new TaskCompletionSource();
        fixture.Workers.Boot = _ => gate.Task;
        Task recycling = fixture.RecycleAsync(0);

        Assert.Equal(
            [(1, WorkerState.Serving, RecycleReason.Manual), (2, WorkerState.Booting, (RecycleReason?)null)],
            fixture.Now.Workers.Select(static worker => (worker.Id.Generation, worker.State, worker.RecycleReason)));

        gate.SetResult();
        await fixture.UntilAsync(static pool => pool.Workers[0].Id.Generation == 2);
        Assert.Equal(
            [(2, WorkerState.Serving, (RecycleReason?)null), (1, WorkerState.Draining, RecycleReason.Manual)],
            fixture.Now.Workers.Select(static worker => (worker.Id.Generation, worker.State, worker.RecycleReason)));

        fixture.NextSlow().Return(1);
        await recycling;
        Assert.Equal(2, Assert.Single(fixture.Now.Workers).Id.Generation);
    }

    [Fact]
    public async Task A_snapshot_counts_what_was_rejected()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Queue.Limit = 0);
        _ = fixture.Begin();

        await Assert.ThrowsAsync<PoolSaturatedException>(() => fixture.Begin());

        Assert.Equal((1L, 1L), (fixture.Now.Accepted, fixture.Now.Rejected));
    }

    [Fact]
    public async Task Tools_are_those_the_last_ready_worker_reported()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Assert.Equal(["add", "check", "die", "fail", "slow"], fixture.Pool.Tools.Select(static tool => tool.Name).Order());

        fixture.Workers.Add("new", static _ => 1).MarkIdempotent("new");
        await fixture.RecycleAsync();

        Assert.True(fixture.Pool.Tools.Single(static tool => tool.Name == "new").IsIdempotent);
    }

    [Fact]
    [Trait("Rule", "A6")]
    public async Task The_trace_keeps_the_last_steps_in_their_order()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        for (int i = 0; i < 3_000; i++)
        {
            await fixture.AddAsync();
        }

        Snakepit.Pools.RecordedStep[] trace = fixture.Pool.ReadTrace().Steps;

        Assert.InRange(trace.Length, 4_096, 8_191);
        Assert.Equal([StepKind.Submit, StepKind.Replied], trace.TakeLast(2).Select(static step => step.Step.Kind));
        Assert.NotEqual(trace[^1].Step.Call, trace[^3].Step.Call);
    }
}
