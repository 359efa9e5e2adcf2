namespace Snakepit.Bench.Measuring;

/// <summary>A number with a name that never changes. Most metrics have no bar.</summary>
internal sealed record Metric(string Name, string Meaning, Bar? Bar = null)
{
    /// <summary>One value from several measurements: the median, unless a single bad one must not be hidden.</summary>
    public Func<double[], double> Combine { get; init; } = Samples.Median;
}
