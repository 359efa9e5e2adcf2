using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>The calls that a worker was sent, by the sequence numbers of the wire.</summary>
internal interface ISentCalls
{
    /// <summary>A terminal frame has come for a call.</summary>
    /// <exception cref="ProtocolException">It cannot be.</exception>
    Ending End(in FrameHeader header, out CallKey call);

    /// <summary>A terminal frame was found on the page: true when it is news.</summary>
    bool TryEnd(in FrameHeader header, out CallKey call);

    /// <summary>The sink of the call that a frame belongs to; null when the call was answered from the page, or taken back.</summary>
    /// <exception cref="ProtocolException">The worker was sent no such call, or has ended it.</exception>
    ICallSink? SinkOf(in FrameHeader header);

    /// <summary>Many callers are about to be told, and each may call again at once. <see cref="FlushAfter"/> follows.</summary>
    void AnnounceFlush()
    {
    }

    /// <summary>The callers were told.</summary>
    void FlushAfter()
    {
    }
}
