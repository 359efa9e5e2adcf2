namespace Snakepit.Pools;

/// <summary>What the pool's state adds to the message of an exception.</summary>
/// <param name="Tainted">How many slots get no calls.</param>
/// <param name="IsServing">A worker serves.</param>
/// <param name="StartFailure">The last start, if it failed.</param>
/// <param name="Defect">The pool's last defect.</param>
/// <param name="Stop">Why the pool never started, if it did not.</param>
/// <param name="Input">The call's input, if it is in quarantine.</param>
internal sealed record PoolFacts(
    int Tainted, bool IsServing, SnakepitException? StartFailure, string Defect, SnakepitException? Stop, QuarantinedInput? Input)
{
    public static PoolFacts None { get; } = new(0, true, null, "", null, null);

    /// <summary>The message of such an outcome tells more than the call's own fate.</summary>
    public static bool AreTold(Outcome outcome) =>
        outcome is Outcome.QueueTimeout or Outcome.DeadlineInQueue or Outcome.PoolFailing or Outcome.PoolStopping
        or Outcome.WorkerLostNotStarted or Outcome.Quarantined;
}
