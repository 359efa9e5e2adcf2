namespace Snakepit.Pools;

/// <summary>
/// The result of a submission: a call that was admitted or waits until the queue has room, or the outcome of one that was not admitted.
/// </summary>
internal readonly record struct Submission(UnaryCall? Call, CallOutcome Outcome, Exception? Error, bool MustWait = false)
{
    public Submission(UnaryCall call, bool MustWait = false)
        : this(call, CallOutcome.Succeeded, null, MustWait)
    {
    }

    public Submission(CallOutcome outcome, Exception error)
        : this(null, outcome, error)
    {
    }
}
