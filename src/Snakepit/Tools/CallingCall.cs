namespace Snakepit.Tools;

/// <summary>The call of a worker's tool that calls a host tool.</summary>
/// <param name="Worker">The worker.</param>
/// <param name="Caller">The name of the worker's tool.</param>
/// <param name="Session">Its session; null for none.</param>
/// <param name="Remaining">Returns the time that is left until its deadline; null without one.</param>
internal sealed record CallingCall(WorkerId Worker, string Caller, SessionRecord? Session, Func<TimeSpan?> Remaining);
