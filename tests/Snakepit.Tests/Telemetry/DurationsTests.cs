using Snakepit.Telemetry;

namespace Snakepit.Tests.Telemetry;

public sealed class DurationsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1_000_003)]
    [InlineData(long.MaxValue)]
    public void A_quantile_is_not_too_low_and_at_most_an_eighth_too_high(long ticks)
    {
        var durations = new Durations();
        durations.Add(TimeSpan.FromTicks(ticks));

        decimal told = durations.Quantile(0.5)!.Value.Ticks;

        Assert.InRange(told, ticks, ticks * 1.125m);
    }

    [Fact]
    public void Quantiles_are_those_of_the_sum()
    {
        Durations fast = Of(1, 98), slow = Of(100, 2);
        fast.Add(slow);

        Assert.Equal(100, fast.Count);
        Assert.InRange(fast.Quantile(0.5)!.Value.TotalMilliseconds, 1, 1.125);
        Assert.InRange(fast.Quantile(0.98)!.Value.TotalMilliseconds, 1, 1.125);
        Assert.InRange(fast.Quantile(0.99)!.Value.TotalMilliseconds, 100, 112.5);
    }

    [Fact]
    public void Without_durations_there_is_no_quantile() => Assert.Null(new Durations().Quantile(0.5));

    private static Durations Of(int milliseconds, int count)
    {
        var durations = new Durations();
        for (int i = 0; i < count; i++)
        {
            durations.Add(TimeSpan.FromMilliseconds(milliseconds));
        }
        return durations;
    }
}
