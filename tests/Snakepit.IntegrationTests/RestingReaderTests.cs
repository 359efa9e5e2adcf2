using Snakepit.Frames;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Processes;

namespace Snakepit.IntegrationTests;

/// <summary>
/// Tests calls that follow each other closely. The caller's thread may read the reply in place of the reader's own thread, or of
/// the one that it shares; all report the same.
/// </summary>
[Trait("Rule", "P3")]
public abstract class RestingReaderTests(bool portable, bool ownThread) : IntegrationTest
{
    private const int UntilItRests = 40;

    [Fact(Timeout = Bound)]
    public async Task Calls_one_by_one_and_together_are_all_answered()
    {
        const int Rounds = 300;
        FakeWorker worker = Ready();
        var random = new Random(5);
        uint seq = 0;
        for (int round = 0; round < Rounds; round++)
        {
            int calls = round % 60 < UntilItRests ? 1 : random.Next(1, 5);
            bool awaits = random.Next(4) > 0;
            Task answering = AnswerAsync(worker, seq + 1, calls);
            for (int i = 0; i < calls; i++)
            {
                worker.Channel.PostCall(new OutgoingCall(Call(++seq), new RecordingSink(), FakeWorker.CallFrame(16)));
                Flush(worker, awaits);
            }
            await answering;
            await worker.Events.ToldAsync($"Result {Call(seq)}: {seq}");
        }

        worker.Exit(new ChildExit(0, null));

        await worker.Events.ToldAsync("exit code 0, begun: ");
        Assert.Equal((int)seq, worker.Events.Told.All.Count(static told => told.StartsWith("Result", StringComparison.Ordinal)));
    }

    [Theory(Timeout = Bound)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Exit_while_the_reader_rests_is_told(bool unanswered)
    {
        FakeWorker worker = await RestingAsync();
        if (unanswered)
        {
            worker.Channel.PostCall(new OutgoingCall(Call(1_000), new RecordingSink(), FakeWorker.CallFrame(16)));
            Flush(worker, awaits: true); // no reply comes
        }

        worker.Exit(new ChildExit(null, 9));

        await worker.Events.ToldAsync($"killed by SIGKILL, begun: {(unanswered ? $"{Call(1_000)}" : "")}");
    }

    [Fact(Timeout = Bound)]
    public async Task Exit_while_a_caller_reads_is_told_after_what_was_read()
    {
        FakeWorker worker = await RestingAsync();
        worker.Channel.PostCall(new OutgoingCall(Call(1_000), new RecordingSink(), FakeWorker.CallFrame(16)));
        Task ending = Task.Run(() =>
        {
            worker.ReceiveFrame(FrameType.Call);
            worker.Send(FakeWorker.Result(Call(1_000), UntilItRests + 1, "last"));
            worker.Exit(new ChildExit(0, null));
        }, Cancellation);

        Flush(worker, awaits: true);

        await ending;
        await worker.Events.Ended;
        Assert.Equal([$"Result {Call(1_000)}: last", "exit code 0, begun: "], worker.Events.Told.All.TakeLast(2));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P8")]
    public async Task Calls_of_host_tools_that_a_caller_reads_come_before_the_reply()
    {
        const int Asked = 10; // more than a caller's thread reads
        FakeWorker worker = await RestingAsync();
        var sink = new CountingSink();
        worker.Channel.PostCall(new OutgoingCall(Call(1_000), sink, FakeWorker.CallFrame(16)));
        Task answering = Task.Run(() =>
        {
            worker.ReceiveFrame(FrameType.Call);
            for (int i = 0; i < Asked; i++)
            {
                worker.Send(FakeWorker.HostCall(Call(1_000), UntilItRests + 1, (byte)i));
                sink.Arrived.Wait(Cancellation);
            }
            worker.Send(FakeWorker.Result(Call(1_000), UntilItRests + 1, "last"));
        }, Cancellation);

        Flush(worker, awaits: true);

        await answering;
        await worker.Events.ToldAsync($"Result {Call(1_000)}: last");
        Assert.Equal(0, sink.Arrived.CurrentCount);
    }

    [Fact(Timeout = Bound)]
    public async Task Garbage_that_a_caller_or_the_reader_reads_after_a_rest_breaks_the_protocol()
    {
        FakeWorker worker = await RestingAsync();
        worker.Send(new byte[64]);

        worker.Channel.PostCall(new OutgoingCall(Call(1_000), new RecordingSink(), FakeWorker.CallFrame(16)));
        Flush(worker, awaits: true);

        await worker.Events.Told.FirstAsync(static told => told.StartsWith("protocol error", StringComparison.Ordinal));
        worker.Exit(new ChildExit(null, 9));
        await worker.Events.ToldAsync($"killed by SIGKILL, begun: {Call(1_000)}");
    }

    private static CallKey Call(uint number) => CallKey.Create((int)number, 1);

    private static void Flush(FakeWorker worker, bool awaits)
    {
        if (awaits)
        {
            worker.Channel.FlushAndAwait();
        }
        else
        {
            worker.Channel.Flush();
        }
    }

    private static Task AnswerAsync(FakeWorker worker, uint first, int calls) => Task.Run(() =>
    {
        for (uint seq = first; seq < first + calls; seq++)
        {
            worker.ReceiveFrame(FrameType.Call);
            worker.Send(FakeWorker.Result(Call(seq), seq, $"{seq}"));
        }
    }, Cancellation);

    private FakeWorker Ready()
    {
        FakeWorker worker = Own(new FakeWorker(portable: portable, ownThread: ownThread));
        worker.GetReady();
        return worker;
    }

    /// <summary>Returns a worker that gave so many quick replies in a row that its reader rests, or is about to.</summary>
    private async Task<FakeWorker> RestingAsync()
    {
        FakeWorker worker = Ready();
        for (uint seq = 1; seq <= UntilItRests; seq++)
        {
            Task answering = AnswerAsync(worker, seq, 1);
            worker.Channel.PostCall(new OutgoingCall(Call(seq), new RecordingSink(), FakeWorker.CallFrame(16)));
            Flush(worker, awaits: true);
            await answering;
            await worker.Events.ToldAsync($"Result {Call(seq)}: {seq}");
        }
        return worker;
    }

    private sealed class CountingSink : ICallSink
    {
        public SemaphoreSlim Arrived { get; } = new(0);

        public void OnFrame(
            ICallChannel channel, in FrameHeader header, ReadOnlySpan<byte> extension, ReadOnlySpan<byte> body, bool isStaged) =>
            Arrived.Release();
    }
}

public sealed class PipeRestingReaderTests() : RestingReaderTests(portable: false, ownThread: true);

public sealed class SocketRestingReaderTests() : RestingReaderTests(portable: true, ownThread: true);

public sealed class PipeSharedReaderTests() : RestingReaderTests(portable: false, ownThread: false);

public sealed class SocketSharedReaderTests() : RestingReaderTests(portable: true, ownThread: false);
