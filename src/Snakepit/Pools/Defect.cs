namespace Snakepit.Pools;

/// <summary>A defect of Snakepit that has cost a pool its kernel.</summary>
/// <param name="Error">The exception.</param>
/// <param name="Trace">The kernel's last steps; null when they could not be read.</param>
/// <param name="Calls">The number of calls that it ended.</param>
/// <param name="Workers">The number of workers that are killed for it.</param>
/// <param name="IsFinal">True when the pool has had too many and does not start again.</param>
internal sealed record Defect(Exception Error, TraceDump? Trace, int Calls, int Workers, bool IsFinal);
