using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Telemetry;
using Snakepit.Values;
using Snakepit.Workers;

namespace Snakepit.Tests.Workers;

public sealed class PipeChannelTests
{
    [Fact]
    public void A_defect_in_reading_a_workers_last_words_does_not_keep_its_end_from_being_told()
    {
        using var watcher = new Watcher(static error => TestContext.Current.SendDiagnosticMessage(error.ToString()));
        using var threads = new ReaderThreads(static _ => { });
        using ChannelDescriptors descriptors = ChannelDescriptors.Create(portable: false, board: null);
        var blueprint = new WorkerBlueprint
        {
            Adapter = "fake", PythonPath = [], MaxMessage = 1_000, Unserializable = UnserializableDetail.Type, ReprMaxLength = 500,
            Codec = new JsonValueCodec(),
        };
        var events = new FailingEvents();
        var channel = new PipeChannel(
            new WorkerStart(new WorkerId("text", 0, 1), blueprint), events, watcher, watcher, threads, descriptors, TimeProvider.System);
        using (var output = new Descriptor(Libc.fcntl(descriptors.Theirs[2], Libc.FDupfdCloexec, 3)))
        {
            output.Write("last words"u8);
        }

        ((IReplyTarget)channel).OnEnd();

        Assert.Equal(1, events.Exits);
        Assert.Contains("a planted defect", events.Problem, StringComparison.Ordinal);
    }

    /// <summary>Events whose handler of output has a defect.</summary>
    private sealed class FailingEvents : IWorkerEvents
    {
        public int Exits { get; private set; }

        public string Problem { get; private set; } = "";

        public void OnOutput(string line, string? tool) => throw new InvalidOperationException("a planted defect");

        public void OnProtocolError(string problem) => Problem = problem;

        public void OnExited(ChildExit exit, ReadOnlySpan<CallKey> begun) => Exits++;

        public void OnLaunched(IWorkerChannel channel)
        {
        }

        public void OnReady(WorkerAbilities abilities)
        {
        }

        public void OnFailed(WorkerFailure failure)
        {
        }

        public void OnReplies(ReadOnlySpan<WorkerReply> replies)
        {
        }

        public void OnRecalled(CallKey call)
        {
        }

        public void OnPong()
        {
        }

        public void OnRecycleRequested()
        {
        }

        public void OnMemoryUsage(long bytes)
        {
        }

        public void OnTelemetry(PythonSignal signal)
        {
        }

        public void OnCollected()
        {
        }

        public void OnZygoteEnded()
        {
        }

        public void OnLog(PythonRecord record)
        {
        }
    }
}
