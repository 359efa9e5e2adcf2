namespace Snakepit.Bench.Measuring;

/// <summary>Order statistics, by nearest rank.</summary>
internal static class Samples
{
    public static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    public static double Median(IEnumerable<double> values) => Median(values.ToArray());

    /// <summary>Returns the value that the given share of the samples does not exceed. Sorts the samples.</summary>
    public static long Percentile(Span<long> samples, double share)
    {
        samples.Sort();
        return samples[Math.Clamp((int)Math.Ceiling(samples.Length * share) - 1, 0, samples.Length - 1)];
    }
}
