using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Telemetry;
using Snakepit.Workers;

namespace Snakepit.Simulation.Fuzz;

/// <summary>Fuzzes the reader of control frames over a real socket.</summary>
internal sealed class ControlTarget : FuzzTarget
{
    private readonly Watcher _watcher = new(static _ => { });
    private readonly (Descriptor Ours, Descriptor Theirs) _socket = Descriptor.CreateSocketPair();
    private readonly byte[] _rest = new byte[128 * 1024];

    public override string Name => "control";

    public override IReadOnlyList<byte[]> Corpus { get; } = FuzzCorpus.Control();

    public override void Take(byte[] input, ref SimRandom random)
    {
        int kills = 0;
        var events = new Events();
        var reader = new ControlReader(_watcher, _socket.Ours, events, () => kills++);
        if (input.Length > 0)
        {
            Require(_socket.Theirs.Send(input) == input.Length, "the socket took less than the whole input");
        }
        reader.Finish();
        reader.Close();
        bool isRead = _socket.Ours.Receive(_rest) == -Libc.EAgain;
        Require(kills == events.Breaches && kills <= 1, $"{kills} kills for {events.Breaches} breaches");
        Require(isRead || kills == 1, "it stopped reading without a reason");
    }

    public override void Dispose()
    {
        _socket.Ours.Dispose();
        _socket.Theirs.Dispose();
        _watcher.Dispose();
        base.Dispose();
    }

    private sealed class Events : StrictEvents
    {
        public int Breaches { get; private set; }

        public override void OnLog(PythonRecord record) =>
            Require(record is { Level: not null, Message: not null, Dropped: >= 0 }, "a log record lacks something");

        public override void OnTelemetry(PythonSignal signal) => Require(
            signal.Dropped >= 0 && double.IsFinite(signal.Value)
                && signal.Tags.All(static tag => tag.Value is string or long or double or bool),
            "a signal is not as promised");

        public override void OnMemoryUsage(long bytes) => Require(bytes >= 0, "a negative number of bytes was told");

        public override void OnProtocolError(string problem) => Breaches++;

        public override void OnPong()
        {
        }

        public override void OnRecycleRequested()
        {
        }

        public override void OnCollected()
        {
        }
    }
}
