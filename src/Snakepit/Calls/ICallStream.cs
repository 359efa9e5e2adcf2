namespace Snakepit.Calls;

/// <summary>The sink of a call whose result is a stream of items.</summary>
internal interface ICallStream : ICallSink
{
    /// <summary>The number of items that the worker may send before it gets more credit.</summary>
    int Window { get; }

    /// <summary>Whether an item has arrived, so that the call must not run again.</summary>
    bool HasItems { get; }

    /// <summary>
    /// The call is about to be sent to a worker, maybe not for the first time. Called under the pool's lock; must not block or send
    /// anything.
    /// </summary>
    void OnSending(CallKey call, ICallChannel channel);
}
