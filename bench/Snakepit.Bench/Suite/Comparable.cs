using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Suite;

/// <summary>A metric in the form in which runs are compared, on one machine or on several: a time as a multiple of its reference, anything else as it is.</summary>
/// <param name="Name">The metric's.</param>
/// <param name="Value">In that form.</param>
/// <param name="HigherIsBetter">Else lower is.</param>
internal sealed record Comparable(string Name, double Value, bool HigherIsBetter)
{
    /// <summary>The metrics that can become worse: times that have a reference, and what has a bar that short runs are held to. Controls, extremes and counts cannot.</summary>
    public static IReadOnlyList<Comparable> Of(IReadOnlyList<Metric> metrics, ScenarioReport report)
    {
        Dictionary<string, double> ratios = report.Ratios.ToDictionary(static ratio => ratio.Name, static ratio => ratio.Ratio);
        var found = new List<Comparable>();
        foreach (Metric metric in metrics.Where(static metric => metric is { IsControl: false, IsTypical: true }))
        {
            if (ratios.TryGetValue(metric.Name, out double ratio))
            {
                found.Add(new Comparable(metric.Name, ratio, HigherIsBetter: false)); // a rate's is the time of one
            }
            else if (metric.Bar is { IsForFullRuns: false, Of: null } bar && report.Metrics.TryGetValue(metric.Name, out double value))
            {
                found.Add(new Comparable(metric.Name, value, bar.IsLeast));
            }
        }
        return found;
    }
}
