using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Callers that stop waiting, by their token or their deadline, and the effect on the worker.</summary>
[Trait("Rule", "L5")]
public sealed class CancellationTests
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_token_cancelled_before_the_call_stops_it_from_being_submitted()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using var source = new CancellationTokenSource();
        source.Cancel();

        OperationCanceledException error = await Assert.ThrowsAsync<OperationCanceledException>(() => fixture.BeginFor(source));

        Assert.Equal(source.Token, error.CancellationToken);
        Assert.Equal(0, fixture.Now.Accepted);
    }

    [Fact]
    public async Task Cancelling_a_waiting_call_takes_it_out_of_the_queue()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using var source = new CancellationTokenSource();
        Task<int> running = fixture.Begin();
        Task<int> waiting = fixture.BeginFor(source);

        source.Cancel();

        OperationCanceledException error = await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(source.Token, error.CancellationToken);
        Assert.Equal("Tool 'slow' in pool 'text' was cancelled by its caller.", error.Message);
        Assert.Equal(0, fixture.Now.QueueLength);
        fixture.NextSlow().Return(1);
        Assert.Equal(1, await running);
    }

    [Fact]
    public async Task Cancelling_a_running_call_releases_its_caller_and_tells_the_worker()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using var source = new CancellationTokenSource();
        Task<int> call = fixture.BeginFor(source);
        HeldCall held = fixture.NextSlow();

        source.Cancel();

        await Assert.ThrowsAsync<OperationCanceledException>(() => call);
        Assert.True(held.Request.CancellationToken.IsCancellationRequested);
        Assert.Equal(1, fixture.Now.Running); // the call still runs in the worker
    }

    [Fact]
    public async Task A_worker_that_lets_go_within_the_grace_serves_on()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using var source = new CancellationTokenSource();
        Task<int> call = fixture.BeginFor(source);
        source.Cancel();
        await Assert.ThrowsAsync<OperationCanceledException>(() => call);

        fixture.Time.Advance(s_grace - PoolFixture.Tick);
        fixture.NextSlow().Throw(new FakeToolException("Cancelled", ""));
        fixture.Time.Advance(s_grace);

        Assert.Equal(42, await fixture.AddAsync());
        Assert.Equal(1, fixture.Workers.Get("text", 0).Id.Generation);
    }

    [Fact]
    public async Task A_worker_that_does_not_let_go_within_the_grace_is_killed_and_replaced()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using var source = new CancellationTokenSource();
        Task<int> call = fixture.BeginFor(source);
        source.Cancel();
        await Assert.ThrowsAsync<OperationCanceledException>(() => call);
        fixture.Events();

        fixture.Time.Advance(s_grace + PoolFixture.Tick);

        WorkerCrashedEvent crashed = fixture.Events().OfType<WorkerCrashedEvent>().Single();
        Assert.Equal(
            "killed by SIGKILL: it continued a cancelled or timed-out call past Call.CancelGrace (2 s)", crashed.Report.Description);
        Assert.Equal(42, await fixture.AddAsync());
        Assert.Equal(2, fixture.Workers.Get("text", 0).Id.Generation);
    }

    [Fact]
    public async Task Cancelling_after_the_end_changes_nothing()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using var source = new CancellationTokenSource();
        Task<int> call = fixture.BeginFor(source);
        fixture.NextSlow().Return(7);
        Assert.Equal(7, await call);

        source.Cancel();
        fixture.Time.Advance(s_grace * 2);

        Assert.Equal(42, await fixture.AddAsync());
        Assert.Equal(1, fixture.Workers.Get("text", 0).Id.Generation);
    }

    [Fact]
    public async Task A_reply_before_the_cancellation_is_the_outcome()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using var source = new CancellationTokenSource();
        Task<int> call = fixture.BeginFor(source);

        fixture.NextSlow().Return(7);
        source.Cancel();

        Assert.Equal(7, await call);
    }

    [Fact]
    public async Task A_reply_after_the_cancellation_is_dropped_and_reaches_no_other_caller()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using var source = new CancellationTokenSource();
        Task<int> first = fixture.BeginFor(source);
        Task<int> second = fixture.Begin();
        HeldCall late = fixture.NextSlow();

        source.Cancel();
        late.Return(7);
        fixture.NextSlow().Return(8);

        await Assert.ThrowsAsync<OperationCanceledException>(() => first);
        Assert.Equal(8, await second);
    }

    [Fact]
    public async Task A_worker_held_up_by_a_cancelled_call_gets_no_other_until_it_lets_go()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using var source = new CancellationTokenSource();
        _ = fixture.BeginFor(source);
        HeldCall held = fixture.NextSlow();
        source.Cancel();

        Task<int> next = fixture.AddAsync();
        Assert.False(next.IsCompleted);
        held.Return(0);

        Assert.Equal(42, await next);
    }

    [Fact]
    public async Task A_running_call_ends_at_its_deadline_and_names_the_setting()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Call.Timeout = TimeSpan.FromSeconds(10));
        Task<int> call = fixture.Begin();
        HeldCall held = fixture.NextSlow();

        fixture.Time.Advance(TimeSpan.FromSeconds(10) - PoolFixture.Tick);
        Assert.False(call.IsCompleted);
        fixture.Time.Advance(PoolFixture.Tick * 2);

        CallTimeoutException error = await Assert.ThrowsAsync<CallTimeoutException>(() => call);
        Assert.Equal(
            "Tool 'slow' did not answer within its 10 s on worker text/0#1. It may have run. "
                + "Raise the call's Timeout (default Call.Timeout).",
            error.Message);
        Assert.Equal(CallExecution.MayHaveRun, error.Execution);
        Assert.True(held.Request.CancellationToken.IsCancellationRequested);
    }

    [Fact]
    public async Task A_call_without_a_deadline_runs_on()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Begin(new ToolCallOptions { Timeout = Timeout.InfiniteTimeSpan });

        fixture.Time.Advance(TimeSpan.FromDays(100));
        fixture.NextSlow().Return(7);

        Assert.Equal(7, await call);
    }

    [Fact]
    public async Task A_late_reply_after_the_deadline_frees_the_worker_and_is_dropped()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromSeconds(1) });
        fixture.Time.Advance(TimeSpan.FromSeconds(1) + PoolFixture.Tick);
        await Assert.ThrowsAsync<CallTimeoutException>(() => call);

        fixture.NextSlow().Return(7);

        Assert.Equal(0, fixture.Now.Running);
        Assert.Equal(42, await fixture.AddAsync());
    }

    [Fact]
    public async Task Calls_cancelled_at_any_moment_have_one_outcome_and_leave_the_pool_working()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => (p.Size, p.Queue.Limit) = (2, 2_000));
        fixture.Workers.Add("echo", static async request =>
        {
            await Task.Yield(); // or the call would be over before there is anything to cancel
            return request.Get<int>(0);
        });

        async Task<bool> CallAsync(int i)
        {
            using var source = new CancellationTokenSource();
            Task<int> call = fixture.Pool.ExecuteAsync<int>("echo", ToolArguments.Positional(i), null, source.Token).AsTask();
            Task cancelling = Task.Run(source.Cancel);
            try
            {
                Assert.Equal(i, await call);
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
            finally
            {
                await cancelling;
            }
        }

        int answered = 0;
        int cancelled = 0;
        for (int round = 0; round < 10 || (round < 1_000 && (answered == 0 || cancelled == 0)); round++)
        {
            bool[] outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => CallAsync(i))));
            answered += outcomes.Count(static outcome => outcome);
            cancelled += outcomes.Count(static outcome => !outcome);
        }

        Assert.True(answered > 0 && cancelled > 0, $"{answered} calls were answered and {cancelled} cancelled: too few to prove anything.");
        await fixture.UntilAsync(static pool => (pool.Running, pool.QueueLength) == (0, 0));
        Assert.Equal(42, await fixture.AddAsync());
    }
}
