using Snakepit.Pools.Kernel;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>P8: what the pool learns from a tool's runs.</summary>
[Trait("Rule", "P8")]
public class ToolPaceTests
{
    private const long Limit = 200;

    [Theory]
    [InlineData(7, false)]
    [InlineData(8, true)]
    public void IsFast_only_after_enough_runs(int runs, bool fast) => Assert.Equal(fast, Learn(default, 30, runs).IsFast);

    [Fact]
    public void IsFast_run_of_exactly_the_limit_is_fast() => Assert.True(Learn(default, Limit, 8).IsFast);

    [Fact]
    public void IsFast_slow_first_run_counts_in_full_at_first()
    {
        ToolPace pace = Learn(Learn(default, 5_000, 1), 30, 18);

        Assert.False(pace.IsFast); // one slow run in nineteen
        Assert.True(Learn(pace, 30, 2).IsFast);
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void IsFast_tool_that_lies_is_found_out_by_its_fourth_slow_run(int slowRuns, bool fast) =>
        Assert.Equal(fast, Learn(Learn(default, 30, 1_000), 10_000, slowRuns).IsFast);

    [Fact]
    public void IsFast_tool_that_mends_is_trusted_again()
    {
        ToolPace pace = Learn(default, 10_000, 100);

        Assert.False(Learn(pace, 30, 100).IsFast);
        Assert.True(Learn(pace, 30, 200).IsFast);
    }

    [Theory]
    [InlineData(25, true)]
    [InlineData(10, false)]
    public void IsFast_share_of_slow_runs_decides(int oneIn, bool fast)
    {
        ToolPace pace = default;
        int fastSteps = 0;
        for (int i = 1; i <= 5_000; i++)
        {
            pace.Learn(i % oneIn == 0 ? 1_000 : 30, Limit);
            fastSteps += pace.IsFast ? 1 : 0;
        }

        Assert.Equal(fast, fastSteps > 2_500);
    }

    [Fact]
    public void Mean_follows_the_latest_runs()
    {
        ToolPace pace = Learn(default, 100, 10);

        Assert.Equal(100, pace.Mean);
        Assert.InRange(Learn(pace, 20, 640).Mean, 20, 21);
        Assert.Equal(0, default(ToolPace).Mean);
    }

    private static ToolPace Learn(ToolPace pace, long runTime, int runs)
    {
        for (int i = 0; i < runs; i++)
        {
            pace.Learn(runTime, Limit);
        }
        return pace;
    }
}
