using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>How the size of the pool has followed its load.</content>
internal sealed partial class Ledger
{
    private const int TooEarly = 10;
    private const int MostPatience = 60;
    private long? _shrunkAt; // until the shrink is judged

    /// <summary>The last time at which the pool grew; 0 when it never has.</summary>
    public long GrownAt { get; private set; }

    /// <summary>The least time that must pass from the last growth to the next shrink.</summary>
    public long LeastPatience { get; private set; } = plan.ScalePatience;

    /// <summary>Returns the size with other settings: the load has set it, or an order, or they do.</summary>
    private int SizeUnder(PoolPlan next) =>
        next.IsScaling ? Math.Clamp(Target, next.MinSize, next.MaxSize)
            : plan.IsScaling || next.Size != plan.Size ? next.Size
            : Target;

    private void AdoptScaling(long now, PoolPlan next)
    {
        ShortSince = now;
        if ((next.MinSize, next.MaxSize, next.ScaleDelay, next.ScalePatience)
            != (plan.MinSize, plan.MaxSize, plan.ScaleDelay, plan.ScalePatience))
        {
            LeastPatience = next.ScalePatience;
            _shrunkAt = null;
        }
    }

    private void ObserveScaling(long now, in Effect effect)
    {
        bool isEarly = now - _shrunkAt < TooEarly * plan.ScalePatience;
        if (!isEarly && _shrunkAt is not null)
        {
            LeastPatience = Math.Max(plan.ScalePatience, LeastPatience / 2);
            _shrunkAt = null;
        }
        Target = effect.SizeAfter;
        if (effect.SizeReason == SizeReason.Idle)
        {
            _shrunkAt = now;
            return;
        }
        GrownAt = now;
        LeastPatience = isEarly ? Math.Min(MostPatience * plan.ScalePatience, 2 * LeastPatience) : LeastPatience;
        _shrunkAt = null;
    }
}
