using System.Diagnostics;

namespace Snakepit.Calls;

/// <summary>A caller's request, without the arguments.</summary>
/// <param name="Tool">The tool's name.</param>
/// <param name="Timeout">The time that the call may take.</param>
/// <param name="SubmittedAt">The time of the submission.</param>
/// <param name="Deadline">The time at which the call times out; long.MaxValue for never.</param>
/// <param name="Cancellation">The caller's token.</param>
/// <param name="IsIdempotent">Whether the call may run again when it may have run already.</param>
/// <param name="IsCheck">True for a health check of the pool, for which no caller waits.</param>
/// <param name="Host">Runs the host tools that the call calls; null for a health check.</param>
/// <param name="Chain">The calls whose host tools made this call; null for none.</param>
/// <param name="Inputs">The streams among the arguments; null for none.</param>
/// <param name="Stream">Takes the items of the result; null when the caller reads one value.</param>
/// <param name="Span">The span in which the call was made; null without one.</param>
/// <param name="Session">The session of the call, if it has one.</param>
internal readonly record struct CallRequest(
    string Tool, TimeSpan Timeout, long SubmittedAt, long Deadline, CancellationToken Cancellation, bool IsIdempotent = false,
    bool IsCheck = false, ICallStream? Stream = null, IHostCalls? Host = null,
    HostToolChain? Chain = null, IArgumentStreams? Inputs = null, Activity? Span = null,
    SessionRecord? Session = null);
