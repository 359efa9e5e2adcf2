namespace Snakepit.Calls;

/// <summary>A call on its way to a worker.</summary>
/// <param name="Key">The key of the call.</param>
/// <param name="Sink">Takes the frames of the call before its end.</param>
/// <param name="Frame">
/// The frame, with room for its header. It must not change until the call is answered or recalled, or the worker has exited.
/// </param>
/// <param name="Attempt">The number of the attempt, from 1.</param>
/// <param name="Remaining">The time that is left until the deadline; null without one.</param>
/// <param name="Window">The number of items of its stream that the worker may send without further credit; 0 for one reply.</param>
internal readonly record struct OutgoingCall(
    CallKey Key, ICallSink Sink, Memory<byte> Frame, int Attempt = 1, TimeSpan? Remaining = null, int Window = 0);
