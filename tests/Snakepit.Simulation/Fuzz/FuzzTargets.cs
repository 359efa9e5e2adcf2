using Snakepit.Frames;
using Snakepit.Values;
using Snakepit.Values.Marshal;

namespace Snakepit.Simulation.Fuzz;

/// <summary>The readers of the host that take bytes from a worker or the launcher.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<string> Names { get; } =
        ["frames", "replies", "control", "launcher", "handshake", "error", "json", "marshal"];

    /// <summary>Creates a target for use by one thread.</summary>
    public static FuzzTarget Create(string name) => name switch
    {
        "frames" => new FrameTarget(),
        "replies" => new ReplyTarget(),
        "control" => new ControlTarget(),
        "launcher" => new LauncherTarget(),
        "handshake" => new HandshakeTarget(),
        "error" => new ErrorTarget(),
        "json" => new ValueTarget(name, new JsonValueCodec(), FuzzCorpus.Json()),
        "marshal" => new ValueTarget(name, new MarshalValueCodec(), FuzzCorpus.Marshal()),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };
}
