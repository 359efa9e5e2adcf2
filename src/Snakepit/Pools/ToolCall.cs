using System.Threading.Tasks.Sources;
using Snakepit.Frames;

namespace Snakepit.Pools;

/// <summary>One call as its caller holds it: its frame on the way out, its outcome on the way back. Used again for other calls once nobody can refer to
/// this one any more.</summary>
internal sealed class ToolCall : IValueTaskSource, IThreadPoolWorkItem
{
    private Caller _caller;
    private int _due;
    private int _lastDue;
    private int _isWatched;
    private CancellationTokenRegistration _registration;
    private bool _mayBeAbandoned; // by a callback that was under way when it was no longer to be called
    private ReplyBody _reply;

    /// <summary>The frame under construction, then as it is sent.</summary>
    public CallBody Body { get; } = new();

    public string Tool { get; private set; } = "";

    public TimeSpan Timeout { get; private set; }

    public long SubmittedAt { get; private set; }

    public long Deadline { get; private set; }

    public CancellationToken Cancellation { get; private set; }

    public CallKey Key { get; set; }

    /// <summary>Its place among the calls that wait until the queue has room; none: it is not among them. Read and written under the pool's lock.</summary>
    public CallKey RoomPlace { get; set; }

    /// <summary>The order in which it came there; 0: never.</summary>
    public long RoomTicket { get; set; }

    /// <summary>It has waited until the queue had room, or does.</summary>
    public bool HasWaited => RoomTicket != 0;

    /// <summary>It waits for a worker. Read and written under the pool's lock.</summary>
    public bool Queued { get; set; }

    /// <summary>When it was sent to a worker, if it had to wait for one; else 0. Written under the pool's lock, before completion.</summary>
    public long DequeuedAt { get; set; }

    /// <summary>It may be run again when it is not known whether it ran.</summary>
    public bool IsIdempotent { get; set; }

    /// <summary>A hash of tool and arguments, once a worker has died of a call of that tool; else 0.</summary>
    public ulong Input { get; set; }

    /// <summary>The worker that was sent it last; none while it waits. Read and written under the pool's lock.</summary>
    public WorkerKey Worker { get; set; }

    /// <summary>The reply was taken. Read and written under the pool's lock.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Nobody's call: the pool checks a worker's health.</summary>
    public bool IsCheck { get; set; }

    /// <summary>How it ended, and what is known about it. Set before completion, read after.</summary>
    public CallEnd End { get; private set; }

    /// <summary>When it ended. Set before completion, read after.</summary>
    public long EndedAt { get; private set; }

    /// <summary>What the reply is, once it was taken.</summary>
    public ReplyKind ReplyKind { get; private set; }

    public BodyFormat ReplyFormat => _reply.Format;

    public ReadOnlySpan<byte> Reply => _reply.Span;

    public ValueTask Completion => new(this, _caller.Version);

    public void Begin(string tool, TimeSpan timeout, long submittedAt, long deadline, CancellationToken cancellation)
    {
        Tool = tool;
        Timeout = timeout;
        SubmittedAt = submittedAt;
        Deadline = deadline;
        Cancellation = cancellation;
    }

    /// <summary>Calls <paramref name="abandon"/> when the caller's token is cancelled. Not under the pool's lock: a cancelled token calls back at once.</summary>
    public void WatchCancellation(Action<object?> abandon)
    {
        if (Cancellation.CanBeCanceled)
        {
            _registration = Cancellation.UnsafeRegister(abandon, this);
        }
    }

    /// <summary>Prepares a call that was let in for its next completion.</summary>
    public void Rearm()
    {
        _mayBeAbandoned |= !IsUnwatched();
        _caller.Reset();
        End = default;
    }

    /// <summary>Takes the reply, which is the call's outcome. Under the pool's lock; completion follows.</summary>
    public void Take(ReplyKind kind, ReplyBody reply)
    {
        ReplyKind = kind;
        _reply = reply;
        IsAnswered = true;
    }

    public void Complete(in CallEnd end, long now)
    {
        End = end;
        EndedAt = now;
        if (BecomeDue())
        {
            Completions.Run(this);
        }
    }

    /// <summary>Not 0 while the caller waits to be continued, by whichever thread is first; another number each time.</summary>
    public int Due => Volatile.Read(ref _due);

    /// <returns>False: the caller does not wait yet, and need not.</returns>
    public bool BecomeDue()
    {
        if (!_caller.End())
        {
            return false;
        }
        _lastDue = _lastDue == int.MaxValue ? 1 : _lastDue + 1;
        Interlocked.Exchange(ref _due, _lastDue); // before it is seen whether this is watched
        return true;
    }

    /// <summary>Continues the caller on this thread, unless another thread has done so.</summary>
    public void Execute()
    {
        if (Interlocked.Exchange(ref _due, 0) != 0)
        {
            _caller.Continue();
        }
    }

    /// <returns>False: it is watched already.</returns>
    public bool TryWatch() => Volatile.Read(ref _isWatched) == 0 && Interlocked.Exchange(ref _isWatched, 1) == 0;

    public void EndWatch() => Interlocked.Exchange(ref _isWatched, 0);

    /// <summary>Gives back what the call holds, once its caller has read the reply.</summary>
    /// <returns>True when nobody refers to this any more.</returns>
    public bool TryReset()
    {
        bool unwatched = IsUnwatched();
        _reply.Return();
        if (End.Outcome != Outcome.Replied || !unwatched || _mayBeAbandoned)
        {
            return false; // without an answer somebody may still be writing the frame
        }
        Discard();
        return true;
    }

    /// <summary>Makes this as new. Only while nobody refers to it, as when the call was not admitted.</summary>
    public void Discard()
    {
        Body.Reset();
        _caller.Reset();
        _registration = default;
        ReplyKind = default;
        IsAnswered = false;
        Worker = default;
        Cancellation = default;
        End = default;
        Key = default;
        Input = 0;
        RoomTicket = 0;
        DequeuedAt = 0;
    }

    /// <summary>Ends the watch; false: a callback is under way, and would abandon whichever call this is by then.</summary>
    private bool IsUnwatched() => !Cancellation.CanBeCanceled || _registration.Unregister();

    void IValueTaskSource.GetResult(short token) => _caller.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _caller.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _caller.Await(continuation, state, token);
}

/// <summary>How a call ended.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Kind">With a reply: which.</param>
/// <param name="Worker">The worker that had it.</param>
/// <param name="Death">How that worker ended, if it has.</param>
/// <param name="QueueLength">How many calls waited.</param>
/// <param name="Defect">The pool's defect that ended it, if one did.</param>
internal readonly record struct CallEnd(
    Outcome Outcome, ReplyKind Kind = default, WorkerId Worker = default, DeathReport? Death = null, int QueueLength = 0, string? Defect = null);
