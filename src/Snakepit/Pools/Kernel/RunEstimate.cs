namespace Snakepit.Pools.Kernel;

/// <summary>The expected run time of a call, from the latest runs of its tool. Zero when it is unknown.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The standard deviation.</param>
internal readonly record struct RunEstimate(double Mean, double Deviation)
{
    /// <summary>A time that the call will hardly fall below.</summary>
    public double Least => Math.Max(0, Mean - (3 * Deviation));

    /// <summary>A time that the call will usually not exceed.</summary>
    public double Usual => Mean + Deviation;
}
