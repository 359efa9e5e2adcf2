using System.Text;
using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Simulation.Fuzz;
using Snakepit.Workers;

namespace Snakepit.Tests.Workers;

/// <summary>Posted frames go over a real pipe whole and in order, whichever threads post and flush.</summary>
[Trait("Rule", "A3")]
[Trait("Rule", "P3")]
public sealed class OutboxTests : IDisposable
{
    private readonly Watcher _watcher = new(static error => TestContext.Current.SendDiagnosticMessage(error.ToString()));
    private readonly (Descriptor Read, Descriptor Write) _data = Descriptor.CreatePipe(nonblockingWrite: true);
    private readonly (Descriptor Read, Descriptor Write) _replies = Descriptor.CreatePipe();
    private readonly (Descriptor Ours, Descriptor Theirs) _control = Descriptor.CreateSocketPair();
    private readonly Outbox _outbox;

    public OutboxTests() => _outbox = new Outbox(_watcher, new PipePort(_replies.Read, _replies.Write, _data.Write), Control);

    private ControlSender Control => new(_watcher, _control.Ours, static () => { });

    public void Dispose()
    {
        _outbox.Close();
        _data.Read.Dispose();
        _control.Theirs.Dispose();
        _watcher.Dispose();
    }

    [Fact]
    public async Task Calls_of_many_threads_arrive_in_the_order_they_were_posted_with_dense_numbers()
    {
        const int Calls = 3_000;
        var posting = new Lock();
        int posted = 0;
        Task[] threads = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (true)
            {
                lock (posting)
                {
                    if (posted == Calls)
                    {
                        return;
                    }
                    int number = ++posted;
                    _outbox.PostCall(new OutgoingCall(Key(number), new RecordingSink(), Frame(number)));
                }
                _outbox.Flush();
            }
        }))];

        List<(FrameHeader Header, byte[] Body)> read = await Task.Run(() => Read(_data.Read, Calls));
        await Task.WhenAll(threads);

        Assert.Equal(Enumerable.Range(1, Calls).Select(static i => (uint)i), read.Select(static frame => frame.Header.Seq));
        Assert.Equal(Enumerable.Range(1, Calls).Select(static i => Key(i).Value), read.Select(static frame => frame.Header.Call));
        Assert.All(
            read,
            static frame =>
                Assert.True(frame.Body.AsSpan().SequenceEqual(Frame(Key(frame.Header.Call))[Protocol.ExtendedHeaderSize..].Span)));
        Assert.Equal(Calls, _outbox.OpenUpTo(ulong.MaxValue).Length);
    }

    [Fact]
    public void Flush_does_not_wait_for_a_full_pipe()
    {
        byte[] large = new byte[1024 * 1024];
        _outbox.PostCall(new OutgoingCall(Key(1), new RecordingSink(), large));
        _outbox.Flush();
        _outbox.PostCall(new OutgoingCall(Key(2), new RecordingSink(), Frame(2)));
        _outbox.Flush();

        List<(FrameHeader Header, byte[] Body)> read = Read(_data.Read, 2);

        Assert.Equal([large.Length, Frame(2).Length], read.Select(static frame => frame.Header.Length));
    }

    [Fact]
    public void Calls_are_left_to_an_announced_flush_while_the_worker_has_enough_to_do()
    {
        PostAndFlushMany(8);
        _outbox.AnnounceFlush();

        PostAndFlushOrLeave(9);
        PostAndFlushOrLeave(10);
        Assert.Equal(0, _data.Read.Available());
        _outbox.FlushAfter();
        Assert.Equal([9u, 10u], Read(_data.Read, 2).Select(static frame => frame.Header.Seq));

        PostAndFlushOrLeave(11);
        Assert.Single(Read(_data.Read, 1));
    }

    [Fact]
    public void Calls_are_not_left_when_the_worker_has_little_to_do_or_no_flush_was_announced()
    {
        PostAndFlushMany(7);
        _outbox.AnnounceFlush();
        PostAndFlushOrLeave(8);
        Assert.Single(Read(_data.Read, 1));

        _outbox.Flush();
        PostAndFlushOrLeave(9);
        Assert.Single(Read(_data.Read, 1));
    }

    [Fact]
    public void A_large_call_and_the_cancel_of_one_that_was_left_take_along_what_was_left()
    {
        PostAndFlushMany(8);
        _outbox.AnnounceFlush();
        PostAndFlushOrLeave(9);
        _outbox.PostCall(new OutgoingCall(Key(10), new RecordingSink(), new byte[5_000]));
        _outbox.FlushOrLeave();
        Assert.Equal([9u, 10u], Read(_data.Read, 2).Select(static frame => frame.Header.Seq));

        PostAndFlushOrLeave(11);
        _outbox.PostCancel(Key(11));
        _outbox.FlushOrLeave();
        Assert.Equal(11u, Assert.Single(Read(_data.Read, 1)).Header.Seq);
        Assert.Equal(11u, Assert.Single(Read(_control.Theirs, 1)).Header.Seq);

        PostAndFlushOrLeave(12);
        Assert.Equal(0, _data.Read.Available());
    }

    [Fact]
    [Trait("Rule", "L5")]
    public void A_cancel_waits_for_no_data()
    {
        PostAndFlushMany(8);
        _outbox.AnnounceFlush();
        PostAndFlushOrLeave(9);
        _outbox.PostCancel(Key(1));
        _outbox.FlushOrLeave();
        Assert.Equal(1u, Assert.Single(Read(_control.Theirs, 1)).Header.Seq);
        Assert.Equal(0, _data.Read.Available());

        _outbox.PostCall(new OutgoingCall(Key(10), new RecordingSink(), new byte[1 << 20])); // more than the pipe takes
        _outbox.Flush();
        _outbox.PostCancel(Key(2));
        _outbox.Flush();
        Assert.Equal(2u, Assert.Single(Read(_control.Theirs, 1)).Header.Seq);
    }

    [Fact]
    [Trait("Rule", "L5")]
    public void What_a_full_control_channel_does_not_take_arrives_in_order()
    {
        const int Sessions = 2_000;
        PostAndFlushMany(3);
        for (int i = 1; i <= Sessions; i++)
        {
            _outbox.PostSessionEnd((ulong)i, isMoved: false);
        }
        _outbox.Flush();
        _outbox.PostCancel(Key(2));
        _outbox.PostControl(FrameType.Ping);
        _outbox.Flush();

        FrameHeader[] read = [.. Read(_control.Theirs, Sessions + 2).Select(static frame => frame.Header)];

        Assert.All(read[..Sessions], static header => Assert.Equal((FrameType.SessionEnd, 3u), (header.Type, header.Seq)));
        Assert.Equal(Enumerable.Range(1, Sessions).Select(static i => (ulong)i), read[..Sessions].Select(static header => header.Call));
        Assert.Equal((FrameType.Cancel, 2u, FrameType.Ping), (read[^2].Type, read[^2].Seq, read[^1].Type));
    }

    [Fact]
    public async Task Calls_of_callers_who_were_answered_together_are_written_together()
    {
        using var port = new CountingPort(_data.Write);
        var outbox = new Outbox(_watcher, port, Control);
        var callers = new Callers(outbox);
        var replies = new ReplyFrames(outbox, callers);
        for (int i = 1; i <= 16; i++)
        {
            outbox.PostCall(new OutgoingCall(Key(i), new RecordingSink(), Frame(i)));
        }
        outbox.Flush();
        port.Expect();

        for (int i = 1; i <= 8; i++)
        {
            replies.Take(
                new FrameHeader(Protocol.ExtendedHeaderSize, FrameType.Result, Key(i).Value, (uint)i, Protocol.ExtendedHeaderSize),
                new byte[8],
                []);
        }
        replies.Tell();

        Assert.Equal(8, callers.Calls);
        Assert.Equal(8 * Protocol.ExtendedHeaderSize, await port.Written.WaitAsync(TestContext.Current.CancellationToken));
        outbox.Close();
    }

    [Fact]
    public void A_call_tells_the_time_it_has_left()
    {
        _outbox.PostCall(new OutgoingCall(Key(1), new RecordingSink(), Frame(1), 2, TimeSpan.FromSeconds(3)));
        _outbox.PostCall(new OutgoingCall(Key(2), new RecordingSink(), Frame(2)));
        _outbox.PostCall(new OutgoingCall(Key(3), new RecordingSink(), Frame(3), 1, TimeSpan.FromMilliseconds(-1)));
        _outbox.PostCall(new OutgoingCall(Key(4), new RecordingSink(), Frame(4), 1, TimeSpan.MaxValue));
        _outbox.Flush();

        Assert.Equal([3_000u, 0u, 1u, uint.MaxValue], Extensions(_data.Read, 4).Select(static bytes => BitConverter.ToUInt32(bytes)));
    }

    [Fact]
    public void A_cancel_names_the_number_of_its_call_and_is_dropped_without_one()
    {
        _outbox.PostCall(new OutgoingCall(Key(1), new RecordingSink(), Frame(1)));
        _outbox.PostCall(new OutgoingCall(Key(2), new RecordingSink(), Frame(2)));
        _outbox.Flush();
        Assert.Equal(Ending.Reply, Answer(1, 1));

        _outbox.PostCancel(Key(1));
        _outbox.PostCancel(Key(2));
        _outbox.PostCancel(Key(9));
        _outbox.PostControl(FrameType.Shutdown);
        _outbox.Flush();

        Assert.Equal(
            [(FrameType.Cancel, Key(2).Value, 2u), (FrameType.Shutdown, 0ul, 0u)],
            Read(_control.Theirs, 2).Select(static frame => (frame.Header.Type, frame.Header.Call, frame.Header.Seq)));
    }

    [Fact]
    public void Shutdown_ends_the_input_after_the_calls_before_it()
    {
        _outbox.PostCall(new OutgoingCall(Key(1), new RecordingSink(), Frame(1)));
        _outbox.PostControl(FrameType.Shutdown);
        _outbox.PostCall(new OutgoingCall(Key(2), new RecordingSink(), Frame(2)));
        _outbox.Flush();

        Assert.Equal(Key(1).Value, Assert.Single(Read(_data.Read, 1)).Header.Call);
        Assert.Equal(0, _data.Read.Read(new byte[16]));
    }

    [Fact]
    [Trait("Rule", "P4")]
    public void Answers_that_fit_no_call_are_refused()
    {
        _outbox.PostCall(new OutgoingCall(Key(1), new RecordingSink(), Frame(1)));
        _outbox.PostCall(new OutgoingCall(Key(2), new RecordingSink(), Frame(2)));
        _outbox.Flush();

        Assert.Throws<ProtocolException>(() => Answer(3, 1));
        Assert.Throws<ProtocolException>(() => Answer(0, 1));
        Assert.Throws<ProtocolException>(() => Answer(1, 2));
        Assert.Equal(Ending.Reply, Answer(1, 1));
        Assert.Throws<ProtocolException>(() => Answer(1, 1));
        Assert.Equal([Key(2)], _outbox.OpenUpTo(ulong.MaxValue));
    }

    [Fact]
    public void What_is_posted_after_the_worker_is_gone_goes_nowhere()
    {
        _data.Read.Dispose();
        _outbox.PostCall(new OutgoingCall(Key(1), new RecordingSink(), Frame(1)));
        _outbox.Flush();
        _outbox.PostCall(new OutgoingCall(Key(2), new RecordingSink(), Frame(2)));
        _outbox.Flush();

        Assert.Equal([Key(1)], _outbox.OpenUpTo(ulong.MaxValue)); // the host has begun to send the first, never the second
    }

    private void PostAndFlushMany(int calls)
    {
        for (int i = 1; i <= calls; i++)
        {
            _outbox.PostCall(new OutgoingCall(Key(i), new RecordingSink(), Frame(i)));
        }
        _outbox.Flush();
        Assert.Equal(calls, Read(_data.Read, calls).Count);
    }

    private void PostAndFlushOrLeave(int number)
    {
        _outbox.PostCall(new OutgoingCall(Key(number), new RecordingSink(), Frame(number)));
        _outbox.FlushOrLeave();
    }

    private Ending Answer(uint seq, int number) => _outbox.End(
        new FrameHeader(Protocol.ExtendedHeaderSize, FrameType.Result, Key(number).Value, seq, Protocol.ExtendedHeaderSize), out _);

    private static CallKey Key(int number) => CallKey.Create(number, 7);

    private static int Key(ulong call) => new CallKey(call).Index;

    [Fact]
    public async Task A_large_write_on_the_watchers_thread_lets_others_have_their_turn()
    {
        const int Whole = 64 * 1024 * 1024;
        (Descriptor read, Descriptor write) = Descriptor.CreatePipe();
        using var port = new EagerPort(_data.Write, Whole);
        var other = new Meeting(read, () => port.Written);
        long token = _watcher.Add(read, other);
        var outbox = new Outbox(_watcher, port, Control);
        port.Begun = () => write.Write([1]); // now the watcher is busy with something else

        outbox.PostFrame(new byte[Whole]);
        outbox.Flush(); // finds the channel full
        await port.Done.WaitAsync(TestContext.Current.CancellationToken);

        Assert.InRange(await other.Met.WaitAsync(TestContext.Current.CancellationToken), 0, Whole / 16);
        _watcher.Remove(read, token);
        outbox.Close();
        read.Dispose();
        write.Dispose();
    }

    /// <summary>Callers that call again as soon as they have an answer.</summary>
    private sealed class Callers(Outbox outbox) : StrictEvents
    {
        private const int First = 1_000;

        public int Calls { get; private set; }

        public override void OnReplies(ReadOnlySpan<WorkerReply> replies)
        {
            foreach (WorkerReply reply in replies)
            {
                reply.Body.Return();
                outbox.PostCall(new OutgoingCall(Key(First + ++Calls), new RecordingSink(), new byte[Protocol.ExtendedHeaderSize]));
                outbox.FlushOrLeave();
            }
        }
    }

    /// <summary>Reports how much the first expected write has written.</summary>
    private sealed class CountingPort(Descriptor writable) : DataPort
    {
        private TaskCompletionSource<int>? _written;

        public Task<int> Written => _written!.Task;

        public override Descriptor ReadEnd => writable;

        public override Descriptor WriteEnd => writable;

        public void Expect() => _written = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);

        public override int Read(Span<byte> buffer) => 0;

        public override int ReadNow(Span<byte> buffer) => 0;

        public override int Write(ReadOnlySpan<byte> buffer)
        {
            _written?.TrySetResult(buffer.Length);
            return buffer.Length;
        }

        public override void EndWriting()
        {
        }

        public override bool Wake() => false;

        public override void Dispose()
        {
        }
    }

    /// <summary>Records how much had been written when the watcher ran.</summary>
    private sealed class Meeting(Descriptor descriptor, Func<long> written) : IWatched
    {
        private readonly TaskCompletionSource<long> _met = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<long> Met => _met.Task;

        public void OnReady(bool readable, bool writable)
        {
            descriptor.Read(new byte[1]);
            _met.TrySetResult(written());
        }
    }

    /// <summary>A worker that reads as fast as the host writes, after one write that finds the channel full.</summary>
    private sealed class EagerPort(Descriptor writable, long whole) : DataPort
    {
        private const int Piece = 64 * 1024;
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _wasFull;

        public Action? Begun { get; set; }

        public long Written { get; private set; }

        public Task Done => _done.Task;

        public override Descriptor ReadEnd => writable;

        public override Descriptor WriteEnd => writable;

        public override int Read(Span<byte> buffer) => 0;

        public override int ReadNow(Span<byte> buffer) => 0;

        public override int Write(ReadOnlySpan<byte> buffer)
        {
            if (!_wasFull)
            {
                _wasFull = true;
                Begun!();
                return -Libc.EAgain;
            }
            int count = Math.Min(buffer.Length, Piece);
            Written += count;
            if (Written == whole)
            {
                _done.SetResult();
            }
            return count;
        }

        public override void EndWriting()
        {
        }

        public override bool Wake() => false;

        public override void Dispose()
        {
        }
    }

    /// <summary>Returns a frame whose body depends on its number.</summary>
    private static Memory<byte> Frame(int number)
    {
        byte[] body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat($"{number},", number % 97 == 0 ? 4_000 : number % 13)));
        byte[] frame = new byte[Protocol.ExtendedHeaderSize + body.Length];
        body.CopyTo(frame, Protocol.ExtendedHeaderSize);
        return frame;
    }

    private static IEnumerable<byte[]> Extensions(Descriptor from, int count)
    {
        var reader = new FrameReader(Protocol.MaxHandshake);
        for (int i = 0; i < count;)
        {
            reader.Advance(from.Read(reader.FreeSpace));
            for (; reader.TryRead(out _, out ReadOnlySpan<byte> extension, out _); i++)
            {
                yield return extension.ToArray();
            }
        }
        reader.Release();
    }

    private static List<(FrameHeader Header, byte[] Body)> Read(Descriptor from, int count)
    {
        var reader = new FrameReader(Protocol.MaxHandshake);
        var read = new List<(FrameHeader, byte[])>();
        while (read.Count < count)
        {
            int length = from.Read(reader.FreeSpace);
            Assert.True(length > 0, $"The channel ended after {read.Count} of {count} frames.");
            reader.Advance(length);
            while (reader.TryRead(out FrameHeader header, out _, out ReadOnlySpan<byte> body))
            {
                read.Add((header, body.ToArray()));
            }
        }
        reader.Release();
        return read;
    }
}
