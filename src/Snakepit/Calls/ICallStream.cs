using Snakepit.Frames;

namespace Snakepit.Calls;

/// <summary>The result of a call, if it is a stream of items.</summary>
internal interface ICallStream
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

    /// <summary>Takes an item, as <see cref="ICallSink.OnFrame"/> does.</summary>
    /// <exception cref="ProtocolException">The item came out of order or without credit.</exception>
    void OnItem(long number, ReadOnlySpan<byte> body, BodyFormat format, bool isStaged);
}
