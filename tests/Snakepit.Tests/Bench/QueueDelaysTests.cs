using Snakepit.Bench.Measuring;

namespace Snakepit.Tests.Bench;

public sealed class QueueDelaysTests
{
    private static readonly TimeSpan s_target = TimeSpan.FromMilliseconds(100);

    [Fact]
    public void A_delay_is_above_the_target_from_when_a_call_has_waited_so_long_until_it_begins() =>
        Assert.Equal(30, LongestMs((0, 50), (10, 140)));

    [Fact]
    public void Calls_that_wait_too_long_one_after_another_are_one_time() =>
        Assert.Equal(80, LongestMs((0, 140), (30, 170), (50, 180))); // from 100 until 180

    [Fact]
    public void A_time_that_lies_within_another_adds_nothing() => Assert.Equal(200, LongestMs((0, 300), (20, 200)));

    [Fact]
    public void Times_with_a_break_are_judged_one_by_one() => Assert.Equal(40, LongestMs((0, 120), (200, 340), (400, 510)));

    [Fact]
    public void Calls_that_wait_as_long_as_they_may_are_in_time() => Assert.Equal(0, LongestMs((0, 100), (50, 60)));

    [Fact]
    public void The_delay_that_a_share_does_not_exceed_is_told() =>
        Assert.Equal(TimeSpan.FromMilliseconds(20), Delays((0, 10), (0, 20), (0, 500)).Percentile(0.5));

    private static double LongestMs(params (double Made, double Begun)[] calls) =>
        Delays(calls).LongestAbove(s_target).TotalMilliseconds;

    private static QueueDelays Delays(params (double Made, double Begun)[] calls)
    {
        var delays = new QueueDelays();
        foreach ((double made, double begun) in calls.Reverse())
        {
            delays.Add(Clock.Units(TimeSpan.FromMilliseconds(made)), Clock.Units(TimeSpan.FromMilliseconds(begun)));
        }
        return delays;
    }
}
