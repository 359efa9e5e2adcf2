using System.Diagnostics;
using Snakepit.Frames;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Processes;
using Snakepit.Workers;

namespace Snakepit.IntegrationTests;

/// <summary>Tests how the host reads the page that a worker shares with it, with any content.</summary>
public sealed class PageTests : IntegrationTest
{
    private static readonly CallKey[] s_calls = [.. Enumerable.Range(0, 4).Select(static i => CallKey.Create(i, 1))];

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P9")]
    public async Task Recall_takes_back_what_the_worker_has_not_begun()
    {
        FakeWorker worker = Ready(3);
        worker.Page!.Set(Protocol.PageBegun, 1);

        worker.Recall();

        Assert.Equal(["recalled call 1.1", "recalled call 2.1"], worker.Events.Told.All.TakeLast(2));
        Assert.Equal(3ul, worker.Page.Recalled);
        worker.Send(FakeWorker.Result(s_calls[0], 1, "1"));
        worker.Send(FakeWorker.Skipped(s_calls[1], 2));
        worker.Send(FakeWorker.Skipped(s_calls[2], 3));
        worker.Post(s_calls[3]);
        worker.Send(FakeWorker.Result(s_calls[3], 4, "4"));
        await worker.Events.ToldAsync("Result call 3.1: 4");
        Assert.Equal(2, worker.Events.Told.All.Count(static told => told.StartsWith("recalled", StringComparison.Ordinal)));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P9")]
    public async Task Call_begun_in_the_moment_of_the_recall_is_told_by_the_workers_next_frame()
    {
        FakeWorker worker = Ready(2);
        worker.Page!.Set(Protocol.PageBegun, 2); // the second call has begun too, as far as the host can see

        worker.Recall();
        worker.Send(FakeWorker.Result(s_calls[0], 1, "1"));
        worker.Send(FakeWorker.Skipped(s_calls[1], 2)); // the worker saw the recall in time

        await worker.Events.ToldAsync("recalled call 1.1");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P9")]
    public async Task Recall_of_calls_that_a_full_channel_has_not_taken_needs_no_worker()
    {
        FakeWorker worker = Ready(1);
        worker.Post(s_calls[1], 1_000_000);
        worker.Receive(Protocol.HeaderSize); // the frame is on its way
        worker.Post(s_calls[2]);
        worker.Page!.Set(Protocol.PageBegun, 1);

        worker.Recall();

        await worker.Events.ToldAsync("recalled call 2.1");
        Assert.DoesNotContain("recalled call 1.1", worker.Events.Told.All); // half of its frame is sent
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P7")]
    public async Task Replies_that_the_worker_keeps_back_are_taken_by_a_recall_and_told_once()
    {
        FakeWorker worker = Ready(3);
        worker.Page!.Set(Protocol.PageBegun, 3);
        worker.Page.Stage(FakeWorker.Result(s_calls[0], 1, "1"), FakeWorker.Result(s_calls[1], 2, "2"));

        worker.Recall();
        await worker.Events.ToldAsync("Result call 1.1: 2");
        worker.Send(FakeWorker.Result(s_calls[0], 1, "1"));
        worker.Send(FakeWorker.Result(s_calls[1], 2, "2"));
        worker.Send(FakeWorker.Result(s_calls[2], 3, "3"));

        await worker.Events.ToldAsync("Result call 2.1: 3");
        Assert.Equal(
            ["Result call 0.1: 1", "Result call 1.1: 2", "Result call 2.1: 3"],
            worker.Events.Told.All.Where(static told => told.StartsWith("Result", StringComparison.Ordinal)));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P7")]
    [Trait("Rule", "P9")]
    public async Task Exit_gives_back_a_call_that_the_worker_left_out_but_did_not_say_so()
    {
        FakeWorker worker = Ready(2);
        worker.Page!.Set(Protocol.PageBegun, 2);
        worker.Recall();
        worker.Page.Stage(FakeWorker.Result(s_calls[0], 1, "1"), FakeWorker.Skipped(s_calls[1], 2));

        worker.Exit(new ChildExit(null, 9));

        await worker.Events.ToldAsync("killed by SIGKILL, begun: ");
        Assert.Contains("recalled call 1.1", worker.Events.Told.All);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P9")]
    public async Task Recalls_of_many_threads_take_each_call_back_once()
    {
        FakeWorker worker = Ready(4);
        worker.Page!.Set(Protocol.PageBegun, 1);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(worker.Recall, Cancellation)));

        Assert.Equal(
            ["recalled call 1.1", "recalled call 2.1", "recalled call 3.1"],
            worker.Events.Told.All.Where(static told => told.StartsWith("recalled", StringComparison.Ordinal)).Order());
        Assert.Equal(4ul, worker.Page.Recalled);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P7")]
    public async Task Exit_judges_by_what_the_page_says()
    {
        FakeWorker worker = Ready(4);
        worker.Page!.Set(Protocol.PageBegun, 3);
        worker.Page.Stage(FakeWorker.Result(s_calls[0], 1, "1"), FakeWorker.Result(s_calls[1], 2, "2"));
        worker.Send(FakeWorker.Result(s_calls[0], 1, "1"));

        worker.Exit(new ChildExit(null, 9));

        await worker.Events.Ended;
        Assert.Equal(
            ["Result call 0.1: 1", "Result call 1.1: 2", "killed by SIGKILL, begun: call 2.1"], worker.Events.Told.All.TakeLast(3));
    }

    [Theory(Timeout = Bound)]
    [InlineData(Protocol.PageBegun, ulong.MaxValue, "call 0.1, call 1.1")]
    [InlineData(Protocol.PageBegun, 1_000ul, "call 0.1, call 1.1")]
    [InlineData(Protocol.PageStaged, ulong.MaxValue, "")]
    [InlineData(Protocol.PageStaged, 65_537ul, "")]
    [InlineData(Protocol.PageStaged, 65_536ul, "")]
    [InlineData(Protocol.PageStaged, 7ul, "")]
    [InlineData(Protocol.PageFinished, ulong.MaxValue, "")]
    [InlineData(Protocol.PageBatch, ulong.MaxValue, "")]
    [Trait("Rule", "P7")]
    public async Task Nonsense_on_the_page_harms_nobody(int field, ulong value, string begun)
    {
        FakeWorker worker = Ready(2);
        worker.Page!.Set(field, value);

        worker.Exit(new ChildExit(null, 9));

        await worker.Events.ToldAsync($"killed by SIGKILL, begun: {begun}");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P7")]
    public async Task Staged_frames_that_are_none_or_of_other_calls_are_no_replies()
    {
        FakeWorker worker = Ready(2);
        worker.Page!.Set(Protocol.PageBegun, 2);
        byte[] cut = FakeWorker.Result(s_calls[1], 2, "2");
        cut[0] = 200; // longer than the frame
        worker.Page.Stage(
            FakeWorker.Result(s_calls[3], 1, "a call it was not sent"),
            FakeWorker.Result(s_calls[0], 77, "a number it was not given"),
            cut);

        worker.Recall();
        worker.Exit(new ChildExit(null, 9));

        await worker.Events.ToldAsync("killed by SIGKILL, begun: call 0.1, call 1.1");
        Assert.DoesNotContain(worker.Events.Told.All, static told => told.StartsWith("Result", StringComparison.Ordinal));
    }

    [Theory(Timeout = Bound)]
    [InlineData(false, "skipped number 1")]
    [InlineData(true, "ran number 2")]
    [Trait("Rule", "P9")]
    public async Task Terminal_frame_that_contradicts_a_recall_breaks_the_protocol(bool recalled, string problem)
    {
        FakeWorker worker = Ready(2);
        worker.Page!.Set(Protocol.PageBegun, 1);
        if (recalled)
        {
            worker.Recall();
        }

        worker.Send(recalled ? FakeWorker.Result(s_calls[1], 2, "2") : FakeWorker.Skipped(s_calls[0], 1));

        await worker.Events.Told.FirstAsync(told =>
            told.StartsWith("protocol error", StringComparison.Ordinal) && told.Contains(problem, StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P4")]
    public async Task Replies_out_of_order_are_the_replies_of_their_calls()
    {
        FakeWorker worker = Ready(3);

        worker.Send(
        [
            .. FakeWorker.Result(s_calls[2], 3, "3"),
            .. FakeWorker.Result(s_calls[0], 1, "1"),
            .. FakeWorker.Result(s_calls[1], 2, "2"),
        ]);

        await worker.Events.ToldAsync("Result call 1.1: 2");
        Assert.Equal(["Result call 2.1: 3", "Result call 0.1: 1", "Result call 1.1: 2"], worker.Events.Told.All.TakeLast(3));
    }

    /// <summary>A worker with a page that was sent so many calls.</summary>
    [Theory(Timeout = Bound)]
    [InlineData("", null)]
    [InlineData("\n \n", null)]
    [InlineData("Thread 1\n  File 2\n", "Thread 1\n  File 2")]
    [InlineData("\u00ff\ud800", "\u00ff\ufffd\ufffd\ufffd")]
    [Trait("Rule", "P7")]
    public async Task Stacks_are_whatever_the_worker_left_where_they_belong(string left, string? told)
    {
        FakeWorker worker = Ready(0);
        worker.Page!.WriteStacks(
        [
            .. left.SelectMany(static c => c == '\ud800' ? [0xed, 0xa0, 0x80] : System.Text.Encoding.UTF8.GetBytes($"{c}")),
        ]);

        worker.Exit(new ChildExit(null, 9));

        await worker.Events.Ended;
        Assert.Equal(told, worker.Channel.Stacks);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P7")]
    public async Task Stacks_that_fill_their_room_are_read_to_its_end()
    {
        FakeWorker worker = Ready(0);
        worker.Page!.WriteStacks([.. Enumerable.Repeat((byte)'x', Protocol.PageStacksSize)]);

        worker.Exit(new ChildExit(null, 9));

        await worker.Events.Ended;
        Assert.Equal(new string('x', Protocol.PageStacksSize), worker.Channel.Stacks);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(100)]
    [Trait("Rule", "P7")]
    public void Rows_tell_of_each_call_whether_it_has_begun_and_finished(int rows)
    {
        using Scoreboard board = Scoreboard.Create(rows);
        using var page = new FakePage(board.Number);
        long now = (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));
        page.SetRow(0, begun: 8, finished: 8, beganAt: now);
        page.SetRow(rows - 1, begun: 7, finished: 7, beganAt: now);
        Assert.Equal((8ul, null), (board.Begun, board.RunTimeOf(8)));

        page.SetRow(0, begun: 11, finished: 8, beganAt: now - 1_000_000_000);
        page.SetRow(rows - 1, begun: 9, finished: 7, beganAt: now - 100_000_000_000);

        ulong[] calls = [9, 10, 11];
        Assert.Equal([9, 11], calls.Where(board.HasBegun)); // 10 waits for a thread
        Assert.DoesNotContain(calls, board.HasFinished);
        Assert.InRange(board.RunTimeOf(9)!.Value, TimeSpan.FromSeconds(100), TimeSpan.MaxValue);
        Assert.InRange(board.RunTimeOf(11)!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(99));
        Assert.Equal(11ul, board.Recall(12));
        page.SetRow(rows - 1, begun: 9, finished: 9, beganAt: now);
        Assert.Equal([9], calls.Where(board.HasFinished));
        Assert.Null(board.RunTimeOf(9));
        Assert.Equal(0, board.CopyReplies(new byte[Protocol.PageRepliesSize], exited: true));
        Assert.Null(board.ReadStacks());
    }

    [Fact]
    [Trait("Rule", "L5")]
    public void A_call_is_named_for_the_signal_only_while_it_runs()
    {
        using Scoreboard board = Scoreboard.Create();
        using var page = new FakePage(board.Number);
        page.SetRow(0, begun: 8, finished: 7, beganAt: 1);
        Assert.False(board.Cancel(7));
        Assert.False(board.Cancel(9));
        Assert.Equal(0ul, page.Cancelled);

        Assert.True(board.Cancel(8));
        Assert.Equal(8ul, page.Cancelled);

        page.SetRow(0, begun: 8, finished: 8, beganAt: 1);
        Assert.False(board.Cancel(8));
        board.Dispose();
        Assert.False(board.Cancel(8));
    }

    private FakeWorker Ready(int calls)
    {
        FakeWorker worker = Own(new FakeWorker(paged: true));
        worker.GetReady();
        foreach (CallKey call in s_calls.AsSpan(0, calls))
        {
            worker.Post(call);
            worker.ReceiveFrame(FrameType.Call); // before that the call might only be queued
        }
        return worker;
    }
}
