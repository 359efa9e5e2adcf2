using Snakepit.Processes;

namespace Snakepit.Pools;

/// <summary>The time since which a worker owes a pong, and the activity of its process at that time.</summary>
internal sealed record MissedPing(long Since, ProcessActivity? Activity);
