using System.Text.Json.Serialization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench;

/// <summary>A metric's value held against its bar.</summary>
internal sealed class BarResult(string name, double value, Bar bar)
{
    public string Name { get; } = name;

    public double Value { get; } = value;

    public double Bar { get; } = bar.Value;

    /// <summary>Told only where it is so: a bar is the most a metric may be unless it says otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AtLeast { get; } = bar.IsLeast;

    public bool Held { get; } = bar.Holds(value);
}

/// <summary>What a scenario measured.</summary>
internal sealed record BenchResult(IScenario Scenario, IReadOnlyDictionary<string, double> Metrics)
{
    private const int Decimals = 3;

    /// <summary>What the last measurement shows beside the metrics; null: nothing.</summary>
    public Chart? Chart { get; init; }

    public IEnumerable<BarResult> Bars => Scenario.Metrics.Where(static metric => metric.Bar.HasValue)
        .Select(metric => new BarResult(metric.Name, Metrics[metric.Name], metric.Bar!.Value));

    /// <summary>Measures so many times and combines the values of each metric.</summary>
    public static async Task<BenchResult> MeasureAsync(IScenario scenario, BenchRun run, int repeat, CancellationToken cancellation)
    {
        var measured = new List<IReadOnlyDictionary<string, double>>();
        for (int i = 1; i <= repeat; i++)
        {
            if (repeat > 1)
            {
                run.Progress.Say($"{scenario.Name}: {i} of {repeat}");
            }
            measured.Add(await scenario.MeasureAsync(run, cancellation));
        }
        return new BenchResult(scenario, scenario.Metrics.ToDictionary(
            static metric => metric.Name, metric => Math.Round(metric.Combine([.. measured.Select(values => values[metric.Name])]), Decimals)))
        {
            Chart = run.Chart,
        };
    }
}
