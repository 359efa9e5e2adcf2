namespace Snakepit.Lifecycle;

/// <summary>Judges one worker's processor time: how soon it is to be read again, and whether it is more than the worker may use. Pure.</summary>
internal sealed class CpuTimeJudge(SamplingPlan plan)
{
    private bool _isTold;

    /// <summary>Whether it is wanted at all.</summary>
    public bool IsWanted => plan.CpuInterval is not null || plan.MaxCpuTime is not null;

    /// <summary>Whether the worker has used too much. Told once.</summary>
    public bool Exceeds(TimeSpan? used)
    {
        bool isNews = !_isTold && used > plan.MaxCpuTime;
        _isTold |= isNews;
        return isNews;
    }

    /// <summary>How soon it is to be read again: what is left cannot be used up sooner than by all processors.</summary>
    public TimeSpan PauseAfter(TimeSpan? used)
    {
        TimeSpan pause = plan.CpuInterval ?? TimeSpan.MaxValue;
        return !_isTold && (plan.MaxCpuTime - used) / Environment.ProcessorCount is { } atLeast && atLeast < pause ? atLeast : pause;
    }
}
