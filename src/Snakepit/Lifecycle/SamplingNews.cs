namespace Snakepit.Lifecycle;

/// <summary>What others have told of a worker since its judge was last told. Guarded by whoever keeps it.</summary>
internal sealed class SamplingNews
{
    /// <summary>It is ready, and was forked or not.</summary>
    public bool? ReadyForked { get; set; }

    public bool ZygoteEnded { get; set; }

    /// <summary>What its adapter says that it uses.</summary>
    public long? Reported { get; set; }

    /// <summary>It has collected its garbage.</summary>
    public bool Collected { get; set; }

    public bool LookAgain { get; set; }

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
            judge.NoteCollected(); // first: it answers an earlier question
        }
        if (LookAgain)
        {
            judge.LookAgain();
        }
        (ReadyForked, ZygoteEnded, Reported, Collected, LookAgain) = (null, false, null, false, false);
    }
}
