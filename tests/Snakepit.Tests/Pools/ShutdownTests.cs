using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>The shutdown of the pool.</summary>
[Trait("Rule", "L17")]
public sealed class ShutdownTests
{
    [Fact]
    public async Task Stopping_an_idle_pool_ends_every_worker()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Size = 3);
        await fixture.ReadyAsync(3);

        await fixture.StopAsync();

        Assert.Empty(fixture.Workers.Alive);
        Assert.Equal((PoolState.Stopped, 0), (fixture.Now.State, fixture.Now.Workers.Count));
    }

    [Fact]
    public async Task Stopping_lets_running_calls_finish()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Begin();
        HeldCall held = fixture.NextSlow();

        Task stopping = fixture.StopAsync();
        await fixture.UntilAsync(static pool => pool.State == PoolState.Stopping);
        Assert.False(stopping.IsCompleted);
        held.Return(7);

        Assert.Equal(7, await call);
        await stopping;
    }

    [Fact]
    public async Task A_stop_that_is_hurried_leaves_running_calls_no_more_time()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => p.Stop.Timeout = TimeSpan.FromHours(1));
        fixture.Pool.HurryStop(); // no stop has begun
        Task<int> call = fixture.Begin();
        fixture.NextSlow();
        Task stopping = fixture.StopAsync();
        await fixture.UntilAsync(static pool => pool.State == PoolState.Stopping);

        fixture.Pool.HurryStop();
        fixture.Time.Advance(PoolFixture.Tick);

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal(15, lost.Report!.Signal);
        await stopping;
    }

    [Fact]
    public async Task Stopping_rejects_what_waits_and_what_comes()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> running = fixture.Begin();
        Task<int> waiting = fixture.AddAsync();
        HeldCall held = fixture.NextSlow();

        Task stopping = fixture.StopAsync();
        ObjectDisposedException error = await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.StartsWith("Pool 'text' is stopping or stopped and accepts no calls.", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectDisposedException>(fixture.AddAsync);

        held.Return(7);
        await stopping;
        await Assert.ThrowsAsync<ObjectDisposedException>(fixture.AddAsync);
        Assert.Equal(7, await running);
    }

    [Fact]
    public async Task Stopping_with_drain_queue_runs_what_waits()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Stop.DrainQueue = true);
        Task<int> running = fixture.Begin();
        Task<int> waiting = fixture.AddAsync();
        HeldCall held = fixture.NextSlow();

        Task stopping = fixture.StopAsync();
        await fixture.UntilAsync(static pool => pool.State == PoolState.Stopping);
        await Assert.ThrowsAsync<ObjectDisposedException>(fixture.AddAsync);
        held.Return(7);

        Assert.Equal((7, 42), (await running, await waiting));
        await stopping;
    }

    [Fact]
    public async Task Stopping_with_drain_queue_rejects_what_still_waits_when_the_time_is_up()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p =>
        {
            p.Stop.DrainQueue = true;
            p.Queue.Timeout = TimeSpan.FromMinutes(10);
            p.Call.Timeout = TimeSpan.FromMinutes(10);
        });
        Task<int> running = fixture.Begin();
        Task<int> waiting = fixture.AddAsync();

        Task stopping = fixture.StopAsync();
        await fixture.UntilAsync(static pool => pool.State == PoolState.Stopping);
        fixture.Time.Advance(fixture.Options.Stop.Timeout - fixture.Options.Stop.KillTimeout + PoolFixture.Tick);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<WorkerLostException>(() => running);
        await stopping;
    }

    [Fact]
    public async Task A_call_that_outlasts_the_stop_timeout_is_lost_with_its_worker()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => p.Call.Timeout = Timeout.InfiniteTimeSpan);
        Task<int> call = fixture.Begin();
        Task stopping = fixture.StopAsync();
        await fixture.UntilAsync(static pool => pool.State == PoolState.Stopping);

        fixture.Time.Advance(fixture.Options.Stop.Timeout);

        WorkerLostException error = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal((15, CallExecution.MayHaveRun), (error.Report!.Signal, error.Execution)); // SIGTERM comes before SIGKILL
        await stopping;
    }

    [Fact]
    public async Task A_worker_that_ignores_the_order_to_end_is_killed()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        FakeWorker worker = fixture.Workers.Get("text", 0);
        worker.Hang();

        Task stopping = fixture.StopAsync();
        await fixture.UntilAsync(static pool => pool.State == PoolState.Stopping);
        Assert.False(worker.Exited.IsCompleted);
        fixture.Time.Advance(fixture.Options.Stop.KillTimeout + PoolFixture.Tick);

        await stopping;
        Assert.True(worker.Exited.IsCompleted);
    }

    [Fact]
    public async Task A_worker_that_not_even_a_kill_ends_holds_up_nobody_for_ever()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Begin();
        fixture.Workers.Get("text", 0).Hang(unkillable: true);
        Task stopping = fixture.StopAsync();
        await fixture.UntilAsync(static pool => pool.State == PoolState.Stopping);

        TimeSpan budget = fixture.Options.Stop.Timeout + (fixture.Options.Stop.KillTimeout * 2);
        for (TimeSpan waited = TimeSpan.Zero; waited < budget; waited += TimeSpan.FromSeconds(1))
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
        }

        WorkerLostException error = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.StartsWith(
            "Worker text/0#1 could not be ended while it ran 'slow'. The tool may have run;", error.Message, StringComparison.Ordinal);
        await stopping;
        Assert.Contains(fixture.Logs.GetSnapshot(), static line => line.Id.Id == Snakepit.Telemetry.EventIds.WorkerUnkillable);
    }

    [Fact]
    public async Task Stopping_kills_workers_that_are_still_starting()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static _ => new TaskCompletionSource().Task);
        Task<int> waiting = fixture.AddAsync();

        await fixture.StopAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.Empty(fixture.Workers.Alive);
        Assert.DoesNotContain(fixture.Events(), static happened => happened is StartFailedEvent);
    }

    [Fact]
    public async Task Stopping_twice_is_stopping_once()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        await Task.WhenAll(fixture.StopAsync(), fixture.StopAsync());
        await fixture.StopAsync();

        Assert.Equal(PoolState.Stopped, fixture.Now.State);
    }

    [Fact]
    public async Task A_cancelled_wait_for_the_stop_does_not_stop_stopping()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Begin();
        using var source = new CancellationTokenSource();
        Task waiting = fixture.Pool.StopAsync(source.Token);

        source.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        fixture.NextSlow().Return(7);

        Assert.Equal(7, await call);
        await fixture.StopAsync();
    }
}
