namespace Snakepit.Pools.Kernel;

/// <summary>How long a tool runs, learned from its latest runs. An old run counts less with each new one.</summary>
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

    /// <summary>At most one run in twenty takes longer than the limit. False while too few runs are known.</summary>
    public readonly bool IsFast => _runs >= EnoughRuns && _slowShare <= MaxSlowShare;

    /// <summary>The mean run time; 0 before the first run.</summary>
    public readonly long Mean => (long)_mean;

    /// <summary>How long the next run will take; zero while too few are known.</summary>
    public readonly RunEstimate Estimate => _runs < EnoughToEstimate ? default : new RunEstimate(_mean, Math.Sqrt(_variance));

    /// <summary>Takes in one more run.</summary>
    /// <param name="runTime">How long it took.</param>
    /// <param name="fastRun">How long a fast run takes at most.</param>
    public void Learn(long runTime, long fastRun)
    {
        if (_runs < int.MaxValue)
        {
            _runs++;
        }
        double weight = Math.Max(Weight, 1.0 / _runs); // plain averages at first, or a slow first run would count too little
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
