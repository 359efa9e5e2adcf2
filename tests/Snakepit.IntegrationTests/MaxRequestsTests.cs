using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests Recycle.MaxRequests where the replacement comes late or not at all.</summary>
[Trait("Rule", "L10")]
public sealed class MaxRequestsTests : IntegrationTest
{
    private const int Workers = 3;
    private const string Sound = "def answer():\n    return 42\n";

    [Theory(Timeout = Bound)]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Rule", "L6")]
    public async Task An_adapter_that_breaks_under_load_fails_no_call_until_it_is_mended(bool watched)
    {
        string file = Own(new TemporaryFolder()).Write("changing.py", Sound);
        Rig rig = await StartAsync(configure: pool =>
        {
            (pool.Adapter, pool.Size, pool.MinReady, pool.WatchAdapter) = (file, Workers, Workers, watched);
            (pool.Recycle.MaxRequests, pool.Restart.MaxBackoff) = (20, TimeSpan.FromMilliseconds(500));
        });
        await rig.Pool.WaitUntilReadyAsync(Workers, Cancellation);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        File.WriteAllText(file, "def answer(:\n");
        Task<int>[] load = [.. Enumerable.Range(0, Workers).Select(_ => CallUntilAsync(rig, over.Token))];

        ReplacementOverdueEvent told = await rig.NextAsync<ReplacementOverdueEvent>();

        PoolSnapshot now = rig.Pool.GetSnapshot();
        Assert.Equal((PoolState.Ready, Workers), (now.State, now.Ready));
        WorkerSnapshot overdue = now.Workers.Single(worker => worker.Id == told.Worker);
        Assert.Equal((RecycleReason.MaxRequests, WorkerState.Serving), (overdue.RecycleReason, overdue.State));
        Assert.NotNull(overdue.OverdueFor);
        Assert.IsType<AdapterLoadException>(told.Failure);

        File.WriteAllText(file, Sound);
        await rig.NextAsync<WorkerRecycledEvent>();
        await over.CancelAsync();
        Assert.All(await Task.WhenAll(load), static calls => Assert.InRange(calls, 1, int.MaxValue)); // no call failed
        Assert.InRange(rig.Pool.GetSnapshot().Lifecycle.Overshoot, 1, long.MaxValue);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task Starts_that_take_longer_than_the_limit_lasts_leave_MinReady_workers_ready()
    {
        string file = Own(new TemporaryFolder()).Write("slow.py", $"import time\ntime.sleep(0.5)\n\n{Sound}");
        Rig rig = await StartAsync(configure: pool =>
            (pool.Adapter, pool.Size, pool.MinReady, pool.Recycle.MaxRequests) = (file, Workers, Workers, 5));
        await rig.Pool.WaitUntilReadyAsync(Workers, Cancellation);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<int>[] load = [.. Enumerable.Range(0, Workers).Select(_ => CallUntilAsync(rig, over.Token))];

        for (int slot = 0; slot < Workers; slot++)
        {
            await rig.NextAsync<WorkerRecycledEvent>(recycled => recycled.Worker.Slot == slot);
        }

        await over.CancelAsync();
        await Task.WhenAll(load);
    }

    /// <summary>Makes calls one after another. All workers must be ready after each.</summary>
    private static async Task<int> CallUntilAsync(Rig rig, CancellationToken over)
    {
        int calls = 0;
        for (; !over.IsCancellationRequested; calls++)
        {
            Assert.Equal(42, await rig.CallAsync<int>("answer"));
            Assert.Equal(Workers, rig.Pool.GetSnapshot().Ready);
        }
        return calls;
    }
}
