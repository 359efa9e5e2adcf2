using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>
/// Routes the frames of a worker's data channel, whatever the transport. A frame that ends a call goes to the replies of this read, any
/// other frame of a call to the call's sink, and the rest to the handshake. Not thread-safe.
/// </summary>
internal sealed class DataFrames
{
    private readonly ISentCalls _calls;

    /// <param name="launch">Identifies the worker.</param>
    /// <param name="events">Gets the worker's events.</param>
    /// <param name="calls">The calls that were sent to the worker.</param>
    /// <param name="post">Sends a frame of the handshake.</param>
    public DataFrames(WorkerStart launch, IWorkerEvents events, ISentCalls calls, Action<byte[]> post)
    {
        _calls = calls;
        Replies = new ReplyFrames(calls, events);
        Handshake = new HandshakeSteps(launch, events, Reader, post);
    }

    /// <summary>Splits the bytes into frames.</summary>
    public FrameReader Reader { get; } = new(Protocol.MaxHandshake);

    public ReplyFrames Replies { get; }

    public HandshakeSteps Handshake { get; }

    /// <summary>Takes all whole frames that have arrived. The replies among them are not reported yet.</summary>
    /// <exception cref="ProtocolException">A frame is invalid here.</exception>
    public void TakeAll()
    {
        while (Reader.TryRead(out FrameHeader header, out ReadOnlySpan<byte> extension, out ReadOnlySpan<byte> body))
        {
            Take(header, extension, body);
        }
    }

    /// <summary>Takes one frame.</summary>
    /// <exception cref="ProtocolException">The frame is invalid here.</exception>
    public void Take(in FrameHeader header, ReadOnlySpan<byte> extension, ReadOnlySpan<byte> body)
    {
        if (header.EndsCall)
        {
            Replies.Take(header, extension, body);
        }
        else if (header.BelongsToCall)
        {
            _calls.SinkOf(header)?.OnFrame(_calls, header, extension, body, isStaged: false);
        }
        else
        {
            Handshake.Take(header, body);
        }
    }
}
