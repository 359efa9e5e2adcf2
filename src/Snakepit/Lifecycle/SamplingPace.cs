namespace Snakepit.Lifecycle;

/// <summary>How often a worker is sampled: seldom while it waits for calls, where the plan has it so. For the sampler's thread.</summary>
internal sealed class SamplingPace(SamplingPlan plan)
{
    // An interpreter that waits for calls uses nothing.
    private const int BusyShare = 100;

    private TimeSpan _cpuTime;
    private TimeSpan _readAt;
    private bool _isBusy;

    public TimeSpan Interval => _isBusy && plan.BusyInterval is { } busy && busy < plan.Interval ? busy : plan.Interval;

    /// <param name="now">When it was read.</param>
    /// <param name="cpuTime">Null: it was not.</param>
    public void Note(TimeSpan now, TimeSpan? cpuTime)
    {
        if (cpuTime is { } used)
        {
            _isBusy = (used - _cpuTime) * BusyShare >= now - _readAt;
            (_cpuTime, _readAt) = (used, now);
        }
    }
}
