using Snakepit.Bench.Measuring;

namespace Snakepit.Tests.Bench;

public sealed class TimeUnitTests
{
    [Theory]
    [InlineData("ns_per_call_4", 1, false)]
    [InlineData("pipelined_ns", 1, false)]
    [InlineData("reject_us_p50", 1e3, false)]
    [InlineData("max_delay_ms_free", 1e6, false)]
    [InlineData("calls_per_s_1w_64", 1e9, true)]
    public void The_name_says_the_unit(string metric, double nanoseconds, bool isRate) =>
        Assert.Equal(new TimeUnit(nanoseconds, isRate), TimeUnit.OfMetric(metric));

    [Theory]
    [InlineData("failed")]
    [InlineData("bytes_per_call")]
    [InlineData("p50_ratio")]
    [InlineData("late_pct_max")]
    [InlineData("ratio_2w_to_1w")]
    public void What_is_no_time_has_none(string metric) => Assert.Null(TimeUnit.OfMetric(metric));

    [Theory]
    [InlineData("p50_us", 2, 100)]
    [InlineData("calls_per_s_64", 500_000, 100)]
    public void A_ratio_is_the_time_or_the_time_of_one(string metric, double value, double ratio)
    {
        var reading = new ReferenceReading(20, 25, 6, 4, 30);
        Metric shown = new(metric, "") { Against = Reference.DictionaryPair };

        Assert.Equal(ratio, shown.Ratio(value, new ReferenceReadings(reading, reading))!.Value, 1e-9);
    }

    [Fact]
    public void A_count_has_no_ratio()
    {
        var reading = new ReferenceReading(20, 25, 6, 4, 30);

        Assert.Null(new Metric("failed", "", Bar.AtMost(0)).Ratio(0, new ReferenceReadings(reading, reading)));
    }

    [Theory]
    [InlineData("13.5 6.25\n", 13.5, 6.25)]
    public void What_the_interpreter_says_is_read(string said, double loop, double start) =>
        Assert.Equal((loop, start), ReferenceMeter.Parse(said));

    [Theory]
    [InlineData("")]
    [InlineData("13.5")]
    [InlineData("0 6.25")]
    [InlineData("Traceback (most")]
    public void Anything_else_is_no_reference(string said) => Assert.Null(ReferenceMeter.Parse(said));
}
