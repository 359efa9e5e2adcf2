using Snakepit.Processes;

namespace Snakepit.Pools;

/// <summary>A worker owes a sign of life since then; so stood its process at that time.</summary>
internal sealed record MissedPing(long Since, ProcessActivity? Activity);
