namespace Snakepit.Lifecycle;

/// <summary>Events of a worker since its judge was last updated. Guarded by its owner.</summary>
internal sealed class SamplingNews
{
    /// <summary>Set when the worker is ready: whether it was forked.</summary>
    public bool? ReadyForked { get; set; }

    public bool ZygoteEnded { get; set; }

    /// <summary>The memory usage that its adapter reports.</summary>
    public long? Reported { get; set; }

    /// <summary>Whether it has collected its garbage.</summary>
    public bool Collected { get; set; }

    public bool LookAgain { get; set; }

    /// <summary>The plan to judge by from now on.</summary>
    public SamplingPlan? Plan { get; set; }

    public void Tell(MemoryJudge judge)
    {
        if (ReadyForked is { } isForked)
        {
            judge.TakeBaseline(isForked);
        }
        if (ZygoteEnded)
        {
            judge.NoteZygoteEnded();
        }
        if (Reported is { } bytes)
        {
            judge.Report(bytes);
        }
        if (Collected)
        {
            judge.NoteCollected(); // first, because it answers an earlier request
        }
        if (LookAgain)
        {
            judge.LookAgain();
        }
        (ReadyForked, ZygoteEnded, Reported, Collected, LookAgain) = (null, false, null, false, false);
    }
}
