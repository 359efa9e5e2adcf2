namespace Snakepit.Pools.Kernel;

/// <summary>The expected run time of the waiting calls, and how reliable it is.</summary>
internal struct QueuedWork
{
    private int _calls;
    private double _mean;
    private double _deviation;
    private double _variance;

    public readonly double Mean => _mean;

    /// <summary>
    /// A time that they will hardly fall below: three standard deviations of the sum below its mean, and three of the means themselves,
    /// which were learned from about 64 runs.
    /// </summary>
    public readonly double Least => Math.Max(0, _mean - (3 * Math.Sqrt(_variance)) - (_deviation / 4));

    public void Add(in RunEstimate run) => Add(1, run.Mean, run.Deviation, run.Deviation * run.Deviation);

    public void Add(in QueuedWork other) => Add(other._calls, other._mean, other._deviation, other._variance);

    public void Remove(in RunEstimate run)
    {
        Add(-1, -run.Mean, -run.Deviation, -run.Deviation * run.Deviation);
        if (_calls == 0)
        {
            this = default; // clears rounding errors
        }
        _variance = Math.Max(0, _variance);
    }

    public void Exchange(KernelImage image)
    {
        _calls = image.Of(_calls);
        _mean = image.Of(_mean);
        _deviation = image.Of(_deviation);
        _variance = image.Of(_variance);
    }

    private void Add(int calls, double mean, double deviation, double variance)
    {
        _calls += calls;
        _mean += mean;
        _deviation += deviation;
        _variance += variance;
    }
}
