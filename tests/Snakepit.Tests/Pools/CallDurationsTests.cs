using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>How long calls took, as snapshots and the statistics of tools tell it.</summary>
public sealed class CallDurationsTests
{
    [Fact]
    public async Task Tools_are_counted_with_failures_and_durations()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        await fixture.AddAsync();
        await Assert.ThrowsAsync<ToolException>(() => fixture.CallAsync("fail"));
        Task<int> slow = fixture.Begin();
        HeldCall held = fixture.NextSlow();
        fixture.Time.Advance(TimeSpan.FromSeconds(8));
        held.Return(1);
        await slow;

        IReadOnlyList<ToolStatistics> tools = fixture.Face.GetToolStatistics();

        Assert.Equal([("add", 1L, 0L), ("fail", 1, 1), ("slow", 1, 0)], tools.Select(static one => (one.Tool, one.Calls, one.Failed)));
        Assert.Equal(TimeSpan.Zero, tools[0].MedianDuration);
        Assert.InRange(tools[2].Percentile99Duration, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(9));
    }

    [Fact]
    public async Task A_snapshot_tells_the_durations_of_late_until_they_are_old()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Assert.Null(fixture.Now.MedianDuration);
        Task<int> slow = fixture.Begin();
        HeldCall held = fixture.NextSlow();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        held.Return(1);
        await slow;

        Assert.InRange(fixture.Now.MedianDuration!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.125));
        fixture.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.InRange(fixture.Now.Percentile99Duration!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.125));
        fixture.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(fixture.Now.MedianDuration);
    }

    [Fact]
    public async Task Invented_names_take_no_memory_without_end()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        for (int i = 0; i < 1_100; i++)
        {
            await Assert.ThrowsAsync<ToolException>(() => fixture.CallAsync($"tool{i}"));
        }

        Assert.Equal(1_000, fixture.Face.GetToolStatistics().Count);
    }
}
