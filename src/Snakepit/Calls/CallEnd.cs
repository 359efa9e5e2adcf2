namespace Snakepit.Calls;

/// <summary>The end of a call.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Kind">The kind of the reply, if there is one.</param>
/// <param name="Worker">The worker that had the call.</param>
/// <param name="Death">The report of that worker's death, if it has died.</param>
/// <param name="QueueLength">The number of calls that waited.</param>
/// <param name="Defect">The pool's defect that ended the call, if one did.</param>
internal readonly record struct CallEnd(
    Outcome Outcome, ReplyKind Kind = default, WorkerId Worker = default, DeathReport? Death = null, int QueueLength = 0,
    string? Defect = null);
