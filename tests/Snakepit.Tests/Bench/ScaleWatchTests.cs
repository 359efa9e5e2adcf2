using Snakepit.Bench.Measuring;

namespace Snakepit.Tests.Bench;

public sealed class ScaleWatchTests
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(20);

    [Fact]
    public void A_pool_that_only_grows_or_only_shrinks_does_not_flap() =>
        Assert.Equal(0, Flaps((0, 4, 8), (1, 8, 16), (30, 16, 12), (31, 12, 4)));

    [Fact]
    public void Growth_less_than_a_period_after_a_shrink_is_a_flap() =>
        Assert.Equal(1, Flaps((0, 4, 16), (15, 16, 10), (16, 10, 4), (20, 4, 16)));

    [Fact]
    public void Growth_in_two_parts_is_one_flap() => Assert.Equal(1, Flaps((0, 16, 4), (5, 4, 10), (6, 10, 16)));

    [Fact]
    public void Growth_a_period_after_a_shrink_is_none() => Assert.Equal(0, Flaps((0, 16, 4), (20, 4, 16)));

    [Fact]
    public void A_pool_that_flaps_in_every_period_is_counted_every_time() =>
        Assert.Equal(3, Flaps((0, 16, 4), (10, 4, 16), (20, 16, 4), (30, 4, 16), (40, 16, 4), (50, 4, 16)));

    private static int Flaps(params (double Seconds, int From, int To)[] changes) => ScaleWatch.CountFlaps(
        changes.Select(static change => new PoolScaledEvent
        {
            Pool = "bench",
            At = DateTimeOffset.UnixEpoch.AddSeconds(change.Seconds),
            From = change.From,
            To = change.To,
            Reason = ScaleReason.Busy,
        }),
        s_period);
}
