namespace Snakepit;

/// <summary>An input that has killed workers.</summary>
/// <param name="Tool">The tool.</param>
/// <param name="Input">A hash of the tool and its arguments; of the same input it is another in another process.</param>
/// <param name="Deaths">How many workers have died of it since it was last answered.</param>
/// <param name="Since">The first of these deaths.</param>
/// <param name="Until">Until when calls with it are rejected.</param>
/// <param name="Report">The last of these deaths.</param>
public sealed record QuarantinedInput(string Tool, ulong Input, int Deaths, DateTimeOffset Since, DateTimeOffset Until, DeathReport? Report);
