using System.Globalization;

namespace Snakepit.Bench.Suite;

/// <summary>The verdict on a quick run: the bars that it missed, and the metrics that became worse. An empty verdict is good.</summary>
internal static class Verdict
{
    /// <param name="scenario">The name of the scenario, for the lines.</param>
    /// <param name="report">The measured values.</param>
    /// <param name="comparables">The metrics that can become worse.</param>
    /// <param name="baseline">Their former values; null when none are saved.</param>
    public static IReadOnlyList<string> Of(
        string scenario, ScenarioReport report, IReadOnlyList<Comparable> comparables, QuickBaseline? baseline)
    {
        var lines = new List<string>();
        HashSet<string> missed = [];
        foreach (ReportedBar bar in report.Bars.Where(static bar => !bar.Held))
        {
            missed.Add(bar.Name);
            lines.Add($"missed  {scenario} {bar.Name}: {Number(bar.Value)}, bar {(bar.AtLeast ? '≥' : '≤')} {Number(bar.Bar)}");
        }
        foreach (Comparable metric in comparables.Where(metric => !missed.Contains(metric.Name)))
        {
            if (baseline is not null && baseline.Values.TryGetValue(metric.Name, out double[]? before) && before.Length > 0
                && Noise.IsWorse(metric.Value, before, metric.HigherIsBetter))
            {
                string unit = report.Ratios.FirstOrDefault(ratio => ratio.Name == metric.Name) is { } ratio ? $" x {ratio.Reference}" : "";
                lines.Add(
                    $"worse   {scenario} {metric.Name}: {Number(metric.Value)}{unit}, " +
                    $"was {Number(before.Min())} to {Number(before.Max())} on {baseline.Date}, noise {Number(Noise.Of(before))}");
            }
        }
        if (lines.Count > 0 && report.Reference.HasDrifted())
        {
            lines.Add($"        {scenario}: the machine has changed meanwhile, so its times say little");
        }
        return lines;
    }

    private static string Number(double value) => value.ToString("#,0.###", CultureInfo.InvariantCulture);
}
