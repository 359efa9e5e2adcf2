namespace Snakepit.Lifecycle;

/// <summary>
/// Judges one worker's processor time: when it must be read again, and whether the worker has used too much. It does no I/O.
/// </summary>
internal sealed class CpuTimeJudge(SamplingPlan plan)
{
    private bool _isTold;

    /// <summary>Whether the processor time is needed at all.</summary>
    public bool IsWanted => plan.CpuInterval is not null || plan.MaxCpuTime is not null;

    /// <summary>Judges by another limit from now on.</summary>
    public void Adopt(SamplingPlan next) => (plan, _isTold) = (next, false);

    /// <summary>Returns whether the worker has used too much. True only once.</summary>
    public bool Exceeds(TimeSpan? used)
    {
        bool isNews = !_isTold && used > plan.MaxCpuTime;
        _isTold |= isNews;
        return isNews;
    }

    /// <summary>Returns the time until the next reading: all processors together cannot use up the rest sooner.</summary>
    public TimeSpan PauseAfter(TimeSpan? used)
    {
        TimeSpan pause = plan.CpuInterval ?? TimeSpan.MaxValue;
        return !_isTold && (plan.MaxCpuTime - used) / Environment.ProcessorCount is { } atLeast && atLeast < pause ? atLeast : pause;
    }
}
