using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Suite;

/// <summary>
/// The difference between equal runs. The values of several quick runs are kept for each metric. Its noise is the distance between the
/// best and the worst of them, but at least a tenth of their median. A value is worse when it lies beyond the worst by more than the
/// noise.
/// </summary>
internal static class Noise
{
    private const double LeastShare = 0.1;

    public static double Of(IReadOnlyList<double> values) =>
        Math.Max(values.Max() - values.Min(), LeastShare * Math.Abs(Samples.Median(values)));

    /// <summary>Returns the limit beyond which a value is worse.</summary>
    public static double Limit(IReadOnlyList<double> values, bool higherIsBetter) =>
        higherIsBetter ? values.Min() - Of(values) : values.Max() + Of(values);

    public static bool IsWorse(double value, IReadOnlyList<double> values, bool higherIsBetter) =>
        higherIsBetter ? value < Limit(values, higherIsBetter) : value > Limit(values, higherIsBetter);
}
