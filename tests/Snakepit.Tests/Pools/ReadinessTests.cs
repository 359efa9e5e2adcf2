using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Starting: which waits end when, and the errors of failed starts.</summary>
[Trait("Rule", "L16")]
public sealed class ReadinessTests
{
    [Fact]
    public async Task Wait_until_ready_returns_when_that_many_workers_serve()
    {
        var gates = new Dictionary<int, TaskCompletionSource> { [0] = new(), [1] = new(), [2] = new() };
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            worker => gates[worker.Id.Slot].Task, p => p.Size = p.Start.MaxConcurrent = 3);
        Task one = fixture.ReadyAsync(1);
        Task two = fixture.ReadyAsync(2);

        gates[1].SetResult();
        await one;
        Assert.False(two.IsCompleted);
        Assert.Equal(42, await fixture.AddAsync()); // a ready worker serves while others start

        gates[0].SetResult();
        await two;
    }

    [Fact]
    public async Task Wait_until_ready_waits_for_min_ready_unless_told_otherwise()
    {
        var gates = new Dictionary<int, TaskCompletionSource> { [0] = new(), [1] = new() };
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            worker => gates[worker.Id.Slot].Task, p => p.Size = p.MinReady = p.Start.MaxConcurrent = 2);
        Task ready = fixture.ReadyAsync();

        gates[0].SetResult();
        await fixture.ReadyAsync(1);
        Assert.False(ready.IsCompleted);
        Assert.Equal(PoolState.Degraded, fixture.Now.State);

        gates[1].SetResult();
        await ready;
        Assert.Equal(PoolState.Ready, fixture.Now.State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Waiting_for_a_worker_that_cannot_start_ends_though_others_serve(bool resizes)
    {
        TaskCompletionSource never = new();
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            worker => worker.Id.Slot == 0 ? Task.CompletedTask : never.Task, p => p.Size = resizes ? 1 : 2);
        await fixture.ReadyAsync(1);
        Task wait = resizes ? fixture.Pool.ResizeAsync(2, CancellationToken.None) : fixture.ReadyAsync(2);

        fixture.Time.Advance(TimeSpan.FromSeconds(59)); // less than Boot.Timeout and Restart.MaxBackoff
        Assert.False(wait.IsCompleted);
        fixture.Time.Advance(TimeSpan.FromSeconds(2));

        AdapterLoadException error = await Assert.ThrowsAsync<AdapterLoadException>(() => wait);
        Assert.StartsWith(
            "Pool 'text': 1 of 2 workers serve, and the others did not start within Boot.Timeout (30 s) each and Restart.MaxBackoff "
                + "(30 s). The pool keeps trying.",
            error.Message, StringComparison.Ordinal);
        Assert.Equal(42, await fixture.AddAsync());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public async Task Wait_until_ready_for_an_impossible_number_throws(int workers)
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Size = 2);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(nameof(workers), () => fixture.ReadyAsync(workers));
    }

    [Fact]
    public async Task Wait_until_ready_can_be_given_up()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static _ => new TaskCompletionSource().Task);
        using var source = new CancellationTokenSource();
        Task waiting = fixture.Pool.WaitUntilReadyAsync(1, source.Token);

        source.Cancel();

        OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(source.Token, error.CancellationToken);
    }

    [Fact]
    public async Task Wait_until_ready_of_a_failing_pool_throws_why()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static _ => throw new FakeToolException("ImportError", "no torch"));

        AdapterLoadException error = await Assert.ThrowsAsync<AdapterLoadException>(() => fixture.ReadyAsync());

        Assert.Contains("ImportError: no torch", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wait_until_ready_ends_with_the_pool()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static _ => new TaskCompletionSource().Task);
        Task waiting = fixture.ReadyAsync();

        await fixture.StopAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
    }

    [Fact]
    public async Task Calls_wait_for_the_first_worker()
    {
        var gate = new TaskCompletionSource();
        await using PoolFixture fixture = await PoolFixture.StartAsync(_ => gate.Task);
        Task<int> call = fixture.AddAsync();
        Assert.Equal((PoolState.Starting, 1), (fixture.Now.State, fixture.Now.QueueLength));

        gate.SetResult();

        Assert.Equal(42, await call);
    }

    [Fact]
    public async Task Starts_are_bounded()
    {
        var gate = new TaskCompletionSource();
        await using PoolFixture fixture = await PoolFixture.StartAsync(_ => gate.Task, p =>
        {
            p.Size = 5;
            p.Start.MaxConcurrent = 2;
        });

        Assert.Equal(2, fixture.Workers.Alive.Count);
        gate.SetResult();
        await fixture.ReadyAsync(5);
    }
}
