using Snakepit.Frames;

namespace Snakepit.Calls;

/// <summary>Runs the host tools that calls of a pool call.</summary>
internal interface IHostCalls
{
    /// <summary>Begins a call of a host tool. Must not block.</summary>
    /// <param name="call">The call that calls it.</param>
    /// <param name="key">The key of that call.</param>
    /// <param name="number">The number of the host tool's call among those of the call.</param>
    /// <param name="body">The name and the arguments, valid until this returns.</param>
    /// <param name="channel">Takes the answer.</param>
    void OnHostCall(UnaryCall call, CallKey key, long number, ReadOnlySpan<byte> body, ICallChannel channel);

    /// <summary>The worker may get more items of a stream that a host tool has returned.</summary>
    /// <param name="key">The call.</param>
    /// <param name="number">The number of the host tool's call.</param>
    /// <param name="items">How many items may have been sent in all.</param>
    /// <param name="bytes">How many bytes may have been sent in all.</param>
    /// <exception cref="ProtocolException">That is more than the worker may ask for.</exception>
    void OnCredit(CallKey key, long number, long items, long bytes);

    /// <summary>The tool takes no more items of a stream that a host tool has returned.</summary>
    void OnStop(CallKey key, long number);

    /// <summary>A call has ended: what runs for it is cancelled.</summary>
    void OnEnded(CallKey key, bool byWorker);
}
