using Snakepit.Frames;

namespace Snakepit.Calls;

/// <summary>The streams among the arguments of one call. They begin when the worker asks for their first items.</summary>
internal interface IArgumentStreams
{
    /// <summary>The worker may get more items of a stream.</summary>
    /// <exception cref="ProtocolException">The frame is malformed.</exception>
    void OnCredit(ICallChannel channel, CallKey call, long stream, ReadOnlySpan<byte> body);

    /// <summary>The tool takes no more items of a stream.</summary>
    void OnStop(long stream);

    /// <summary>The call has ended.</summary>
    /// <param name="byWorker">Whether its worker knows.</param>
    void OnEnded(bool byWorker);
}
