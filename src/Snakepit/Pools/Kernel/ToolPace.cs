namespace Snakepit.Pools.Kernel;

/// <summary>The run time of a tool, learned from its latest runs. The weight of a run decreases with each new one.</summary>
internal struct ToolPace
{
    private const int EnoughRuns = 8;
    private const int EnoughToEstimate = 16;
    private const double Weight = 1.0 / 64;
    private const double MaxSlowShare = 0.05;
    private int _runs;
    private double _slowShare;
    private double _mean;
    private double _variance;

    /// <summary>Whether at most one run in twenty exceeds the limit. False while too few runs are known.</summary>
    public readonly bool IsFast => _runs >= EnoughRuns && _slowShare <= MaxSlowShare;

    /// <summary>The mean run time; 0 before the first run.</summary>
    public readonly long Mean => (long)_mean;

    /// <summary>The expected time of the next run; zero while too few runs are known.</summary>
    public readonly RunEstimate Estimate => _runs < EnoughToEstimate ? default : new RunEstimate(_mean, Math.Sqrt(_variance));

    /// <summary>Learns from one more run.</summary>
    /// <param name="runTime">Its run time.</param>
    /// <param name="fastRun">The longest run time that counts as fast.</param>
    public void Learn(long runTime, long fastRun)
    {
        if (_runs < int.MaxValue)
        {
            _runs++;
        }
        double weight = Math.Max(Weight, 1.0 / _runs); // plain averages at first, so that a slow first run counts enough
        _slowShare += ((runTime > fastRun ? 1 : 0) - _slowShare) * weight;
        double off = runTime - _mean;
        _mean += off * weight;
        _variance = (1 - weight) * (_variance + (off * off * weight));
    }

    public void Exchange(KernelImage image)
    {
        _runs = image.Of(_runs);
        _slowShare = image.Of(_slowShare);
        _mean = image.Of(_mean);
        _variance = image.Of(_variance);
    }
}
