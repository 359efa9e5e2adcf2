using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>Reads the frames of a worker's control channel.</summary>
internal static class ControlFrames
{
    /// <summary>Raises the events of all frames that have arrived.</summary>
    /// <exception cref="ProtocolException">A frame is invalid.</exception>
    public static void Take(FrameReader frames, IWorkerEvents events)
    {
        while (frames.TryRead(out FrameHeader header, out _, out ReadOnlySpan<byte> body))
        {
            switch (header.Type)
            {
                case FrameType.Pong:
                    events.OnPong();
                    break;
                case FrameType.Log:
                    events.OnLog(Handshake.ReadLog(body));
                    break;
                case FrameType.Telemetry:
                    events.OnTelemetry(TelemetryFrame.Read(body));
                    break;
                case FrameType.Event:
                    TakeEvent(body, events);
                    break;
                default:
                    throw new ProtocolException($"A {header.Type} frame does not belong on the control channel.");
            }
        }
    }

    private static void TakeEvent(ReadOnlySpan<byte> body, IWorkerEvents events)
    {
        (string kind, long bytes) = Handshake.ReadEvent(body);
        switch (kind)
        {
            case Handshake.RecycleRequested:
                events.OnRecycleRequested();
                break;
            case Handshake.MemoryUsage:
                events.OnMemoryUsage(bytes);
                break;
            case Handshake.Collected:
                events.OnCollected();
                break;
        }
    }
}
