namespace Snakepit.Lifecycle;

/// <summary>Decides how often a worker is sampled: seldom while it is idle, where the plan allows it. For the sampler's thread.</summary>
internal sealed class SamplingPace(SamplingPlan plan)
{
    // An idle interpreter uses no processor time.
    private const int BusyShare = 100;

    private TimeSpan _cpuTime;
    private TimeSpan _readAt;
    private bool _isBusy;

    public TimeSpan Interval => _isBusy && plan.BusyInterval is { } busy && busy < plan.Interval ? busy : plan.Interval;

    public void Adopt(SamplingPlan next) => plan = next;

    /// <param name="now">The time of the reading.</param>
    /// <param name="cpuTime">The processor time; null when it was not read.</param>
    public void Note(TimeSpan now, TimeSpan? cpuTime)
    {
        if (cpuTime is { } used)
        {
            _isBusy = (used - _cpuTime) * BusyShare >= now - _readAt;
            (_cpuTime, _readAt) = (used, now);
        }
    }
}
