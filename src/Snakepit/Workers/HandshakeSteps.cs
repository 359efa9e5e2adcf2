using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>The host's part of the handshake: it answers HELLO with INIT, then gets READY or FAILED.</summary>
internal sealed class HandshakeSteps(WorkerStart launch, IWorkerEvents events, FrameReader frames, Action<byte[]> post)
{
    private FrameType _said;

    /// <summary>The features of the worker, once it has sent HELLO.</summary>
    public WorkerFeatures Features { get; private set; }

    /// <summary>The format that the worker prefers for its calls.</summary>
    public BodyFormat Format { get; private set; }

    /// <summary>Whether the worker's process was forked from a zygote.</summary>
    public bool IsForked { get; set; }

    /// <summary>Takes a frame that belongs to no call.</summary>
    /// <param name="header">The header.</param>
    /// <param name="body">The body.</param>
    /// <exception cref="ProtocolException">The frame is invalid here.</exception>
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

    /// <summary>Advances to the next step. Each step comes once and in order: a repeated one would be answered again and again.</summary>
    private void Advance(FrameType from, FrameType to)
    {
        if (_said != from)
        {
            throw new ProtocolException($"A {to} frame was not expected here.");
        }
        _said = to;
    }
}
