using Snakepit.Bench;
using Snakepit.Bench.Measuring;

namespace Snakepit.Tests.Bench;

public sealed class BenchResultTests
{
    [Fact]
    public void What_this_machine_could_not_measure_has_neither_bar_nor_ratio()
    {
        IScenario scenario = BenchCommandLine.Scenarios.Single(static scenario => scenario.Name == "scale");
        Metric missing = scenario.Metrics.First(static metric => metric is { MayBeMissing: true, Bar: not null });
        var reading = new ReferenceReading(20, 25, 6, 4, 30);
        var result = new BenchResult(
            scenario,
            scenario.Metrics.Where(static metric => !metric.MayBeMissing).ToDictionary(static metric => metric.Name, static _ => 1.0),
            new ReferenceReadings(reading, reading));

        Assert.DoesNotContain(missing, result.Measured);
        Assert.DoesNotContain(result.Bars, bar => bar.Name == missing.Name);
        Assert.Equal(
            scenario.Metrics.Count(static metric => metric is { MayBeMissing: false, Bar: not null }), result.Bars.Count());
        Assert.NotEmpty(result.Ratios);
    }
}
