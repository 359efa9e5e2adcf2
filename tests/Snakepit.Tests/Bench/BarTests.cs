using Snakepit.Bench.Measuring;

namespace Snakepit.Tests.Bench;

public sealed class BarTests
{
    private static readonly ReferenceReading s_quick = new(20, 25, 6, 4, 30);
    private static readonly ReferenceReading s_slow = new(60, 75, 18, 12, 90);

    [Fact]
    public void A_fixed_bar_is_the_same_on_every_machine()
    {
        Assert.Equal(300, Bar.AtMost(300).Limit("ns_per_call", Of(s_quick)));
        Assert.Equal(300, Bar.AtMost(300).Limit("ns_per_call", Of(s_slow)));
    }

    [Theory]
    [InlineData("ns_per_call_4", 80, 240)]
    [InlineData("reject_us_p50", 0.08, 0.24)]
    [InlineData("ready_ms_8", 0.00008, 0.00024)]
    public void A_multiple_of_a_reference_is_stated_in_the_metrics_unit(string metric, double quick, double slow)
    {
        Bar bar = Bar.AtMost(4, Reference.DictionaryPair);

        Assert.Equal(quick, bar.Limit(metric, Of(s_quick)), 1e-9);
        Assert.Equal(slow, bar.Limit(metric, Of(s_slow)), 1e-9);
    }

    [Theory]
    [InlineData("DictionaryPair", 20)]
    [InlineData("PythonLoop", 25)]
    [InlineData("InterpreterStart", 6_000_000)]
    [InlineData("WakeUp", 4_000)]
    [InlineData("LateWakeUp", 30_000)]
    public void Each_reference_is_its_own(string reference, double nanoseconds) =>
        Assert.Equal(nanoseconds, Bar.AtMost(1, Enum.Parse<Reference>(reference)).Limit("ns", Of(s_quick)), 1e-9);

    [Fact]
    public void A_clock_stays_and_its_slack_follows_the_machine()
    {
        Bar bar = Bar.AtMost(50).Plus(5, Reference.InterpreterStart);

        Assert.Equal(80, bar.Limit("gone_ms_p99", Of(s_quick)), 1e-9);
        Assert.Equal(140, bar.Limit("gone_ms_p99", Of(s_slow)), 1e-9);
    }

    [Fact]
    public void A_rate_must_do_one_in_so_many_references()
    {
        Bar bar = Bar.AtLeastOneIn(100, Reference.PythonLoop); // one in 2.5 µs

        Assert.Equal(400_000, bar.Limit("calls_per_s_1w_64", Of(s_quick)), 1e-6);
        Assert.True(bar.Holds("calls_per_s_1w_64", 400_001, Of(s_quick)));
        Assert.False(bar.Holds("calls_per_s_1w_64", 399_999, Of(s_quick)));
    }

    [Fact]
    public void The_most_holds_at_its_value_and_not_above()
    {
        Assert.True(Bar.AtMost(0).Holds("failed", 0, Of(s_quick)));
        Assert.False(Bar.AtMost(0).Holds("failed", 1, Of(s_quick)));
    }

    [Fact]
    public void The_reference_is_the_mean_of_before_and_after() =>
        Assert.Equal(4 * 40, Bar.AtMost(4, Reference.DictionaryPair).Limit("ns_per_call", new ReferenceReadings(s_quick, s_slow)), 1e-9);

    [Fact]
    public void A_metric_without_a_unit_has_no_bar_in_references() =>
        Assert.Throws<ArgumentException>(() => Bar.AtMost(4, Reference.DictionaryPair).Limit("failed", Of(s_quick)));

    [Fact]
    public void A_machine_that_takes_a_fifth_longer_for_code_has_drifted()
    {
        Assert.False(Of(s_quick).HasDrifted());
        Assert.False(new ReferenceReadings(s_quick, s_quick with { PythonLoopNs = 29 }).HasDrifted());
        Assert.True(new ReferenceReadings(s_quick, s_quick with { PythonLoopNs = 31 }).HasDrifted());
        Assert.True(new ReferenceReadings(s_quick with { DictionaryPairNs = 25 }, s_quick).HasDrifted());
    }

    private static ReferenceReadings Of(ReferenceReading reading) => new(reading, reading);
}
