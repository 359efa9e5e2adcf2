using Snakepit.Bench;
using Snakepit.Bench.Measuring;
using Snakepit.Bench.Suite;

namespace Snakepit.Tests.Bench;

public sealed class SuiteTests
{
    private const string Line = """
        {"scenario":"x","metrics":{"ready_ms":90,"calls_per_s_1":1000,"failed":1,"share":0.5,"calls":7,"floor_us":9,"longest_us":9},
        "bars":[{"name":"failed","value":1,"bar":0,"held":false},{"name":"share","value":0.5,"bar":0.4,"at_least":true,"held":true}],
        "reference":{"before":{"dictionary_pair_ns":20,"python_loop_ns":25,"interpreter_start_ms":6,"wake_up_us":4,"late_wake_up_us":30},
        "after":{"dictionary_pair_ns":20,"python_loop_ns":25,"interpreter_start_ms":6,"wake_up_us":4,"late_wake_up_us":30}},
        "ratios":[{"name":"ready_ms","ratio":15,"reference":"interpreter_start_ms"},
        {"name":"calls_per_s_1","ratio":40000,"reference":"python_loop_ns"},
        {"name":"floor_us","ratio":360,"reference":"python_loop_ns"},{"name":"longest_us","ratio":360,"reference":"python_loop_ns"}]}
        """;

    private static readonly Metric[] s_metrics =
    [
        new("ready_ms", "", Bar.AtMost(20, Reference.InterpreterStart)),
        new("calls_per_s_1", "") { Against = Reference.PythonLoop },
        new("failed", "", Bar.AtMost(0)),
        new("share", "", Bar.AtLeast(0.4)),
        new("calls", "", Bar.AtLeast(100).InFullRuns()),
        new("floor_us", "") { IsControl = true },
        new("longest_us", "") { Combine = static values => values.Max() },
    ];

    private static ScenarioReport Report => ScenarioReport.Parse("said before\n" + Line.ReplaceLineEndings(""))!;

    [Theory]
    [InlineData("")]
    [InlineData("said something else")]
    [InlineData("{\"half\": ")]
    [InlineData("{\"scenario\":\"x\"}")]
    public void Output_that_ends_in_no_result_is_none(string output) => Assert.Null(ScenarioReport.Parse(output));

    [Fact]
    public void The_result_is_the_last_line_of_the_output()
    {
        Assert.Equal(90, Report.Metrics["ready_ms"]);
        Assert.Equal(20, Report.Reference.Before.DictionaryPairNs);
    }

    [Fact]
    public void A_time_is_compared_by_its_ratio_and_what_has_a_bar_by_its_value() =>
        Assert.Equal(
            [new("ready_ms", 15, false), new("calls_per_s_1", 40_000, false), new("failed", 1, false), new("share", 0.5, true)],
            Comparable.Of(s_metrics, Report));

    [Theory]
    [InlineData(new[] { 10.0, 11, 13 }, 3)] // the distance between the best and the worst
    [InlineData(new[] { 10.0, 10, 10 }, 1)] // at least a tenth of the median
    [InlineData(new[] { 0.0, 0, 0 }, 0)]
    public void Noise_is_how_far_runs_lie_apart(double[] values, double noise) => Assert.Equal(noise, Noise.Of(values), 1e-9);

    [Theory]
    [InlineData(16, false)]
    [InlineData(16.1, true)]
    [InlineData(1, false)] // better
    public void A_value_is_worse_beyond_the_worst_and_the_noise(double value, bool isWorse) =>
        Assert.Equal(isWorse, Noise.IsWorse(value, [10, 11, 13], higherIsBetter: false));

    [Theory]
    [InlineData(7, false)]
    [InlineData(6.9, true)]
    [InlineData(100, false)]
    public void Less_is_worse_where_more_is_better(double value, bool isWorse) =>
        Assert.Equal(isWorse, Noise.IsWorse(value, [10, 11, 13], higherIsBetter: true));

    [Fact]
    public void A_missed_bar_is_told_and_a_held_one_is_not() =>
        Assert.Equal(["missed  x failed: 1, bar ≤ 0"], Verdict.Of("x", Report, Comparable.Of(s_metrics, Report), null));

    [Fact]
    public void A_metric_that_is_worse_than_it_was_is_told()
    {
        var before = QuickBaseline.Of(
            "x", "2026-01-02", [[new("ready_ms", 10, false)], [new("ready_ms", 11, false)], [new("ready_ms", 12, false)]]);

        Assert.Equal(
            ["worse   x ready_ms: 15 x interpreter_start_ms, was 10 to 12 on 2026-01-02, noise 2"],
            Verdict.Of("x", Report with { Bars = [] }, Comparable.Of(s_metrics, Report), before));
    }

    [Fact]
    public void A_metric_that_misses_its_bar_is_told_once()
    {
        var before = QuickBaseline.Of("x", "2026-01-02", [[new("failed", 0, false)], [new("failed", 0, false)]]);

        Assert.Single(Verdict.Of("x", Report, Comparable.Of(s_metrics, Report), before));
    }

    [Fact]
    public void A_metric_that_is_as_it_was_is_not_told()
    {
        var before = QuickBaseline.Of("x", "2026-01-02", [[new("ready_ms", 14, false)], [new("ready_ms", 15, false)]]);

        Assert.Empty(Verdict.Of("x", Report with { Bars = [] }, Comparable.Of(s_metrics, Report), before));
    }

    [Fact]
    public void A_machine_that_has_changed_meanwhile_is_told_with_what_it_may_have_caused()
    {
        ScenarioReport report = Report;
        var reference = new ReferenceReadings(report.Reference.Before, report.Reference.After with { PythonLoopNs = 50 });

        Assert.Contains(
            "the machine has changed", Verdict.Of("x", report with { Reference = reference }, [], null)[^1], StringComparison.Ordinal);
        Assert.Empty(Verdict.Of("x", report with { Reference = reference, Bars = [] }, [], null));
    }
}
