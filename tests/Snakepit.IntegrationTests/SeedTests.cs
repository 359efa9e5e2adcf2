using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the three promises that the first version of Snakepit made about its workers.</summary>
public sealed class SeedTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    [Trait("Rule", "L8")]
    public async Task Seed_ttl_recycling()
    {
        Rig rig = await StartAsync(configure: static pool => (pool.Size, pool.Recycle.Ttl) = (2, TimeSpan.FromSeconds(1)));
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        int[] old = [.. rig.Pool.GetSnapshot().Workers.Select(static worker => worker.Pid)];

        await rig.NextAsync<WorkerRecycledEvent>(static recycled => recycled.Worker.Slot == 0);
        WorkerRecycledEvent last = await rig.NextAsync<WorkerRecycledEvent>(static recycled => recycled.Worker.Slot == 1);

        Assert.Contains(last.Pid, old);
        Assert.DoesNotContain(await rig.CallAsync<int>("pid"), old);
        Assert.Equal(2, rig.Pool.GetSnapshot().Ready);
        Assert.All(await rig.AllAsync<WorkerRecycledEvent>(), static recycled =>
        {
            Assert.Equal((RecycleReason.TtlExpired, 0), (recycled.Reason, recycled.FailedCalls));
            Assert.True(recycled.Uptime >= TimeSpan.FromSeconds(0.9));
        });
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task Seed_request_count()
    {
        Rig rig = await StartAsync(configure: static pool =>
            (pool.Size, pool.Recycle.MaxRequests, pool.Recycle.StrictMaxRequests) = (1, 5, true));
        var pids = new List<int>();

        for (int call = 0; call < 6; call++)
        {
            pids.Add(await rig.CallAsync<int>("pid"));
        }

        Assert.Single(pids.Take(5).Distinct());
        Assert.NotEqual(pids[0], pids[5]);
        WorkerRecycledEvent recycled = await rig.NextAsync<WorkerRecycledEvent>();
        Assert.Equal((RecycleReason.MaxRequests, 5L, pids[0]), (recycled.Reason, recycled.Requests, recycled.Pid));
        Assert.Equal(6, rig.Runtime.GetStatistics().TotalRequests);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task Seed_manual()
    {
        Rig rig = await StartAsync(configure: static pool => pool.Size = 2);
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        WorkerSnapshot old = rig.Pool.GetSnapshot().Workers[1];

        SlotRecycle slot = Assert.Single((await rig.Pool.RecycleAsync(old.Id, Cancellation)).Slots);

        Assert.Equal((SlotRecycleOutcome.Replaced, old.Id, new WorkerId(Rig.OnlyPool, 1, 2)), (slot.Outcome, slot.Old, slot.New));
        Assert.DoesNotContain(rig.Pool.GetSnapshot().Workers, worker => worker.Pid == old.Pid);
        LifecycleStatistics now = rig.Runtime.GetStatistics();
        Assert.Equal((2, 2, 1L), (now.TotalWorkers, now.WorkersByPool[Rig.OnlyPool], now.RecyclesByReason[RecycleReason.Manual]));
    }
}
