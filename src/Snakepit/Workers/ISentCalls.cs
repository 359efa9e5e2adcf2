using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>The calls that were sent to a worker, by the sequence numbers of the wire.</summary>
internal interface ISentCalls : ICallChannel
{
    /// <summary>Handles a terminal frame of a call.</summary>
    /// <exception cref="ProtocolException">The frame is invalid.</exception>
    Ending End(in FrameHeader header, out CallKey call);

    /// <summary>Handles a terminal frame from the page; returns true when the call had no outcome yet.</summary>
    bool TryEnd(in FrameHeader header, out CallKey call);

    /// <summary>Returns the sink of a frame's call; null when the call was answered from the page, or recalled.</summary>
    /// <exception cref="ProtocolException">The worker has no such call, or has ended it.</exception>
    ICallSink? SinkOf(in FrameHeader header);

    /// <summary>Returns the sink of a frame's call for a frame from the page; null when the call is over.</summary>
    ICallSink? FindSink(in FrameHeader header);

    /// <summary>
    /// Announces that many callers are about to continue, each of which may call again at once. <see cref="FlushAfter"/> follows.
    /// </summary>
    void AnnounceFlush()
    {
    }

    /// <summary>Flushes after the callers.</summary>
    void FlushAfter()
    {
    }
}
