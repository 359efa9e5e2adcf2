using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Workers;

namespace Snakepit.Simulation.Fuzz;

/// <summary>
/// Fuzzes the reader of replies over a real socket, with calls that were sent. Each call gets at most one reply, and any invalid
/// frame breaks the channel.
/// </summary>
internal sealed class ReplyTarget : FuzzTarget
{
    private const int Calls = 6;
    private const int MaxBody = 16 * 1024;
    private readonly Watcher _watcher = new(static _ => { });
    private readonly (Descriptor Ours, Descriptor Theirs) _socket = Descriptor.CreateSocketPair();
    private readonly byte[] _rest = new byte[128 * 1024];

    public override string Name => "replies";

    public override IReadOnlyList<byte[]> Corpus { get; } =
        [.. Enumerable.Range(1, Calls).SelectMany(static i => Replies((uint)i)), Replies(1, 2, 3), Replies(2, 1)];

    public override void Take(byte[] input, ref SimRandom random)
    {
        var port = new SocketPort(_socket.Ours);
        var outbox = new Outbox(_watcher, port, new ControlSender(_watcher, _socket.Ours, static () => { }));
        var channel = new Channel(outbox);
        var reader = new ReplyReader(port, channel.Frames, channel);
        for (int i = 1; i <= Calls; i++)
        {
            outbox.PostCall(new OutgoingCall(Key(i), channel, new byte[Protocol.ExtendedHeaderSize]));
        }
        outbox.Flush();
        while (_socket.Theirs.Receive(_rest) > 0)
        {
        }
        if (input.Length > 0)
        {
            Require(_socket.Theirs.Send(input) == input.Length, "the socket took less than the whole input");
        }
        reader.StartShared(_watcher);
        reader.Exited(); // reads what the watcher's thread has not read by now
        bool isRead = _socket.Ours.Receive(_rest) == -Libc.EAgain;
        channel.Frames.Release();
        Require(channel.Ended == 1, "the end was not told once");
        Require(channel.Broken is null or ProtocolException, $"the channel was broken by {channel.Broken}");
        Require(isRead || channel.Broken is not null, "it stopped reading without a reason");
    }

    public override void Dispose()
    {
        _socket.Ours.Dispose();
        _socket.Theirs.Dispose();
        _watcher.Dispose();
        base.Dispose();
    }

    private static CallKey Key(int number) => CallKey.Create(number, 1);

    private static byte[][] Replies(uint seq) =>
    [
        Reply(FrameType.Result, seq, "42"u8),
        Reply(FrameType.Error, seq, "{}"u8),
        Reply(FrameType.Skipped, seq),
        Reply(FrameType.Result, seq, new byte[300]),
    ];

    private static byte[] Replies(params ReadOnlySpan<uint> numbers)
    {
        var all = new List<byte>();
        foreach (uint number in numbers)
        {
            all.AddRange(Reply(FrameType.Result, number, "1"u8));
        }
        return [.. all];
    }

    private static byte[] Reply(FrameType type, uint seq, ReadOnlySpan<byte> body = default)
    {
        byte[] frame = new byte[Protocol.ExtendedHeaderSize + body.Length];
        new FrameHeader(frame.Length, type, Key((int)seq).Value, seq, Protocol.ExtendedHeaderSize).Write(frame);
        body.CopyTo(frame.AsSpan(Protocol.ExtendedHeaderSize));
        return frame;
    }

    /// <summary>Handles frames as a worker's channel does, and checks the replies.</summary>
    private sealed class Channel : StrictEvents, IReplyTarget, ICallSink
    {
        private readonly HashSet<CallKey> _told = [];
        private readonly ReplyFrames _replies;

        public Channel(Outbox outbox) => _replies = new ReplyFrames(outbox, this);

        public FrameReader Frames { get; } = new(MaxBody);

        public Exception? Broken { get; private set; }

        public int Ended { get; private set; }

        public bool ExpectsFrames => true;

        public bool ExpectsReplyAtOnce => false;

        public void OnFrames()
        {
            while (Frames.TryRead(out FrameHeader header, out ReadOnlySpan<byte> extension, out ReadOnlySpan<byte> body))
            {
                if (!header.EndsCall)
                {
                    throw new ProtocolException($"A {header.Type} frame does not belong here.");
                }
                _replies.Take(header, extension, body);
            }
            _replies.Tell();
        }

        public void OnFrame(
        ICallChannel channel, in FrameHeader header, ReadOnlySpan<byte> extension, ReadOnlySpan<byte> body, bool isStaged) =>
            Require(false, "a frame came that does not end its call");

        public void SendRest()
        {
        }

        public void OnBroken(Exception error) => Broken ??= error;

        public void OnEnd() => Ended++;

        public void OnResumed()
        {
        }

        public override void OnReplies(ReadOnlySpan<WorkerReply> replies)
        {
            foreach (WorkerReply reply in replies)
            {
                Require(reply.Call is { Version: 1, Index: >= 1 and <= Calls }, "a call that never was got a reply");
                Require(_told.Add(reply.Call), "a call got two replies");
                reply.Body.Return();
            }
        }
    }
}
