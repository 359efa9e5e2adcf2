namespace Snakepit.Calls;

/// <summary>A call on its way to a worker.</summary>
/// <param name="Key">The call.</param>
/// <param name="Sink">Takes what the worker sends for the call before its end.</param>
/// <param name="Frame">The frame, with room for its header. It must not change until the call is answered or recalled, or the worker has
/// exited.</param>
/// <param name="Attempt">Which attempt this is, from 1.</param>
/// <param name="Remaining">How much of the call's time is left; null: it has no deadline.</param>
internal readonly record struct OutgoingCall(CallKey Key, ICallSink Sink, Memory<byte> Frame, int Attempt = 1, TimeSpan? Remaining = null);
