namespace Snakepit.Simulation;

/// <summary>A clock that advances only when told to.</summary>
internal sealed class SimClock
{
    public long Now { get; private set; } = 1_000_000;

    public void AdvanceTo(long time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, Now);
        Now = time;
    }
}
