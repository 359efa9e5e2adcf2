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

    /// <summary>A call has ended: what runs for it is cancelled.</summary>
    void OnEnded(CallKey key, bool byWorker);
}
