using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>
/// Sends each frame of a worker's data channel where it belongs, whatever has brought its bytes: a frame that ends a call to the replies of this read, any
/// other frame of a call to the call's sink, and the rest to the handshake. Not safe for threads.
/// </summary>
internal sealed class DataFrames(FrameReader frames, ISentCalls calls, ReplyFrames replies, HandshakeSteps handshake)
{
    /// <summary>Takes all whole frames that have come. The replies among them are not told yet.</summary>
    /// <exception cref="ProtocolException">A frame is impossible here.</exception>
    public void TakeAll()
    {
        while (frames.TryRead(out FrameHeader header, out ReadOnlySpan<byte> extension, out ReadOnlySpan<byte> body))
        {
            Take(header, extension, body);
        }
    }

    /// <summary>Takes one frame.</summary>
    /// <exception cref="ProtocolException">The frame is impossible here.</exception>
    public void Take(in FrameHeader header, ReadOnlySpan<byte> extension, ReadOnlySpan<byte> body)
    {
        if (header.EndsCall)
        {
            replies.Take(header, extension, body);
        }
        else if (header.BelongsToCall)
        {
            calls.SinkOf(header)?.OnFrame(header, body);
        }
        else
        {
            handshake.Take(header, body);
        }
    }
}
