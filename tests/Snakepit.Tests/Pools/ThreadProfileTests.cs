using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Pools whose workers run several calls at once.</summary>
[Trait("Rule", "L2")]
public sealed class ThreadProfileTests
{
    [Fact]
    public async Task A_worker_has_as_many_calls_as_threads_and_the_rest_wait()
    {
        await using PoolFixture fixture = await StartAsync();

        Task<int>[] calls = [fixture.Begin(), fixture.Begin(), fixture.Begin()];

        PoolSnapshot now = fixture.Now;
        Assert.Equal((2, 1), (now.Running, now.QueueLength));
        WorkerSnapshot worker = Assert.Single(now.Workers);
        Assert.Equal((2, 2, 0), (worker.Capacity, worker.Running, worker.Waiting));
        Assert.Equal(["slow", "slow"], worker.RunningTools.Select(static tool => tool.Name));
        for (int i = 0; i < calls.Length; i++)
        {
            fixture.NextSlow().Return(i);
            Assert.Equal(i, await calls[i]);
        }
    }

    [Fact]
    public async Task The_threads_count_in_the_process_profile_for_nothing()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static pool => pool.ThreadsPerWorker = 16);
        Task<int>[] calls = [fixture.Begin(), fixture.Begin()];

        Assert.Equal((1, 1, 1), (fixture.Now.Running, fixture.Now.QueueLength, fixture.Now.Workers[0].Capacity));
        foreach (Task<int> call in calls)
        {
            fixture.NextSlow().Return(0);
            await call;
        }
    }

    [Fact]
    public async Task The_least_loaded_worker_comes_first()
    {
        await using PoolFixture fixture = await StartAsync(static pool => (pool.Size, pool.ThreadsPerWorker) = (2, 8));

        Task<int>[] calls = [.. Enumerable.Range(0, 6).Select(_ => fixture.Begin())];

        Assert.All(fixture.Now.Workers, static worker => Assert.Equal(3, worker.Running));
        foreach (Task<int> call in calls)
        {
            fixture.NextSlow().Return(0);
            await call;
        }
    }

    [Fact]
    [Trait("Rule", "L5")]
    public async Task A_call_that_does_not_yield_lets_the_others_finish_before_its_worker_is_killed()
    {
        await using PoolFixture fixture = await StartAsync();
        using var source = new CancellationTokenSource();
        Task<int> stubborn = fixture.BeginFor(source);
        fixture.NextSlow();
        Task<int> other = fixture.Begin();
        HeldCall held = fixture.NextSlow();
        FakeWorker old = fixture.Workers.Get("text", 0);
        source.Cancel();
        await Assert.ThrowsAsync<OperationCanceledException>(() => stubborn);

        fixture.Time.Advance(fixture.Options.Call.CancelGrace + PoolFixture.Tick);

        Assert.False(old.Exited.IsCompleted);
        Task<int> next = fixture.AddAsync(); // by the replacement
        Assert.Equal(42, await next);
        held.Return(7);
        Assert.Equal(7, await other);
        await old.Exited;
    }

    private static Task<PoolFixture> StartAsync(Action<PoolOptions>? configure = null) => PoolFixture.StartAsync(pool =>
    {
        (pool.Profile, pool.ThreadsPerWorker) = (WorkerProfile.Thread, 2);
        configure?.Invoke(pool);
    });
}
