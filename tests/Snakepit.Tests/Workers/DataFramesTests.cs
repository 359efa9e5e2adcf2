using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Telemetry;
using Snakepit.Values;
using Snakepit.Workers;

namespace Snakepit.Tests.Workers;

/// <summary>
/// The routes of the frames of a data channel: frames that end a call go to the pool, other frames of a call to its sink, and the rest to
/// the handshake.
/// </summary>
[Trait("Rule", "P4")]
public sealed class DataFramesTests : ISentCalls
{
    private const FrameType Chunk = (FrameType)20;
    private static readonly CallKey s_call = CallKey.Create(1, 1);
    private readonly SentCalls _calls = new();
    private readonly RecordingSink _sink = new();
    private readonly RecordingPool _pool = new();
    private readonly DataFrames _frames;

    public DataFramesTests()
    {
        var blueprint = new WorkerBlueprint
        {
            Adapter = "fake",
            PythonPath = [],
            MaxMessage = 1_000,
            Unserializable = UnserializableDetail.Type,
            ReprMaxLength = 500,
            Codec = new JsonValueCodec(),
        };
        _frames = new DataFrames(new WorkerStart(new WorkerId("text", 0, 1), blueprint), _pool, this, static _ => { });
        _calls.Add(s_call, _sink);
    }

    [Fact]
    public void A_frame_of_a_call_that_goes_on_reaches_its_sink_and_not_the_pool()
    {
        Take(Chunk, "one");
        Take(Chunk, "two");
        Assert.Equal(["20: one", "20: two"], _sink.Frames);
        Assert.Empty(_pool.Replies);

        Take(FrameType.Result, "3");
        _frames.Replies.Tell();

        Assert.Equal([s_call], _pool.Replies);
        Assert.Equal(2, _sink.Frames.Count);
    }

    [Fact]
    public void A_frame_that_follows_the_end_of_its_call_is_refused()
    {
        Take(FrameType.Result, "3");

        Assert.Throws<ProtocolException>(() => Take(Chunk, "late"));
        Assert.Empty(_sink.Frames);
    }

    [Theory]
    [InlineData(0u, 1)]
    [InlineData(2u, 1)]
    [InlineData(1u, 2)]
    public void A_frame_of_a_call_that_was_not_sent_is_refused(uint seq, int call) =>
        Assert.Throws<ProtocolException>(() => Take(Chunk, "", CallKey.Create(call, 1), seq));

    [Fact]
    public void A_frame_of_a_call_that_was_answered_from_the_page_goes_nowhere()
    {
        Assert.True(_calls.TryEnd(1, s_call.Value, skipped: false, out _));

        Take(Chunk, "early");

        Assert.Empty(_sink.Frames);
    }

    [Fact]
    public void A_call_with_one_reply_takes_no_other_frames()
    {
        _calls.Add(CallKey.Create(2, 1), new UnaryCall());

        ProtocolException refusal = Assert.Throws<ProtocolException>(() => Take(Chunk, "", CallKey.Create(2, 1), seq: 2));

        Assert.Contains("one reply", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sink_is_found_for_frames_of_the_page_only_while_its_call_runs()
    {
        Assert.Same(_sink, _calls.FindSink(1, s_call.Value));
        Assert.Null(_calls.FindSink(1, s_call.Value + 1));
        Assert.Null(_calls.FindSink(2, s_call.Value));

        _calls.End(1, s_call.Value, skipped: false, out _);

        Assert.Null(_calls.FindSink(1, s_call.Value));
    }

    [Fact]
    public void A_frame_of_no_call_is_the_handshakes()
    {
        Assert.Throws<ProtocolException>(() => Take(FrameType.Ready, "{\"tools\":[]}"));
        Assert.Throws<ProtocolException>(() => Take(FrameType.Pong, ""));
    }

    void ICallChannel.PostFrame(CallKey call, byte[] frame) => Assert.Fail("Nothing is sent here.");

    void ICallChannel.Flush()
    {
    }

    Ending ISentCalls.End(in FrameHeader header, out CallKey call) =>
        _calls.End(header.Seq, header.Call, header.Type == FrameType.Skipped, out call);

    bool ISentCalls.TryEnd(in FrameHeader header, out CallKey call) =>
        _calls.TryEnd(header.Seq, header.Call, header.Type == FrameType.Skipped, out call);

    ICallSink? ISentCalls.SinkOf(in FrameHeader header) => _calls.SinkOf(header.Seq, header.Call);

    ICallSink? ISentCalls.FindSink(in FrameHeader header) => _calls.FindSink(header.Seq, header.Call);

    private void Take(FrameType type, string body) => Take(type, body, s_call, seq: 1);

    private void Take(FrameType type, string body, CallKey call, uint seq)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(body);
        var header = new FrameHeader(Protocol.ExtendedHeaderSize + bytes.Length, type, call.Value, seq, Protocol.ExtendedHeaderSize);
        _frames.Take(header, new byte[Protocol.ExtendedHeaderSize - Protocol.HeaderSize], bytes);
    }

    private sealed class RecordingPool : IWorkerEvents
    {
        public List<CallKey> Replies { get; } = [];

        public void OnReplies(ReadOnlySpan<WorkerReply> replies)
        {
            foreach (WorkerReply reply in replies)
            {
                Replies.Add(reply.Call);
                reply.Body.Return();
            }
        }

        public void OnLaunched(IWorkerChannel channel) => Assert.Fail("no worker is launched");

        public void OnReady(WorkerAbilities abilities) => Assert.Fail("no worker is ready");

        public void OnFailed(WorkerFailure failure) => Assert.Fail(failure.Message);

        public void OnRecalled(CallKey call) => Assert.Fail("nothing is recalled");

        public void OnPong() => Assert.Fail("nothing is pinged");

        public void OnRecycleRequested() => Assert.Fail("no recycling is requested");

        public void OnMemoryUsage(long bytes) => Assert.Fail("no memory is told");

        public void OnCollected() => Assert.Fail("nothing is collected");

        public void OnZygoteEnded() => Assert.Fail("there is no zygote");

        public void OnLog(PythonRecord record) => Assert.Fail(record.Message);

        public void OnTelemetry(PythonSignal signal) => Assert.Fail(signal.Name);

        public void OnOutput(string line, string? tool) => Assert.Fail(line);

        public void OnProtocolError(string problem) => Assert.Fail(problem);

        public void OnExited(ChildExit exit, ReadOnlySpan<CallKey> begun) => Assert.Fail("nothing exits");
    }
}
