using Snakepit.Frames;
using Snakepit.Pools;
using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>P8, P9: calls that wait in workers, through the whole pool.</summary>
[Trait("Rule", "P8")]
[Trait("Rule", "P9")]
public sealed class PipeliningTests
{
    private const int LoadCallers = 12;
    private const int LoadCalls = 500;
    private const int CallsPerStall = 4; // 7.5 s in all, within every timeout that the tests do not set
    private static readonly TimeSpan StallCheck = TimeSpan.FromMilliseconds(5);

    [Fact]
    public async Task Calls_of_a_fast_tool_wait_in_the_busy_worker()
    {
        await using PoolFixture fixture = await PoolFixture.StartPipeliningAsync();
        long requests = fixture.Now.Workers[0].Requests;

        Task<int>[] calls = [fixture.Begin(), fixture.Begin(), fixture.Begin()];

        PoolSnapshot now = fixture.Now;
        Assert.Equal((1, 0), (now.Running, now.QueueLength));
        Assert.Equal((1, 2, requests + 1), (now.Workers[0].Running, now.Workers[0].Waiting, now.Workers[0].Requests));
        for (int i = 0; i < calls.Length; i++)
        {
            Assert.False(calls[i].IsCompleted);
            fixture.NextSlow().Return(i);
            Assert.Equal(i, await calls[i]);
        }
        Assert.Equal((0, 0), (fixture.Now.Running, fixture.Now.Workers[0].Waiting));
    }

    [Fact]
    public async Task Waiting_calls_of_a_worker_that_makes_no_progress_go_back_to_the_queue()
    {
        await using PoolFixture fixture = await PoolFixture.StartPipeliningAsync();
        Task<int>[] calls = [fixture.Begin(), fixture.Begin(), fixture.Begin()];

        fixture.Time.Advance(StallCheck);

        PoolSnapshot now = fixture.Now;
        Assert.Equal((1, 2, 0), (now.Running, now.QueueLength, now.Workers[0].Waiting));
        Assert.Equal(2, fixture.Pool.ReadTrace().Steps.Count(static step => step.Step.Kind == StepKind.Recalled));
        for (int i = 0; i < calls.Length; i++)
        {
            HeldCall held = fixture.NextSlow();
            Assert.Equal(1, held.Request.Attempt);
            held.Return(i);
            Assert.Equal(i, await calls[i]);
        }
    }

    [Fact]
    public async Task Calls_behind_a_hung_worker_are_run_by_another()
    {
        await using PoolFixture fixture = await PoolFixture.StartPipeliningAsync(static p => p.Size = 2);
        Task<int>[] calls = [fixture.Begin(), fixture.Begin(), fixture.Begin(), fixture.Begin()];
        HeldCall first = fixture.NextSlow();
        HeldCall second = fixture.NextSlow();
        first.Request.Worker.Hang();
        second.Return(2);
        fixture.NextSlow().Return(2);

        fixture.Time.Advance(StallCheck);
        HeldCall moved = fixture.NextSlow();

        Assert.NotSame(first.Request.Worker, moved.Request.Worker);
        moved.Return(2);
        await Task.WhenAll(calls[1..]);
        Assert.False(calls[0].IsCompleted);
    }

    [Fact]
    public async Task A_pool_without_waiting_calls_wakes_for_nothing()
    {
        await using PoolFixture fixture = await PoolFixture.StartPipeliningAsync(
            static options => options.Health.PingInterval = Timeout.InfiniteTimeSpan);
        Task<int>[] calls = [fixture.Begin(), fixture.Begin()];
        Assert.Equal(1, fixture.Now.Workers[0].Waiting);
        fixture.NextSlow().Return(1);
        await calls[0];
        fixture.NextSlow().Return(1);
        await calls[1];
        fixture.Time.Advance(TimeSpan.FromMinutes(10)); // the timer may still be set for a call that has ended
        int ticks = CountTicks(fixture);

        fixture.Time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(ticks, CountTicks(fixture));
    }

    [Fact]
    [Trait("Rule", "L5")]
    public async Task Cancelling_a_waiting_call_leaves_its_worker_alone()
    {
        await using PoolFixture fixture = await PoolFixture.StartPipeliningAsync();
        using var caller = new CancellationTokenSource();
        Task<int> running = fixture.Begin();
        Task<int> waiting = fixture.BeginFor(caller);

        await caller.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
        fixture.Time.Advance(fixture.Options.Call.CancelGrace + PoolFixture.Tick);

        fixture.NextSlow().Return(1);
        Assert.Equal(1, await running);
        Assert.Equal((1, 0), (fixture.Now.Workers[0].Id.Generation, fixture.Now.Workers[0].Waiting));
    }

    [Fact]
    [Trait("Rule", "L3")]
    public async Task Death_costs_the_running_call_only()
    {
        await using PoolFixture fixture = await PoolFixture.StartPipeliningAsync();
        Task<int> running = fixture.Begin();
        Task<int> waiting = fixture.Begin();

        fixture.NextSlow().Request.Worker.Crash();

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => running);
        Assert.Single(lost.Report!.RunningTools);
        HeldCall again = fixture.NextSlow();
        Assert.Equal((1, 2), (again.Request.Attempt, again.Request.Worker.Id.Generation));
        again.Return(7);
        Assert.Equal(7, await waiting);
    }

    [Theory]
    [InlineData(200_000, true)]
    [InlineData(200_100, false)]
    [InlineData(-1, false)]
    public async Task Run_times_that_workers_tell_decide(long nanoseconds, bool waits)
    {
        (PoolFixture fixture, RawWorkers workers) = await StartRawAsync("slow");
        RawWorker worker = workers.All.Single();
        await TeachAsync(fixture, worker, nanoseconds);

        _ = fixture.Begin();
        _ = fixture.Begin();

        Assert.Equal(waits ? (1, 0) : (0, 1), (fixture.Now.Workers[0].Waiting, fixture.Now.QueueLength));
        await EndAsync(fixture, workers);
    }

    [Fact]
    public async Task A_tool_the_workers_did_not_tell_of_never_waits_in_one()
    {
        (PoolFixture fixture, RawWorkers workers) = await StartRawAsync("another");
        await TeachAsync(fixture, workers.All.Single(), 1_000);

        _ = fixture.Begin();
        _ = fixture.Begin();

        Assert.Equal(1, fixture.Now.QueueLength);
        await EndAsync(fixture, workers);
    }

    [Fact]
    [Trait("Rule", "A3")]
    public async Task A_recall_comes_after_the_calls_it_is_about()
    {
        (PoolFixture fixture, RawWorkers workers) = await StartRawAsync("slow");
        RawWorker worker = workers.All.Single();
        await TeachAsync(fixture, worker, 1_000);
        Task<int> running = fixture.Begin();
        Task<int> waiting = fixture.Begin();
        fixture.Time.Advance(StallCheck);

        Told[] told = [.. worker.Commands.TakeLast(3)];
        Assert.Equal([EffectKind.Send, EffectKind.Send, EffectKind.Recall], told.Select(static command => command.Kind));
        worker.Events.OnRecalled(told[1].Call);
        worker.Events.OnRecalled(told[1].Call);
        Assert.Equal(1, fixture.Now.QueueLength);

        worker.Events.OnReply(told[0].Call, ReplyKind.Result, Body(), 1_000);
        Assert.Equal((EffectKind.Send, told[1].Call), (worker.Commands.Last().Kind, worker.Commands.Last().Call));
        worker.Events.OnReply(told[1].Call, ReplyKind.Result, Body(), 1_000);
        await running;
        await waiting;
        await EndAsync(fixture, workers);
    }

    [Fact]
    [Trait("Rule", "L1")]
    public async Task Every_call_gets_its_own_answer_while_calls_wait_and_come_back_under_load()
    {
        await using PoolFixture fixture = await PoolFixture.StartPipeliningAsync(static p =>
        {
            p.Size = 2;
            p.Recycle.MaxRequests = 200;
            p.Call.Timeout = p.Queue.Timeout = p.Recycle.DrainTimeout = Timeout.InfiniteTimeSpan; // this test's clock runs fast
        });
        fixture.Workers.Add("echo", static async request =>
        {
            await Task.Yield(); // on another thread, while its worker counts as busy
            return request.Get<int>("n");
        });
        await fixture.RecycleAsync(); // the new workers announce the new tool

        await Task.WhenAll(Enumerable.Range(0, LoadCallers).Select(caller => Task.Run(() => EchoAsync(fixture, caller))));

        Assert.Contains(fixture.Pool.ReadTrace().Steps, static step => step.Step.Kind == StepKind.Recalled);
        Assert.All(fixture.Now.Workers, static worker => Assert.Equal((0, 0), (worker.Running, worker.Waiting)));
    }

    private static async Task EchoAsync(PoolFixture fixture, int caller)
    {
        for (int i = 0; i < LoadCalls; i++)
        {
            int n = (caller * LoadCalls) + i;
            Task<int> call = fixture.CallAsync<int>("echo", ToolArguments.Named(("n", n)));
            if (n % CallsPerStall == 0)
            {
                fixture.Time.Advance(StallCheck);
            }
            Assert.Equal(n, await call);
        }
    }

    private static int CountTicks(PoolFixture fixture) =>
        fixture.Pool.ReadTrace().Steps.Count(static step => step.Step.Kind == StepKind.Tick);

    private static async Task<(PoolFixture Fixture, RawWorkers Workers)> StartRawAsync(string tool)
    {
        var workers = new RawWorkers { CanRecall = true, Tools = [new ToolDescriptor { Name = tool }] };
        return (await PoolFixture.StartAsync(null, workers), workers);
    }

    private static async Task TeachAsync(PoolFixture fixture, RawWorker worker, long nanoseconds)
    {
        for (int i = 0; i < 8; i++)
        {
            Task<int> call = fixture.Begin();
            worker.Events.OnReply(worker.Commands.Last().Call, ReplyKind.Result, Body(), nanoseconds);
            await call;
        }
    }

    private static async Task EndAsync(PoolFixture fixture, RawWorkers workers)
    {
        foreach (RawWorker worker in workers.All)
        {
            worker.Events.OnExited(new ChildExit(0, null), []);
        }
        await fixture.StopRawAsync(workers);
    }

    private static ReplyBody Body() => ReplyBody.Copy("1"u8);
}
