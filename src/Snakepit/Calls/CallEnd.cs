namespace Snakepit.Calls;

/// <summary>How a call ended.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Kind">With a reply: which.</param>
/// <param name="Worker">The worker that had it.</param>
/// <param name="Death">How that worker ended, if it has.</param>
/// <param name="QueueLength">How many calls waited.</param>
/// <param name="Defect">The pool's defect that ended it, if one did.</param>
internal readonly record struct CallEnd(
    Outcome Outcome, ReplyKind Kind = default, WorkerId Worker = default, DeathReport? Death = null, int QueueLength = 0,
    string? Defect = null);
