using System.Diagnostics;
using Microsoft.Extensions.ObjectPool;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>
/// Accepts calls: it has them encoded, submits and registers them, lets them wait until the queue has room, and releases them. Owns the
/// pooled calls and the waiting room.
/// </summary>
internal sealed class CallDesk
{
    private const int MaxToolName = 1_000;
    private const int MaxSpareCalls = 1_024;
    private readonly PoolContext _pool;
    private readonly PoolCore _core;
    private readonly OpenCalls _calls;
    private readonly ToolCatalog _catalog;
    private readonly SuspectInputs _inputs;
    private readonly SessionBook _sessions;
    private readonly CallEncoder _encoder;
    private readonly Shutdown _shutdown;
    private readonly CallErrors _errors;
    private readonly FactsReader _facts;
    private readonly WaitingRoom _room; // used when calls wait for a full queue
    private readonly ObjectPool<UnaryCall> _spare = new DefaultObjectPool<UnaryCall>(
        new DefaultPooledObjectPolicy<UnaryCall>(), MaxSpareCalls);
    private readonly Action<object?> _abandon;
    private int _waiting; // calls that waited in the last step; read without the lock, as an estimate

    public CallDesk(
        PoolContext pool, PoolCore core, OpenCalls calls, ToolCatalog catalog, SuspectInputs inputs, SessionBook sessions,
        CallEncoder encoder, Shutdown shutdown, CallErrors errors, FactsReader facts)
    {
        _pool = pool;
        _core = core;
        _calls = calls;
        _catalog = catalog;
        _inputs = inputs;
        _sessions = sessions;
        _encoder = encoder;
        _shutdown = shutdown;
        _errors = errors;
        _facts = facts;
        _room = new WaitingRoom(core.Live.Plan, calls);
        _abandon = call => Abandon((UnaryCall)call!, AbandonReason.Cancelled);
    }

    /// <summary>Runs the host tools that calls call.</summary>
    public required IHostCalls Host { get; init; }

    /// <summary>The number of calls that wait until the queue has room. Under the pool's lock.</summary>
    public int WaitingForRoom_NeedsLock => _room.Count;

    /// <param name="tool">The tool's name.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="options">Settings of this call.</param>
    /// <param name="stream">Takes the items of the result, which may take as long as the caller likes; null for one reply.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <exception cref="ArgumentException">The caller's mistake. Outcomes of the call itself are never thrown.</exception>
    public Submission Submit(
        string tool, in ToolArguments arguments, ToolCallOptions? options, ICallStream? stream, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tool);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tool.Length, MaxToolName, nameof(tool));
        if (cancellationToken.IsCancellationRequested)
        {
            return new Submission(CallOutcome.Cancelled, new OperationCanceledException(cancellationToken));
        }
        KnownTool known = Find(tool, stream);
        if (known.Signatures is { } signatures && !signatures.MayFit(arguments, _pool.Codecs.Json))
        {
            _pool.Reporter.Misfit();
            return new Submission(CallOutcome.ToolError, _errors.Misfit(signatures.Explain(arguments, _pool.Codecs.Json)));
        }
        TimeSpan timeout = options?.Timeout ?? (stream is null ? _pool.Options.Call.Timeout : Timeout.InfiniteTimeSpan);
        HostToolChain? chain = HostToolChain.Current;
        if (chain is not null && !cancellationToken.CanBeCanceled)
        {
            cancellationToken = chain.Cancellation;
        }
        if (Volatile.Read(ref _waiting) > 0 && SubmitEarly(tool, known, timeout, options, stream, cancellationToken) is { } early)
        {
            return early;
        }
        UnaryCall call = _spare.Get();
        EncodedCall encoded = _encoder.Encode(call.Body, tool, arguments, options);
        long now = _pool.Clock.Now;
        long deadline = Math.Min(_pool.Clock.After(now, timeout), chain?.Deadline ?? long.MaxValue);
        call.Begin(new CallRequest(
            tool, timeout, now, deadline, cancellationToken, Stream: stream, Host: Host, Chain: chain, Inputs: encoded.Inputs,
            Span: Activity.Current, Session: encoded.Session));
        return Submit(call, known, now, options);
    }

    /// <summary>Waits until the queue has room for the call, then encodes and submits it.</summary>
    public async ValueTask<Submission> EnterAsync(UnaryCall call, ToolArguments arguments, ToolCallOptions? options)
    {
        Submission submission;
        do
        {
            await call.Completion.ConfigureAwait(false);
            if (call.End.Outcome != Outcome.None)
            {
                return new Submission(call); // it has ended like a queued call
            }
            call.Rearm();
            try
            {
                EncodedCall encoded = _encoder.Encode(call.Body, call.Tool, arguments, options);
                call.Begin(call.Request with { Inputs = encoded.Inputs, Session = encoded.Session });
            }
            catch
            {
                GiveUpPlace(call);
                throw;
            }
            submission = Submit(call, Find(call.Tool, call.Stream), _pool.Clock.Now, options);
        }
        while (submission.MustWait);
        return submission;
    }

    /// <summary>Cancels a call, unless it has ended: its caller does not want the rest of its stream.</summary>
    public void Leave(UnaryCall call) => Abandon(call, AbandonReason.Cancelled);

    /// <summary>Ends a call, unless it has ended: its stream has been idle for too long.</summary>
    public void TimeOut(UnaryCall call) => Abandon(call, AbandonReason.TimedOut);

    /// <summary>Cancels the call with that key for somebody other than its caller.</summary>
    /// <returns>False when there is no such call any more.</returns>
    public bool Cancel(CallKey key) => _core.Step((desk: this, key), static (in order, batch) =>
    {
        (CallDesk desk, CallKey key) = order;
        if (key.Index < 0 || key.Index >= desk._calls.Capacity || desk._calls.Find(key) is null)
        {
            return false;
        }
        var step = new KernelStep(StepKind.Abandon, desk._pool.Clock.Now) { Call = key, Why = AbandonReason.Cancelled };
        desk._core.Apply_NeedsLock(step, batch);
        return true;
    });

    /// <summary>Releases a call that has ended, once its caller has read the reply.</summary>
    public void Release(UnaryCall call)
    {
        if (call.TryReset())
        {
            _spare.Return(call);
        }
    }

    /// <summary>Other settings are in force.</summary>
    public void Adopt_NeedsLock() => _room.Adopt(_core.Live.Plan);

    /// <summary>Admits the calls that the queue has room for.</summary>
    /// <returns>The time of the next check.</returns>
    public long OpenRoom_NeedsLock(StepBatch batch)
    {
        if (_room is { Count: > 0 })
        {
            _room.Open(_pool.Clock.Now, _core.Kernel, _shutdown.WhyClosed_NeedsLock, batch.Ended);
        }
        _waiting = _core.Kernel.WaitingForAny + _room.Callers; // those of one worker hold up no others
        return _room is { Count: > 0 } ? _room.NextDue : long.MaxValue;
    }

    /// <summary>Submits an encoded call.</summary>
    private Submission Submit(UnaryCall call, in KnownTool known, long now, ToolCallOptions? options)
    {
        CallRequest request = call.Request;
        CallSpec spec = CallSpecs.Of(known, request.Deadline, options, request.Session, call.Body.Frame.Length);
        if (request.Inputs is not null)
        {
            spec = spec with { Idempotent = false, Tool = 0 }; // its items cannot be sent again, nor may other calls wait behind it
        }
        call.Begin(request with { IsIdempotent = spec.Idempotent });
        spec = spec with { Input = _inputs.Of(call), Since = call.HasWaited ? request.SubmittedAt : 0 };
        Admission admission = Admit(call, now, spec);
        if (!admission.Accepted)
        {
            if (!call.HasWaited)
            {
                call.Discard();
                _spare.Return(call);
            }
            return Refuse(request.Tool, request.Timeout, admission, spec.Input, request.Session, request.Chain);
        }
        if (admission.QueueLength == 1)
        {
            _pool.Reporter.CapacityReached(); // no call waited before
        }
        call.WatchCancellation(_abandon);
        return new Submission(call, MustWait: admission.Call.IsNone);
    }

    /// <summary>
    /// Decides early, because under overload most calls are rejected or wait until the queue has room. Their arguments need not be encoded
    /// for that.
    /// </summary>
    /// <returns>Null when the call may be submitted.</returns>
    private Submission? SubmitEarly(
        string tool, in KnownTool known, TimeSpan timeout, ToolCallOptions? options, ICallStream? stream,
        CancellationToken cancellationToken)
    {
        long now = _pool.Clock.Now;
        SessionRecord? session = (options?.Session as WorkerSession)?.Current.Record;
        HostToolChain? chain = HostToolChain.Current;
        long deadline = Math.Min(_pool.Clock.After(now, timeout), chain?.Deadline ?? long.MaxValue);
        CallSpec spec = CallSpecs.Of(known, deadline, options, session, bytes: 0);
        UnaryCall? waiting = null;
        if (_pool.Options.Queue.WhenFull == QueueFullMode.Wait)
        {
            waiting = _spare.Get();
            waiting.Begin(new CallRequest(
                tool, timeout, now, spec.Deadline, cancellationToken, Stream: stream, Host: Host, Chain: chain,
                Span: Activity.Current, Session: session));
        }
        Admission? admission = _core.Step(
            (desk: this, now, spec, waiting, session),
            static (in call, batch) => call.desk.SubmitEarly_NeedsLock(call.waiting, call.now, call.spec, call.session, batch),
            byCaller: true);
        if (waiting is { HasWaited: true })
        {
            waiting.WatchCancellation(_abandon);
            return new Submission(waiting, MustWait: true);
        }
        if (waiting is not null)
        {
            waiting.Discard();
            _spare.Return(waiting);
        }
        return admission is { } refused ? Refuse(tool, timeout, refused, input: 0, session, chain) : null;
    }

    private Admission? SubmitEarly_NeedsLock(
        UnaryCall? waiting, long now, in CallSpec spec, SessionRecord? session, StepBatch batch)
    {
        if (waiting is not null && LetWait_NeedsLock(waiting, now, spec) is { } answer)
        {
            return answer;
        }
        return _core.Kernel.Foresee(now, spec) == Outcome.None ? null : Admit_NeedsLock(now, spec, session, batch);
    }

    private Admission Admit(UnaryCall call, long now, in CallSpec spec)
    {
        Admission? admission = _core.Step(
            (desk: this, call, now, spec),
            static (in submitted, batch) =>
            {
                (CallDesk desk, UnaryCall call, long now, CallSpec spec) = submitted;
                if (call.HasWaited)
                {
                    desk._room.Entered();
                }
                if (desk._pool.Options.Queue.WhenFull == QueueFullMode.Wait && desk.LetWait_NeedsLock(call, now, spec) is { } answer)
                {
                    return answer;
                }
                if (desk.Nest_NeedsLock(call, spec) is { } deadlock)
                {
                    return deadlock;
                }
                Admission admission = desk.Admit_NeedsLock(now, spec, call.Request.Session, batch);
                if (admission.Accepted)
                {
                    desk._calls.Add(call, admission.Call, queued: admission.QueueLength > 0 || call.HasWaited);
                }
                else
                {
                    desk._calls.Unnest(call);
                }
                return (Admission?)admission;
            },
            byCaller: true);
        // A registered call has ended like the others.
        return admission ?? new Admission(call.Key, call.Key.IsNone ? Outcome.WorkerLostNotStarted : Outcome.None, 0, 0);
    }

    /// <summary>Lets a call wait until the queue has room, if it has none.</summary>
    /// <returns>Null when the call may be submitted. Otherwise no call: it waits, or the reason why it may not.</returns>
    private Admission? LetWait_NeedsLock(UnaryCall call, long now, in CallSpec spec)
    {
        if (_shutdown.WhyClosed_NeedsLock != Outcome.None || !_room.IsFor(now, call, spec, _core.Kernel))
        {
            return null;
        }
        if (!call.HasWaited && _room.CountExcess(spec.Key, _core.Kernel) is { } waiting)
        {
            _core.Live.CountRejected();
            return new Admission(default, Outcome.KeyQueueFull, waiting, _core.Live.Plan.LimitPerKey);
        }
        if (Nest_NeedsLock(call, spec) is { } deadlock)
        {
            return deadlock;
        }
        call.Body.Reset();
        _room.Add(call, spec);
        return default(Admission);
    }

    /// <summary>Counts a call if it is nested.</summary>
    /// <returns>Null, or the rejection of a call that nothing could run.</returns>
    private Admission? Nest_NeedsLock(UnaryCall call, in CallSpec spec)
    {
        if (call.Request.Chain is null)
        {
            return null;
        }
        PoolKernel kernel = _core.Kernel;
        var places = new NestedPlaces(kernel.Target, _core.Live.Plan.Capacity, kernel.WorkerFor(spec));
        Outcome why = _calls.TryNest(call, places);
        return why == Outcome.None ? null : new Admission(default, why, 0, 0);
    }

    private Admission Admit_NeedsLock(long now, in CallSpec spec, SessionRecord? session, StepBatch batch)
    {
        Outcome why = _shutdown.WhyClosed_NeedsLock;
        if (why == Outcome.None && session is not null)
        {
            why = _sessions.Judge_NeedsLock(session);
        }
        if (why != Outcome.None)
        {
            return new Admission(default, why, 0, 0);
        }
        Admission admission = _core.Apply_NeedsLock(new KernelStep(StepKind.Submit, now) { Spec = spec }, batch).Admission;
        if (session is not null)
        {
            _sessions.NoteCall_NeedsLock(session, admission.Accepted, spec.Affinity != Affinity.Hint);
        }
        return admission;
    }

    private void Abandon(UnaryCall call, AbandonReason why) => _core.Step((desk: this, call, why), static (in abandoned, batch) =>
    {
        (CallDesk desk, UnaryCall call, AbandonReason why) = abandoned;
        if (desk._room.Remove(call))
        {
            batch.Ended.Add(new EndedCall(call, new CallEnd(Outcome.Cancelled)));
        }
        else if (desk._calls.At(call.Key.Index) == call) // else it has ended, and its key may belong to a call of a later kernel
        {
            var step = new KernelStep(StepKind.Abandon, desk._pool.Clock.Now) { Call = call.Key, Why = why };
            desk._core.Apply_NeedsLock(step, batch);
        }
        return 0;
    });

    private void GiveUpPlace(UnaryCall call) => _core.Step((desk: this, call), static (in left, _) =>
    {
        left.desk._room.Entered();
        left.desk._calls.Unnest(left.call);
        return 0;
    });

    /// <summary>No call waits behind a stream, whose caller decides how long it takes: it has the number of an unknown tool.</summary>
    private KnownTool Find(string tool, ICallStream? stream) =>
        stream is null ? _catalog.Find(tool) : _catalog.Find(tool) with { Number = 0 };

    private Submission Refuse(
        string tool, TimeSpan timeout, in Admission admission, ulong input, SessionRecord? session, HostToolChain? chain)
    {
        if (admission.Rejection == Outcome.WorkerLostNotStarted)
        {
            _pool.Reporter.LostAtOnce();
        }
        else
        {
            _pool.Reporter.Rejected(admission.Rejection);
        }
        Exception error = admission.Rejection is Outcome.Deadlocked or Outcome.DeadlockedInSession
            ? _errors.Deadlocked(tool, chain!, admission.Rejection == Outcome.DeadlockedInSession ? session : null)
            : _errors.Rejected(tool, timeout, admission, _facts.Read(admission.Rejection, input), session);
        return new Submission(KernelWords.ToPublic(admission.Rejection, default), error);
    }
}
