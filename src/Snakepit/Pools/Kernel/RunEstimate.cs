namespace Snakepit.Pools.Kernel;

/// <summary>How long a call is expected to run, by the latest runs of its tool. Zero: not known.</summary>
/// <param name="Mean">On average.</param>
/// <param name="Deviation">The standard deviation.</param>
internal readonly record struct RunEstimate(double Mean, double Deviation)
{
    /// <summary>It will hardly take less.</summary>
    public double Least => Math.Max(0, Mean - (3 * Deviation));

    /// <summary>It will usually take no more.</summary>
    public double Usual => Mean + Deviation;
}
