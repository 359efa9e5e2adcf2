using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Suite;

/// <summary>
/// A metric in the form in which runs are compared, on one machine or several: a time as a multiple of its reference, any other metric
/// unchanged.
/// </summary>
/// <param name="Name">The name of the metric.</param>
/// <param name="Value">The value in that form.</param>
/// <param name="HigherIsBetter">True when higher values are better, false when lower ones are.</param>
internal sealed record Comparable(string Name, double Value, bool HigherIsBetter)
{
    /// <summary>
    /// Returns the metrics that can become worse: times with a reference, and metrics with a bar that applies to short runs. Controls,
    /// extremes and counts cannot become worse.
    /// </summary>
    public static IReadOnlyList<Comparable> Of(IReadOnlyList<Metric> metrics, ScenarioReport report)
    {
        Dictionary<string, double> ratios = report.Ratios.ToDictionary(static ratio => ratio.Name, static ratio => ratio.Ratio);
        var found = new List<Comparable>();
        foreach (Metric metric in metrics.Where(static metric => metric is { IsControl: false, IsTypical: true }))
        {
            if (ratios.TryGetValue(metric.Name, out double ratio))
            {
                found.Add(new Comparable(metric.Name, ratio, HigherIsBetter: false)); // the ratio of a rate is the time of one
            }
            else if (metric.Bar is { IsForFullRuns: false, Of: null } bar && report.Metrics.TryGetValue(metric.Name, out double value))
            {
                found.Add(new Comparable(metric.Name, value, bar.IsLeast));
            }
        }
        return found;
    }
}
