using Snakepit.Bench;
using Snakepit.Bench.Measuring;
using Snakepit.Bench.Reporting;

namespace Snakepit.Tests.Bench;

public sealed class BarListTests
{
    private static IEnumerable<(IScenario Scenario, Metric Metric)> Barred =>
        from scenario in BenchCommandLine.Scenarios from metric in scenario.Metrics where metric.Bar is not null select (scenario, metric);

    [Fact]
    public void The_kept_list_is_that_of_the_code() =>
        Assert.True(
            File.ReadAllText(RepositoryFiles.PathOf("bench/bars.json")) == BarList.Write(BenchCommandLine.Scenarios),
            "bench/bars.json is stale: dotnet run -c Release --project bench/Snakepit.Bench -- bars, then python3 eng/performance.py");

    [Fact]
    public void A_bar_in_references_says_where_it_comes_from()
    {
        Assert.Contains(Barred, static barred => barred.Metric.Bar!.Of is not null);
        Assert.DoesNotContain(Barred, static barred => barred.Metric.Bar is { Of: not null, Reason: null });
    }

    [Fact]
    public void A_bar_on_a_time_follows_the_machine() =>
        Assert.DoesNotContain(Barred, static barred => barred.Metric.Bar!.Of is null && TimeUnit.OfMetric(barred.Metric.Name) is not null);

    [Fact]
    public void A_bar_in_references_is_on_a_metric_whose_name_says_its_unit()
    {
        var reading = new ReferenceReading(20, 25, 6, 4, 30);
        var readings = new ReferenceReadings(reading, reading);

        Assert.All(Barred, barred => Assert.True(barred.Metric.Bar!.Limit(barred.Metric.Name, readings) >= 0));
    }

    [Fact]
    public void All_quick_runs_together_leave_enough_of_their_ten_minutes_to_starts_and_references() =>
        Assert.InRange(BenchCommandLine.Scenarios.Sum(static scenario => scenario.QuickSeconds), 1, 360); // 330 s took 8.8 minutes
}
