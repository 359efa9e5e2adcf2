namespace Snakepit.Pools;

/// <summary>A defect of Snakepit that has cost a pool its kernel.</summary>
/// <param name="Error">What was thrown.</param>
/// <param name="Trace">The kernel's last steps; null when they could not be read.</param>
/// <param name="Calls">How many calls it ended.</param>
/// <param name="Workers">How many workers are killed for it.</param>
/// <param name="IsFinal">The pool has had too many and does not start again.</param>
internal sealed record Defect(Exception Error, TraceDump? Trace, int Calls, int Workers, bool IsFinal);
