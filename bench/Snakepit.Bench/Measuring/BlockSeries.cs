namespace Snakepit.Bench.Measuring;

/// <summary>Percentiles of blocks of samples in µs. The median over all blocks counts, so that a disturbed block does not matter.</summary>
internal sealed class BlockSeries
{
    private readonly List<double> _p50 = [];
    private readonly List<double> _p99 = [];

    public double P50 => Samples.Median(_p50);

    public double P99 => Samples.Median(_p99);

    /// <summary>The medians of the blocks in order.</summary>
    public IReadOnlyList<double> Medians => _p50;

    /// <summary>Returns the median ratio of the medians of blocks that were measured in turn.</summary>
    public double RatioTo(BlockSeries other) => Samples.Median(_p50.Zip(other._p50, static (ours, theirs) => ours / theirs));

    /// <summary>Adds a block of samples in timestamp units, and sorts the block.</summary>
    public void Add(long[] samples)
    {
        _p50.Add(Clock.Microseconds(Samples.Percentile(samples, 0.50)));
        _p99.Add(Clock.Microseconds(Samples.Percentile(samples, 0.99)));
    }
}
