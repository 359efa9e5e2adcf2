namespace Snakepit.Bench.Measuring;

/// <summary>Percentiles of blocks of samples in µs, of which the median over all blocks counts: a block that something disturbed does not.</summary>
internal sealed class BlockSeries
{
    private readonly List<double> _p50 = [];
    private readonly List<double> _p99 = [];

    public double P50 => Samples.Median(_p50);

    public double P99 => Samples.Median(_p99);

    /// <summary>The medians of the blocks, in their order.</summary>
    public IReadOnlyList<double> Medians => _p50;

    /// <summary>The ratio of the medians of blocks that were measured in turn, in the median.</summary>
    public double RatioTo(BlockSeries other) => Samples.Median(_p50.Zip(other._p50, static (ours, theirs) => ours / theirs));

    /// <summary>Takes a block of timestamp units, and sorts it.</summary>
    public void Add(long[] samples)
    {
        _p50.Add(Clock.Microseconds(Samples.Percentile(samples, 0.50)));
        _p99.Add(Clock.Microseconds(Samples.Percentile(samples, 0.99)));
    }
}
