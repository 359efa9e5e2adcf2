using Snakepit.Processes;

namespace Snakepit.Pools;

/// <summary>A worker has owed a pong since then. Activity is that of its process at that time.</summary>
internal sealed record MissedPing(long Since, ProcessActivity? Activity);
