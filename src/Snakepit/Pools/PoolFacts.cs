namespace Snakepit.Pools;

/// <summary>The state of the pool that the message of an exception mentions.</summary>
/// <param name="Tainted">The number of slots that get no calls.</param>
/// <param name="IsServing">Whether a worker serves.</param>
/// <param name="StartFailure">The failure of the last start, if it failed.</param>
/// <param name="Defect">The pool's last defect.</param>
/// <param name="Stop">The reason why the pool never started, if it did not.</param>
/// <param name="Input">The call's input, if it is in quarantine.</param>
internal sealed record PoolFacts(
    int Tainted, bool IsServing, SnakepitException? StartFailure, string Defect, SnakepitException? Stop, QuarantinedInput? Input)
{
    public static PoolFacts None { get; } = new(0, true, null, "", null, null);

    /// <summary>Returns whether the message of the outcome mentions the pool's state.</summary>
    public static bool AreTold(Outcome outcome) =>
        outcome is Outcome.QueueTimeout or Outcome.DeadlineInQueue or Outcome.PoolFailing or Outcome.PoolStopping
        or Outcome.WorkerLostNotStarted or Outcome.Quarantined;
}
