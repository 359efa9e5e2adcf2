using Microsoft.Extensions.Time.Testing;

namespace Snakepit.Tests.Resilience;

/// <summary>A clock on which every wait ends at once: it records the wait and moves to its end.</summary>
internal sealed class SkippingTime : FakeTimeProvider
{
    public List<TimeSpan> Waits { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime > TimeSpan.Zero)
        {
            Waits.Add(dueTime);
            Advance(dueTime);
        }
        return timer;
    }
}
