using Snakepit.Frames;
using Snakepit.Values;
using Snakepit.Workers;

namespace Snakepit.Simulation.Fuzz;

/// <summary>Fuzzes the readers of handshake and control bodies.</summary>
internal sealed class HandshakeTarget : FuzzTarget
{
    private readonly JsonValueCodec _codec = new();

    public override string Name => "handshake";

    public override IReadOnlyList<byte[]> Corpus { get; } = FuzzCorpus.Handshake();

    public override void Take(byte[] input, ref SimRandom random)
    {
        Try(() => Handshake.ReadHello(input));
        Try(() => Handshake.ReadAbilities(input));
        Try(() => Handshake.ReadFailure(input, _codec));
        Try(() => Handshake.ReadLog(input));
        Try(() => Require(Handshake.ReadEvent(input).Bytes >= 0, "a negative number of bytes was taken"));
    }

    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (ProtocolException)
        {
        }
    }

    private static void Try<T>(Func<T> read) => Try(() => { _ = read(); });
}
