using Snakepit.Bench.Measuring;

namespace Snakepit.Bench;

/// <summary>The metrics of a scenario, and the references at the time of the run.</summary>
internal sealed record BenchResult(IScenario Scenario, IReadOnlyDictionary<string, double> Metrics, ReferenceReadings Reference)
{
    private const int Decimals = 3;

    /// <summary>The chart of the last measurement, or null.</summary>
    public Chart? Chart { get; init; }

    /// <summary>True for a short run, which only finds out whether something has become worse.</summary>
    public bool IsQuick { get; init; }

    /// <summary>Lines from the scenario that explain its metrics.</summary>
    public IReadOnlyList<string> Evidence { get; init; } = [];

    /// <summary>The metrics that this machine could measure.</summary>
    public IEnumerable<Metric> Measured => Scenario.Metrics.Where(metric => Metrics.ContainsKey(metric.Name));

    public IEnumerable<BarResult> Bars => Measured.Where(metric => metric.Bar is { } bar && !(IsQuick && bar.IsForFullRuns))
        .Select(metric => new BarResult(metric.Name, Metrics[metric.Name], metric.Bar!, Reference));

    /// <summary>The times as multiples of references.</summary>
    public IEnumerable<MetricRatio> Ratios =>
        from metric in Measured
        let ratio = metric.Ratio(Metrics[metric.Name], Reference)
        where ratio is not null
        select new MetricRatio(metric.Name, Math.Round(ratio.Value, Decimals), ReferenceReading.NameOf(metric.Against!.Value));

    /// <summary>Measures the given number of times and combines the values of each metric.</summary>
    public static async Task<BenchResult> MeasureAsync(IScenario scenario, BenchRun run, int repeat, CancellationToken cancellation)
    {
        var measured = new List<IReadOnlyDictionary<string, double>>();
        ReferenceReading before = await ReferenceMeter.MeasureAsync(run.Python.Executable, cancellation);
        run.Reference = before;
        run.Progress.Say($"reference: {before.Describe()}");
        for (int i = 1; i <= repeat; i++)
        {
            if (repeat > 1)
            {
                run.Progress.Say($"{scenario.Name}: {i} of {repeat}");
            }
            measured.Add(await scenario.MeasureAsync(run, cancellation));
        }
        var reference = new ReferenceReadings(before, await ReferenceMeter.MeasureAsync(run.Python.Executable, cancellation));
        string drift = reference.HasDrifted() ? "; the machine has changed meanwhile, so times say little" : "";
        run.Progress.Say($"reference: {reference.After.Describe()}{drift}");
        return new BenchResult(
            scenario,
            scenario.Metrics.Where(metric => !metric.MayBeMissing || measured.All(values => values.ContainsKey(metric.Name))).ToDictionary(
                static metric => metric.Name,
                metric => Math.Round(metric.Combine([.. measured.Select(values => values[metric.Name])]), Decimals)),
            reference)
        {
            Chart = run.Chart,
            Evidence = run.Evidence,
            IsQuick = run.IsQuick,
        };
    }
}
