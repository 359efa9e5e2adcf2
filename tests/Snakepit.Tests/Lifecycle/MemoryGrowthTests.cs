using Snakepit.Lifecycle;

namespace Snakepit.Tests.Lifecycle;

/// <summary>Which tool leaves memory behind, found out from readings of workers that run several tools.</summary>
public sealed class MemoryGrowthTests
{
    private const int KiB = 1024;
    private readonly MemoryGrowth _growth = new();
    private readonly Random _random = new(7);

    [Fact]
    public void The_tool_that_leaks_is_found_among_others()
    {
        Read(100, static calls => calls[1] * 100 * KiB);

        Assert.InRange(_growth.Estimate()["tool1"], 95 * KiB, 105 * KiB);
        Assert.Equal([0, 0, 0], new[] { "tool0", "tool2", "tool3" }.Select(tool => _growth.Estimate()[tool]));
    }

    [Fact]
    public void Two_tools_that_leak_are_told_apart()
    {
        Read(200, static calls => (calls[0] * 10 * KiB) + (calls[3] * 300 * KiB));

        Assert.InRange(_growth.Estimate()["tool0"], 5 * KiB, 15 * KiB);
        Assert.InRange(_growth.Estimate()["tool3"], 290 * KiB, 310 * KiB);
        Assert.Equal(0, _growth.Estimate()["tool1"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Noise_is_nobodys_leak(int tools)
    {
        Read(500, static _ => 0, tools);

        Assert.All(_growth.Estimate().Values, static bytes => Assert.Equal(0, bytes));
    }

    [Fact]
    public void A_leak_that_was_mended_fades()
    {
        Read(1_000, static calls => calls[1] * 100 * KiB);
        Read(8_000, static _ => 0);

        Assert.InRange(_growth.Estimate()["tool1"], 0, KiB);
    }

    [Fact]
    public void Tools_that_always_come_together_share_the_blame()
    {
        for (int i = 0; i < 50; i++)
        {
            int calls = 1 + _random.Next(10);
            _growth.Observe([new("first", calls), new("second", calls)], calls * 100 * KiB);
        }

        Assert.InRange(_growth.Estimate()["first"], 45 * KiB, 55 * KiB);
        Assert.InRange(_growth.Estimate()["second"], 45 * KiB, 55 * KiB);
    }

    [Fact]
    public void Few_readings_say_nothing()
    {
        Read(7, static calls => calls[0] * 100 * KiB);

        Assert.Empty(_growth.Estimate());
    }

    [Fact]
    public void Readings_of_workers_without_calls_do_not_count()
    {
        Read(7, static calls => calls[0] * 100 * KiB);
        for (int i = 0; i < 100; i++)
        {
            _growth.Observe([new("tool0", 0)], 0);
        }

        Assert.Empty(_growth.Estimate());
    }

    [Fact]
    public void A_reading_with_a_tool_too_many_is_left_out()
    {
        for (int i = 0; i < 32 * 10; i++)
        {
            _growth.Observe([new($"tool{i % 32}", 1)], KiB);
        }
        _growth.Observe([new("tool0", 1), new("one too many", 1)], 100_000 * KiB);

        Assert.Equal(32, _growth.Estimate().Count);
        Assert.All(_growth.Estimate().Values, static bytes => Assert.InRange(bytes, KiB - 1, KiB + 1));
    }

    [Fact]
    public void A_tally_counts_the_calls_of_each_tool_since_the_last_reading()
    {
        var tally = new CallTally();
        foreach (string tool in (string[])["a", "a", "b", "a", "b"])
        {
            tally.Add(tool);
        }

        Assert.Equal([new("a", 3), new("b", 2)], tally.Tools);
        tally.Reset();
        tally.Add("b");
        Assert.Equal([new("a", 0), new("b", 1)], tally.Tools);
    }

    /// <summary>Observes workers that run up to 20 calls of each of four tools between two readings, which are up to 64 KiB off.</summary>
    private void Read(int readings, Func<int[], int> leak, int tools = 4)
    {
        for (int i = 0; i < readings; i++)
        {
            int[] calls = [.. Enumerable.Range(0, tools).Select(_ => _random.Next(20))];
            _growth.Observe(
                [.. calls.Select(static (count, number) => new ToolCalls($"tool{number}", count))],
                leak(calls) + _random.Next(-64 * KiB, 64 * KiB));
        }
    }
}
