using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>The host's part of the handshake: HELLO, which is answered with INIT, then READY or FAILED.</summary>
internal sealed class HandshakeSteps(WorkerLaunch launch, IWorkerEvents events, FrameReader frames, Action<byte[]> post)
{
    private FrameType _said;

    /// <summary>What the worker can do, once it has said HELLO.</summary>
    public WorkerFeatures Features { get; private set; }

    /// <summary>What the worker likes its calls to be written in.</summary>
    public BodyFormat Format { get; private set; }

    /// <summary>The worker's process comes from a zygote.</summary>
    public bool IsForked { get; set; }

    /// <summary>Takes a frame that belongs to no call.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="body">Its body.</param>
    /// <exception cref="ProtocolException">It cannot be.</exception>
    public void Take(in FrameHeader header, ReadOnlySpan<byte> body)
    {
        switch (header.Type)
        {
            case FrameType.Hello:
                Features = Handshake.ReadHello(body);
                Advance(default, FrameType.Hello);
                Format = launch.Blueprint.Format ?? (Features.HasMarshal ? BodyFormat.Marshal : BodyFormat.Json);
                post(FrameWriter.Frame(FrameType.Init, Handshake.Init(launch, Format)));
                break;
            case FrameType.Ready:
                WorkerAbilities abilities = Handshake.ReadAbilities(body) with { IsForked = IsForked };
                Advance(FrameType.Hello, FrameType.Ready);
                frames.MaxBody = Math.Max(launch.Blueprint.MaxMessage, Protocol.MaxHandshake);
                events.OnReady(abilities);
                break;
            case FrameType.Failed:
                WorkerFailure failure = Handshake.ReadFailure(body, launch.Blueprint.Codec);
                Advance(FrameType.Hello, FrameType.Failed);
                events.OnFailed(failure);
                break;
            default:
                throw new ProtocolException($"A {header.Type} frame does not belong on the data channel.");
        }
    }

    /// <summary>Each part comes once and in its order: one that is repeated would be answered again and again.</summary>
    private void Advance(FrameType from, FrameType to)
    {
        if (_said != from)
        {
            throw new ProtocolException($"A {to} frame was not expected here.");
        }
        _said = to;
    }
}
