using System.Threading.Tasks.Sources;
using Snakepit.Pools.Kernel;
using Snakepit.Transport;

namespace Snakepit.Pools;

/// <summary>One call as its caller holds it: its frame on the way out, its outcome on the way back.</summary>
internal sealed class ToolCall(string tool, CallBody body, TimeSpan timeout, long submittedAt, long deadline, CancellationToken cancellation) : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _completion = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private ReplyBody _reply;

    public string Tool { get; } = tool;

    public TimeSpan Timeout { get; } = timeout;

    public long SubmittedAt { get; } = submittedAt;

    public long Deadline { get; } = deadline;

    public CancellationToken Cancellation { get; } = cancellation;

    public Memory<byte> Frame => body.Frame;

    public CallKey Key { get; set; }

    /// <summary>It waits for a worker. Read and written under the pool's lock.</summary>
    public bool Queued { get; set; }

    /// <summary>How it ended, and what is known about it. Set before completion, read after.</summary>
    public CallEnd End { get; private set; }

    public ReadOnlySpan<byte> Reply => _reply.Span;

    public ValueTask Completion => new(this, _completion.Version);

    /// <summary>Calls <paramref name="abandon"/> when the caller's token is cancelled. Not under the pool's lock: a cancelled token calls back at once.</summary>
    public void WatchCancellation(Action<object?> abandon)
    {
        if (Cancellation.CanBeCanceled)
        {
            _registration = Cancellation.UnsafeRegister(abandon, this);
        }
    }

    public void Complete(in CallEnd end, ReplyBody reply)
    {
        End = end;
        _reply = reply;
        _completion.SetResult(true);
    }

    /// <summary>Gives back what the call holds, once its caller has read the reply.</summary>
    public void Release()
    {
        _registration.Unregister();
        _reply.Return();
        if (End.Outcome == Outcome.Replied)
        {
            body.Return(); // answered, so nobody is writing from it any more; otherwise the garbage collector has it
        }
    }

    void IValueTaskSource.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);
}

/// <summary>How a call ended.</summary>
internal readonly record struct CallEnd(Outcome Outcome, ReplyKind Kind = default, WorkerId Worker = default, DeathReport? Death = null, int QueueLength = 0);
