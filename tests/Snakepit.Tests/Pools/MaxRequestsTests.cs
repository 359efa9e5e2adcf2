using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Replacement after a number of calls.</summary>
[Trait("Rule", "L8")]
public sealed class MaxRequestsTests
{
    [Fact]
    public async Task A_worker_never_begins_a_call_beyond_its_limit()
    {
        var served = new Dictionary<WorkerId, int>();
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Recycle.MaxRequests = 3);
        fixture.Workers.Add("who", request => served[request.Worker.Id] = served.GetValueOrDefault(request.Worker.Id) + 1);

        for (int i = 0; i < 20; i++)
        {
            await fixture.CallAsync("who");
        }

        Assert.Equal(20, served.Values.Sum());
        Assert.All(served.Values, static count => Assert.InRange(count, 1, 3));
        Assert.InRange(fixture.Now.Recycled, 6, 20);
    }

    [Fact]
    public async Task Failed_calls_count()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Recycle.MaxRequests = 2);

        await Assert.ThrowsAsync<ToolException>(() => fixture.CallAsync("fail"));
        await Assert.ThrowsAsync<ToolException>(() => fixture.CallAsync("fail"));

        await fixture.UntilAsync(static pool => pool.Recycled == 1);
    }

    [Fact]
    public async Task Without_a_limit_no_worker_is_replaced()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        for (int i = 0; i < 100; i++)
        {
            await fixture.AddAsync();
        }

        WorkerSnapshot worker = Assert.Single(fixture.Now.Workers);
        Assert.Equal((1, 100L, null, null), (worker.Id.Generation, worker.Requests, worker.EffectiveMaxRequests, worker.Recycling));
    }

    [Fact]
    [Trait("Rule", "L10")]
    public async Task Calls_wait_rather_than_break_the_limit_while_the_replacement_cannot_start()
    {
        bool broken = false;
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            _ => broken ? throw new FakeToolException("ImportError", "no torch") : Task.CompletedTask, p => p.Recycle.MaxRequests = 4);
        await fixture.ReadyAsync();
        broken = true;
        for (int i = 0; i < 4; i++)
        {
            await fixture.AddAsync();
        }

        Task<int> call = fixture.AddAsync();
        Assert.False(call.IsCompleted);
        fixture.Time.Advance(TimeSpan.FromSeconds(1)); // the next attempt fails too
        await Assert.ThrowsAsync<AdapterLoadException>(() => call);

        broken = false;
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(42, await fixture.AddAsync());
    }
}
