using Snakepit.Frames;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Processes;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the host's side of a worker over channels whose other ends the test holds.</summary>
public abstract class ChannelTests(bool portable, bool ownThread) : IntegrationTest
{
    private static readonly CallKey s_first = CallKey.Create(1, 1);
    private static readonly CallKey s_second = CallKey.Create(2, 1);

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P3")]
    public async Task PostCall_larger_than_the_pipe_does_not_block_and_arrives_whole_and_in_order()
    {
        FakeWorker worker = Ready();

        worker.Post(s_first, 5_000_000);
        worker.Post(s_second, 3);

        byte[] first = worker.ReceiveFrame(FrameType.Call);
        byte[] second = worker.ReceiveFrame(FrameType.Call);
        Assert.Equal(FakeWorker.CallFrame(5_000_000)[Protocol.ExtendedHeaderSize..].ToArray(), first[Protocol.ExtendedHeaderSize..]);
        Assert.Equal((1u, 2u), (FrameHeader.Read(first, int.MaxValue).Seq, FrameHeader.Read(second, int.MaxValue).Seq));
        worker.Send(FakeWorker.Result(s_first, 1, "1"));
        await worker.Events.ToldAsync($"Result {s_first}: 1");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P3")]
    public async Task PostShutdown_behind_a_blocked_call_ends_the_input_after_it()
    {
        FakeWorker worker = Ready();
        worker.Post(s_first, 1_000_000);

        worker.Channel.PostShutdown();
        worker.Channel.Flush();

        worker.ReceiveFrame(FrameType.Call);
        Assert.True(worker.InputHasEnded());
        Assert.Equal(FrameType.Shutdown, worker.ReceiveControl().Type);
        worker.Exit(new ChildExit(0, null));
        await worker.Events.Ended;
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P3")]
    public async Task Exit_with_a_call_blocked_in_a_full_pipe_is_told_with_that_call_as_begun()
    {
        FakeWorker worker = Ready();
        worker.Post(s_first, 1_000_000);
        worker.Post(s_second);

        worker.Exit(new ChildExit(null, 9));

        await worker.Events.ToldAsync($"killed by SIGKILL, begun: {s_first}"); // the second call was never sent
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L1")]
    public async Task PostCall_that_cannot_wait_for_room_in_the_pipe_ends_the_workers_input()
    {
        FakeWorker worker = Ready();
        worker.StopWatching();

        worker.Post(s_first, 1_000_000);

        Assert.InRange(worker.ReadToEnd(), 1, 999_999);
        worker.Exit(new ChildExit(Protocol.ExitProtocolError, null));
        await worker.Events.ToldAsync($"exit code 72 (a worker that received a message it does not understand), begun: {s_first}");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L1")]
    public async Task Start_that_cannot_be_watched_fails_and_its_exit_is_told()
    {
        FakeWorker worker = Own(new FakeWorker(watched: false, portable, ownThread));

        worker.Exit(new ChildExit(null, 9));

        await worker.Events.Ended;
        Assert.Equal("launched", worker.Events.Told.All[0]);
        Assert.StartsWith(
            "failed: this process has no resources left to watch the worker", worker.Events.Told.All[1], StringComparison.Ordinal);
        Assert.Equal("killed by SIGKILL, begun: ", worker.Events.Told.All[2]);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public void PostCancel_names_the_calls_sequence_number()
    {
        FakeWorker worker = Ready();
        worker.Post(s_first);
        worker.Post(s_second);

        worker.Channel.PostCancel(s_second, interrupts: false);
        worker.Channel.Flush();

        FrameHeader cancel = worker.ReceiveControl();
        Assert.Equal((FrameType.Cancel, s_second.Value, 2u), (cancel.Type, cancel.Call, cancel.Seq));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P4")]
    public async Task Reply_given_twice_breaks_the_protocol()
    {
        FakeWorker worker = Ready();
        worker.Post(s_first);

        worker.Send([.. FakeWorker.Result(s_first, 1, "1"), .. FakeWorker.Result(s_first, 1, "2")]);

        await worker.Events.ToldAsync($"Result {s_first}: 1");
        await worker.Events.ToldAsync("protocol error: The worker answered number 1 twice.");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P4")]
    public async Task Reply_under_a_number_never_issued_breaks_the_protocol()
    {
        FakeWorker worker = Ready();
        worker.Post(s_first);

        worker.Send(FakeWorker.Result(s_first, 2, "1"));

        await worker.Events.ToldAsync("protocol error: The worker answered number 2, which was never sent to it.");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "A5")]
    [Trait("Rule", "L3")]
    public async Task Reply_under_the_number_of_another_call_breaks_the_protocol_and_leaves_both_begun()
    {
        FakeWorker worker = Ready();
        worker.Post(s_first);
        worker.Post(s_second);

        worker.Send(FakeWorker.Result(s_second, 1, "1"));
        await worker.Events.Told.FirstAsync(static told => told.StartsWith("protocol error", StringComparison.Ordinal));
        worker.Exit(new ChildExit(null, 9));

        await worker.Events.ToldAsync($"killed by SIGKILL, begun: {s_first}, {s_second}");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L3")]
    [Trait("Rule", "P5")]
    public async Task Exit_after_a_complete_reply_is_told_after_it()
    {
        FakeWorker worker = Ready();
        worker.Post(s_first);
        worker.Post(s_second);

        worker.Send(FakeWorker.Result(s_first, 1, new string('x', 100_000)));
        worker.Exit(new ChildExit(3, null));

        await worker.Events.Ended;
        Assert.Equal(
            [$"Result {s_first}: {new string('x', 100_000)}", $"exit code 3, begun: {s_second}"],
            worker.Events.Told.All.TakeLast(2));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P5")]
    public async Task Exit_while_a_descendant_holds_the_pipe_open_is_told()
    {
        FakeWorker worker = Ready(); // keeps the pipe's other end open until it is disposed

        worker.Exit(new ChildExit(0, null));

        await worker.Events.ToldAsync("exit code 0, begun: ");
    }

    [Theory(Timeout = Bound)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(20)]
    [Trait("Rule", "P4")]
    public async Task Exit_in_the_middle_of_a_reply_is_no_reply(int missing)
    {
        FakeWorker worker = Ready();
        worker.Post(s_first);

        // The missing bytes are zero, as is the byte that wakes the reader.
        worker.Send(FakeWorker.Result(s_first, 1, "ab" + new string('\0', 30)).AsSpan(..^missing));
        worker.Exit(new ChildExit(null, 11));

        await worker.Events.ToldAsync($"killed by SIGSEGV, begun: {s_first}");
        Assert.DoesNotContain(worker.Events.Told.All, static told => told.StartsWith("Result", StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P4")]
    public async Task Hello_of_another_protocol_is_refused_with_both_ranges()
    {
        FakeWorker worker = Own(new FakeWorker(portable: portable, ownThread: ownThread));

        worker.Send(FrameWriter.Frame(FrameType.Hello, "{\"protocol\":[7,9]}"u8));

        string told = await worker.Events.Told.FirstAsync(static told => told.StartsWith("protocol error", StringComparison.Ordinal));
        Assert.Contains("7 to 9", told, StringComparison.Ordinal);
        Assert.Contains($"{Protocol.LowestVersion} to {Protocol.HighestVersion}", told, StringComparison.Ordinal);
    }

    [Theory(Timeout = Bound)]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"protocol\":[]}")]
    [InlineData("{\"protocol\":[1,\"x\"]}")]
    [InlineData("{\"protocol\":[1,99999999999]}")]
    [InlineData("")]
    [InlineData("\u0001")]
    [Trait("Rule", "P4")]
    public async Task Hello_that_cannot_be_read_breaks_the_protocol(string body)
    {
        FakeWorker worker = Own(new FakeWorker(portable: portable, ownThread: ownThread));

        worker.Send(FrameWriter.Frame(FrameType.Hello, System.Text.Encoding.UTF8.GetBytes(body)));

        await Unreadable(worker);
    }

    [Theory(Timeout = Bound)]
    [InlineData("{\"tools\":null}")]
    [InlineData("{\"tools\":[{\"name\":null,\"description\":null,\"parameters\":[],\"idempotent\":false}]}")]
    [InlineData("{\"tools\":[{\"name\":\"a\",\"description\":1,\"parameters\":[],\"idempotent\":false}]}")]
    [InlineData("{\"tools\":[{\"name\":\"\\ud800\",\"description\":\"\",\"parameters\":[],\"idempotent\":false}]}")]
    [Trait("Rule", "P4")]
    public async Task Ready_that_cannot_be_read_breaks_the_protocol(string body)
    {
        FakeWorker worker = Own(new FakeWorker(portable: portable, ownThread: ownThread));

        worker.Send(FrameWriter.Frame(FrameType.Ready, System.Text.Encoding.UTF8.GetBytes(body)));

        await Unreadable(worker);
        Assert.DoesNotContain("ready", worker.Events.Told.All);
    }

    [Theory(Timeout = Bound)]
    [InlineData("Hello Hello")]
    [InlineData("Ready")]
    [InlineData("Failed")]
    [InlineData("Hello Ready Ready")]
    [InlineData("Hello Ready Hello")]
    [InlineData("Hello Ready Failed")]
    [InlineData("Hello Failed Ready")]
    [Trait("Rule", "P4")]
    public async Task Handshake_out_of_order_breaks_the_protocol(string frames)
    {
        FakeWorker worker = Own(new FakeWorker(portable: portable, ownThread: ownThread));

        foreach (string type in frames.Split(' '))
        {
            worker.Send(FrameWriter.Frame(Enum.Parse<FrameType>(type), type switch
            {
                "Hello" => "{\"protocol\":[1,1]}"u8,
                "Ready" => "{\"tools\":[]}"u8,
                _ => "{\"stage\":\"adapter\",\"error\":{}}"u8,
            }));
        }

        string told = await worker.Events.Told.FirstAsync(static told => told.StartsWith("protocol error", StringComparison.Ordinal));
        Assert.Contains("was not expected here", told, StringComparison.Ordinal);
    }

    [Theory(Timeout = Bound)]
    [InlineData("{\"level\":\"info\"}")]
    [InlineData("{\"level\":null,\"message\":\"text\"}")]
    [InlineData("{\"level\":\"info\",\"message\":\"\\udc00\"}")]
    [InlineData("[[")]
    [Trait("Rule", "P4")]
    public async Task Log_that_cannot_be_read_breaks_the_protocol(string body)
    {
        FakeWorker worker = Ready();

        worker.SendControl(FrameWriter.Frame(FrameType.Log, System.Text.Encoding.UTF8.GetBytes(body)));

        await Unreadable(worker);
    }

    [Theory(Timeout = Bound)]
    [InlineData("{\"kind\":\"memory_usage\"}")]
    [InlineData("{\"kind\":\"memory_usage\",\"bytes\":-1}")]
    [InlineData("{\"kind\":\"memory_usage\",\"bytes\":9223372036854775808}")]
    [InlineData("{\"kind\":\"collected\"}{}")]
    [InlineData("{\"kind\":3}")]
    [InlineData("")]
    [Trait("Rule", "P4")]
    public async Task Event_that_cannot_be_read_breaks_the_protocol(string body)
    {
        FakeWorker worker = Ready();

        worker.SendControl(FrameWriter.Frame(FrameType.Event, System.Text.Encoding.UTF8.GetBytes(body)));

        await Unreadable(worker);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P4")]
    public async Task Event_of_a_kind_yet_to_be_invented_is_passed_over()
    {
        FakeWorker worker = Ready();

        worker.SendControl(FrameWriter.Frame(FrameType.Event, "{\"kind\":\"enlightened\",\"bytes\":null}"u8));
        worker.SendControl(FrameWriter.Frame(FrameType.Event, "{\"kind\":\"memory_usage\",\"bytes\":7,\"since\":0}"u8));

        await worker.Events.ToldAsync("memory 7");
        Assert.DoesNotContain(worker.Events.Told.All, static told => told.StartsWith("protocol error", StringComparison.Ordinal));
    }

    [Theory(Timeout = Bound)]
    [InlineData(FrameType.Ping)]
    [InlineData(FrameType.Hello)]
    [InlineData(FrameType.Collect)]
    [Trait("Rule", "P4")]
    public async Task Control_frame_that_is_not_a_workers_to_send_breaks_the_protocol(object type)
    {
        FakeWorker worker = Ready();

        worker.SendControl(FrameWriter.Frame((FrameType)type));

        await worker.Events.ToldAsync($"protocol error: A {type} frame does not belong on the control channel.");
    }

    private static Task<string> Unreadable(FakeWorker worker) => worker.Events.Told.FirstAsync(
        static told => told.StartsWith("protocol error: The worker sent a message that cannot be read", StringComparison.Ordinal));

    private FakeWorker Ready()
    {
        FakeWorker worker = Own(new FakeWorker(portable: portable, ownThread: ownThread));
        worker.GetReady();
        return worker;
    }
}

public sealed class PipeChannelTests() : ChannelTests(portable: false, ownThread: true);

public sealed class SharedPipeChannelTests() : ChannelTests(portable: false, ownThread: false);

public sealed class SocketChannelTests() : ChannelTests(portable: true, ownThread: true);

public sealed class SharedSocketChannelTests() : ChannelTests(portable: true, ownThread: false);
