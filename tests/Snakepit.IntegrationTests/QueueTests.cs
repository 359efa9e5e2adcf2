using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests calls that wait for a worker.</summary>
public sealed class QueueTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L4")]
    public async Task ExecuteAsync_full_queue_rejects_at_once_with_its_numbers()
    {
        Rig rig = await StartAsync(configure: static p => p.Queue.Limit = 2);
        Gate gate = NewGate();
        Task<int>[] accepted = [.. Enumerable.Range(0, 3).Select(i => rig.CallAsync<int>("hold", gate.Path, i))];
        await rig.BegunAsync(0);

        PoolSaturatedException thrown = await Assert.ThrowsAsync<PoolSaturatedException>(() => rig.CallAsync<int>("pid"));

        Assert.Equal((Rig.OnlyPool, 2, 2), (thrown.Pool, thrown.QueueLength, thrown.Limit));
        Assert.Contains("Queue.Limit is 2", thrown.Message, StringComparison.Ordinal);
        PoolSaturatedEvent told = await rig.NextAsync<PoolSaturatedEvent>();
        Assert.Equal((2, 2), (told.QueueLength, told.Limit));
        Assert.Equal((3L, 1L), (rig.Pool.GetSnapshot().Accepted, rig.Pool.GetSnapshot().Rejected));
        gate.Release(3);
        Assert.Equal(Enumerable.Range(0, 3), await Task.WhenAll(accepted));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L4")]
    public async Task ExecuteAsync_longer_in_the_queue_than_its_timeout_is_rejected()
    {
        Rig rig = await StartAsync(configure: static p => p.Queue.Timeout = TimeSpan.FromMilliseconds(100));
        Gate gate = NewGate();
        Task<int> running = rig.CallAsync<int>("hold", gate.Path, 1);
        await rig.BegunAsync(1);

        PoolSaturatedException thrown = await Assert.ThrowsAsync<PoolSaturatedException>(() => rig.CallAsync<int>("pid"));

        Assert.Contains("Queue.Timeout (100 ms)", thrown.Message, StringComparison.Ordinal);
        gate.Release();
        Assert.Equal(1, await running);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L4")]
    public async Task ExecuteAsync_queued_calls_run_in_their_order()
    {
        Rig rig = await StartAsync();
        Gate gate = NewGate();
        Task<int> running = rig.CallAsync<int>("hold", gate.Path, 1);
        await rig.BegunAsync(1);
        Task<int[]>[] queued = [.. Enumerable.Range(0, 10).Select(i => rig.CallAsync<int[]>("count"))];
        gate.Release();

        Assert.Equal(Enumerable.Range(1, 10), (await Task.WhenAll(queued)).Select(static answer => answer[1]));
        await running;
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L2")]
    public async Task ExecuteAsync_before_the_first_worker_is_ready_waits_for_it()
    {
        Gate gate = NewGate();
        Rig rig = await StartAsync(
            "gated.py",
            pool =>
            {
                pool.Python.Variables["GATE"] = gate.Path;
                pool.Queue.Timeout = TimeSpan.FromSeconds(50);
            },
            static builder => builder.Options.StartPolicy = StartPolicy.Background);

        Task<int> call = rig.CallAsync<int>("add", 40, 2);

        Assert.Equal((0, 1), (rig.Pool.GetSnapshot().Ready, rig.Pool.GetSnapshot().QueueLength));
        gate.Release();
        Assert.Equal(42, await call);
    }

    [Theory(Timeout = Bound)]
    [InlineData(1_500)]
    [InlineData(20_000)]
    [Trait("Rule", "L4")]
    public async Task ExecuteAsync_of_many_calls_at_once_rejects_none_where_callers_wait(int calls)
    {
        Rig rig = await StartAsync(configure: static p => (p.Size, p.Queue.WhenFull) = (2, QueueFullMode.Wait));

        int[] sums = await Task.WhenAll(Enumerable.Range(0, calls).Select(i => rig.CallAsync<int>("add", i, 1)));

        Assert.Equal(Enumerable.Range(1, calls), sums);
        PoolSnapshot now = rig.Pool.GetSnapshot();
        Assert.Equal(((long)calls, 0L, 0, 0), (now.Accepted, now.Rejected, now.QueueLength, now.WaitingForRoom));
    }
}
