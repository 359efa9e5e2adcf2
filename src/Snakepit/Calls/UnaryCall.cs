using System.Threading.Tasks.Sources;
using Snakepit.Frames;

namespace Snakepit.Calls;

/// <summary>
/// A call, as its caller holds it: the frame on the way out, the outcome on the way back. It is the smallest sink: it accepts no frames
/// but its reply, unless it has a stream. Instances are pooled: an instance serves another call once nothing can refer to it.
/// </summary>
internal sealed class UnaryCall : ICallSink, IValueTaskSource, IThreadPoolWorkItem
{
    private Caller _caller;
    private CallRequest _request;
    private DueMark _due;
    private CancellationTokenRegistration _registration;
    private bool _mayBeAbandoned; // by a callback that was running when the watch ended
    private TakenReply _reply;

    /// <summary>The frame, under construction and then as it is sent.</summary>
    public CallBody Body { get; } = new();

    public ref readonly CallRequest Request => ref _request;

    public string Tool => Request.Tool;

    /// <inheritdoc cref="CallRequest.Stream"/>
    public ICallStream? Stream => Request.Stream;

    public CallKey Key { get; set; }

    /// <summary>Where the call waits until the queue has room. Guarded by the pool's lock.</summary>
    public RoomPlace Room { get; set; }

    /// <summary>Whether the call waits or has waited until the queue had room.</summary>
    public bool HasWaited => Room.Ticket != 0;

    /// <summary>Whether the call waits for a worker. Guarded by the pool's lock.</summary>
    public bool Queued { get; set; }

    /// <summary>
    /// The time when the call was sent to a worker, if it had to wait for one; else 0. Written under the pool's lock, before completion.
    /// </summary>
    public long DequeuedAt { get; set; }

    /// <summary>A hash of tool and arguments, once a call of that tool has crashed a worker; else 0.</summary>
    public ulong Input { get; set; }

    /// <summary>The worker that the call was sent to last; none while it waits. Guarded by the pool's lock.</summary>
    public WorkerKey Worker { get; set; }

    /// <summary>Whether the call has its reply. Guarded by the pool's lock.</summary>
    public bool IsAnswered => _reply.IsTaken;

    /// <summary>The end of the call. Set before completion, read after it.</summary>
    public CallEnd End { get; private set; }

    /// <summary>The time of the end. Set before completion, read after it.</summary>
    public long EndedAt { get; private set; }

    /// <summary>The kind of the reply, once there is one.</summary>
    public ReplyKind ReplyKind => _reply.Kind;

    public BodyFormat ReplyFormat => _reply.Body.Format;

    public ReadOnlySpan<byte> Reply => _reply.Body.Span;

    public ValueTask Completion => new(this, _caller.Version);

    public void Begin(in CallRequest request) => _request = request;

    /// <summary>
    /// Calls <paramref name="abandon"/> when the caller's token is cancelled. Not under the pool's lock, because a cancelled token calls
    /// back at once.
    /// </summary>
    public void WatchCancellation(Action<object?> abandon)
    {
        if (Request.Cancellation.CanBeCanceled)
        {
            _registration = Request.Cancellation.UnsafeRegister(abandon, this);
        }
    }

    /// <summary>Prepares an admitted call for its next completion.</summary>
    public void Rearm()
    {
        _mayBeAbandoned |= !IsUnwatched();
        _caller.Reset();
        End = default;
    }

    /// <inheritdoc/>
    public void OnFrame(
        ICallChannel channel, in FrameHeader header, ReadOnlySpan<byte> extension, ReadOnlySpan<byte> body, bool isStaged)
    {
        if (header.Type == FrameType.Chunk && Request.Stream is { } stream)
        {
            stream.OnItem(FrameHeader.ReadNumber(extension), body, header.Format, isStaged);
        }
        else if (header.Type == FrameType.HostCall && Request.Host is { } host)
        {
            if (!isStaged) // it comes through the channel at once
            {
                host.OnHostCall(this, new CallKey(header.Call), FrameHeader.ReadNumber(extension), body, channel);
            }
        }
        else if (header.Type is not (FrameType.Credit or FrameType.Stop) || extension.Length < sizeof(long)
            || !TryTellStream(channel, header, FrameHeader.ReadNumber(extension), body))
        {
            throw new ProtocolException($"A {header.Type} frame does not belong to a call with one reply.");
        }
    }

    /// <summary>Passes on what the tool says of a stream that it reads.</summary>
    /// <returns>False when the call has no such streams.</returns>
    private bool TryTellStream(ICallChannel channel, in FrameHeader header, long number, ReadOnlySpan<byte> body)
    {
        var key = new CallKey(header.Call);
        bool isStop = header.Type == FrameType.Stop;
        if (number >= Protocol.FirstHostStream && Request.Host is { } host)
        {
            if (isStop)
            {
                host.OnStop(key, number - Protocol.FirstHostStream);
            }
            else
            {
                (long items, long bytes) = FrameHeader.ReadCredit(body);
                host.OnCredit(key, number - Protocol.FirstHostStream, items, bytes);
            }
            return true;
        }
        if (Request.Inputs is not { } inputs)
        {
            return false;
        }
        if (isStop)
        {
            inputs.OnStop(number);
        }
        else
        {
            inputs.OnCredit(channel, key, number, body);
        }
        return true;
    }

    /// <summary>Takes the reply, which decides the outcome. Under the pool's lock; completion follows.</summary>
    public void Take(ReplyKind kind, ReplyBody reply) => _reply = new TakenReply { Kind = kind, Body = reply, IsTaken = true };

    public void Complete(in CallEnd end, long now)
    {
        End = end;
        EndedAt = now;
        bool byWorker = end.Outcome == Outcome.Replied;
        Request.Inputs?.OnEnded(byWorker);
        Request.Host?.OnEnded(Key, byWorker);
        if (BecomeDue())
        {
            Completions.Run(this);
        }
    }

    /// <summary>Not 0 while the caller waits to be continued by the first thread that does so; a different number each time.</summary>
    public int Due => _due.Value;

    /// <returns>False when the caller does not wait yet, and need not.</returns>
    public bool BecomeDue()
    {
        if (!_caller.End())
        {
            return false;
        }
        _due.Set();
        return true;
    }

    /// <summary>Continues the caller on this thread, unless another thread has done so.</summary>
    public void Execute()
    {
        if (_due.TryTake())
        {
            _caller.Continue();
        }
    }

    /// <returns>False when the call is watched already.</returns>
    public bool TryWatch() => _due.TryWatch();

    public void EndWatch() => _due.EndWatch();

    /// <summary>Releases what the call holds, once its caller has read the reply.</summary>
    /// <returns>True when nothing refers to this instance any more.</returns>
    public bool TryReset()
    {
        bool unwatched = IsUnwatched();
        _reply.Body.Return();
        if (End.Outcome != Outcome.Replied || !unwatched || _mayBeAbandoned || Request.Stream is not null)
        {
            return false; // without an answer, a thread may still be writing the frame; a stream's timer may still refer to it
        }
        Discard();
        return true;
    }

    /// <summary>Resets a call that nothing refers to, as when it was not admitted.</summary>
    public void Discard()
    {
        Body.Reset();
        _caller.Reset();
        _registration = default;
        _reply = default;
        _request = default;
        Worker = default;
        End = default;
        Key = default;
        Input = 0;
        Room = default;
        DequeuedAt = 0;
    }

    /// <summary>Ends the watch; returns false when a callback is running, which might abandon a later call of this instance.</summary>
    private bool IsUnwatched() => !Request.Cancellation.CanBeCanceled || _registration.Unregister();

    void IValueTaskSource.GetResult(short token) => _caller.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _caller.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _caller.Await(continuation, state, token);

    private struct TakenReply
    {
        public ReplyKind Kind;
        public ReplyBody Body;
        public bool IsTaken;
    }
}
