using Snakepit.Frames;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <content>From what a caller says to a call that the kernel knows, or to why it does not take it.</content>
internal sealed partial class WorkerPool
{
    private const int MaxToolName = 1_000;
    private int _waiting; // calls, as of the last step: read without the lock, for a guess

    /// <exception cref="ArgumentException">The caller's mistake. What comes of the call itself is never thrown.</exception>
    private Submission Submit(string tool, in ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tool);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tool.Length, MaxToolName, nameof(tool));
        if (cancellationToken.IsCancellationRequested)
        {
            return new Submission(CallOutcome.Cancelled, new OperationCanceledException(cancellationToken));
        }
        TimeSpan timeout = options?.Timeout ?? _options.Call.Timeout;
        if (Volatile.Read(ref _waiting) > 0 && SubmitEarly(tool, timeout, options, cancellationToken) is { } early)
        {
            return early;
        }
        UnaryCall call = _spareCalls.Get();
        Encode(call.Body, tool, arguments);
        long now = _time.GetTimestamp();
        call.Begin(new CallRequest(tool, timeout, now, DeadlineAfter(now, timeout), cancellationToken));
        return Submit(call, now, options);
    }

    /// <summary>Submits a call that has been encoded.</summary>
    private Submission Submit(UnaryCall call, long now, ToolCallOptions? options)
    {
        CallSpec spec = Specify(call.Tool, call.Request.Deadline, options, call.Body.Frame.Length);
        call.Begin(call.Request with { IsIdempotent = spec.Idempotent });
        spec = spec with { Input = InputOf(call), Since = call.HasWaited ? call.Request.SubmittedAt : 0 };
        Admission admission = Admit(call, now, spec);
        if (!admission.Accepted)
        {
            (string tool, TimeSpan timeout, bool hasWaited) = (call.Tool, call.Request.Timeout, call.HasWaited);
            if (!hasWaited)
            {
                call.Discard();
                _spareCalls.Return(call);
            }
            return admission.Rejection == Outcome.Quarantined ? RefuseInput(tool, spec.Input) : Refuse(tool, timeout, admission);
        }
        if (admission.QueueLength == 1)
        {
            _reporter.CapacityReached(); // nobody waited before
        }
        call.WatchCancellation(_abandon);
        return new Submission(call, MustWait: admission.Call.IsNone);
    }

    /// <summary>Waits until the queue has room for the call, then encodes and submits it.</summary>
    private async ValueTask<Submission> EnterAsync(UnaryCall call, ToolArguments arguments, ToolCallOptions? options)
    {
        Submission submission;
        do
        {
            await call.Completion.ConfigureAwait(false);
            if (call.End.Outcome != Outcome.None)
            {
                return new Submission(call); // it is over, as calls in the queue are
            }
            call.Rearm();
            try
            {
                Encode(call.Body, call.Tool, arguments);
            }
            catch
            {
                GiveUpPlace();
                throw;
            }
            submission = Submit(call, _time.GetTimestamp(), options);
        }
        while (submission.MustWait);
        return submission;
    }

    private void GiveUpPlace() => Step(0, static (pool, in _, _) =>
    {
        pool._room!.Entered();
        return 0;
    });

    /// <summary>Lets in the calls that the queue has room for.</summary>
    /// <returns>When to look again.</returns>
    private long OpenRoom_NeedsLock(StepBatch batch)
    {
        if (_room is not { Count: > 0 } room)
        {
            return long.MaxValue;
        }
        room.Open(_time.GetTimestamp(), _kernel, WhyClosed_NeedsLock(), batch.Ended);
        return room.NextDue;
    }

    private void Encode(CallBody body, string tool, in ToolArguments arguments)
    {
        BodyFormat format = _format; // once: the first worker may be getting ready meanwhile
        body.Format = format;
        body.Limit = (int)_options.Call.MaxMessage.Bytes;
        try
        {
            _codecs.Of(format).WriteCall(body, tool, arguments);
        }
        catch (MessageTooLargeException)
        {
            throw TooLarge(tool, "more bytes", nameof(arguments));
        }
        if (body.BodyLength > body.Limit)
        {
            throw TooLarge(tool, $"{body.BodyLength:N0} bytes, more", nameof(arguments));
        }
    }

    private ArgumentException TooLarge(string tool, string size, string parameter) =>
        new($"The arguments of '{tool}' take {size} than Call.MaxMessage ({_options.Call.MaxMessage}) of pool '{Name}' allows. Send less, or raise Call.MaxMessage.", parameter);

    private CallSpec Specify(string tool, long deadline, ToolCallOptions? options, int bytes)
    {
        KnownTool known = _tools.Find(tool);
        return options is null
            ? new CallSpec(deadline, known.Idempotent, known.Number, bytes)
            : new CallSpec(deadline, options.Idempotent ?? known.Idempotent, known.Number, bytes, options.Priority, KeyOf(options.FairnessKey));
    }

    /// <summary>The kernel knows keys as numbers: a hash, so that nothing need be remembered of them. Two that collide, which nobody will see happen, take
    /// their turns together.</summary>
    private static ulong KeyOf(string? key) => key is null ? 0 : SecretHash.Of(key);

    private long DeadlineAfter(long now, TimeSpan timeout)
    {
        double units = timeout.Ticks * _unitsPerTick;
        return timeout == Timeout.InfiniteTimeSpan || units >= long.MaxValue - now ? long.MaxValue : now + (long)units;
    }

    private Submission Refuse(string tool, TimeSpan timeout, in Admission admission)
    {
        if (admission.Rejection == Outcome.WorkerLostNotStarted)
        {
            _reporter.LostAtOnce();
        }
        else
        {
            _reporter.Rejected(admission.Rejection);
        }
        return new Submission(PoolReporter.ToCounted(admission.Rejection, default), CreateRejection(tool, timeout, admission));
    }

    private Submission RefuseInput(string tool, ulong input)
    {
        _reporter.Rejected(Outcome.Quarantined);
        return new Submission(CallOutcome.Rejected, Quarantined(tool, input));
    }

    /// <summary>Under overload most calls are rejected, or wait until the queue has room: their arguments need not be written for that.</summary>
    /// <returns>Null when the call may be submitted.</returns>
    private Submission? SubmitEarly(string tool, TimeSpan timeout, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        long now = _time.GetTimestamp();
        CallSpec spec = Specify(tool, DeadlineAfter(now, timeout), options, bytes: 0);
        UnaryCall? waiting = null;
        if (_room is not null)
        {
            waiting = _spareCalls.Get();
            waiting.Begin(new CallRequest(tool, timeout, now, spec.Deadline, cancellationToken));
        }
        Admission? admission = Step(
            (now, spec, waiting),
            static (pool, in call, batch) => call.waiting is { } waiting && pool.LetWait_NeedsLock(waiting, call.now, call.spec) is { } answer ? answer
                : pool._kernel.Foresee(call.now, call.spec) != Outcome.None ? pool.Admit_NeedsLock(call.now, call.spec, batch)
                : (Admission?)null,
            byCaller: true);
        if (waiting is not null)
        {
            if (waiting.HasWaited)
            {
                waiting.WatchCancellation(_abandon);
                return new Submission(waiting, MustWait: true);
            }
            waiting.Discard();
            _spareCalls.Return(waiting);
        }
        return admission is { } refused ? Refuse(tool, timeout, refused) : null;
    }

    private Admission Admit(UnaryCall call, long now, in CallSpec spec)
    {
        Admission? admission = Step(
            (call, now, spec),
            static (pool, in submitted, batch) =>
            {
                (UnaryCall call, long now, CallSpec spec) = submitted;
                if (pool._room is { } room)
                {
                    if (call.HasWaited)
                    {
                        room.Entered();
                    }
                    if (pool.LetWait_NeedsLock(call, now, spec) is { } answer)
                    {
                        return answer;
                    }
                }
                Admission admission = pool.Admit_NeedsLock(now, spec, batch);
                if (admission.Accepted)
                {
                    pool.Register_NeedsLock(call, admission.Call, queued: admission.QueueLength > 0 || call.HasWaited);
                }
                return (Admission?)admission;
            },
            byCaller: true);
        return admission ?? new Admission(call.Key, call.Key.IsNone ? Outcome.WorkerLostNotStarted : Outcome.None, 0, 0); // once registered it has ended like the others
    }

    /// <summary>Has a call wait until the queue has room, when it has none.</summary>
    /// <returns>Null: it is to be submitted. Else no call: it waits, or why it may not.</returns>
    private Admission? LetWait_NeedsLock(UnaryCall call, long now, in CallSpec spec)
    {
        if (WhyClosed_NeedsLock() != Outcome.None || !_room!.IsFor(now, call, spec, _kernel))
        {
            return null;
        }
        if (!call.HasWaited && _room.CountExcess(spec.Key, _kernel) is { } waiting)
        {
            _earlier = _earlier with { Rejected = _earlier.Rejected + 1 };
            return new Admission(default, Outcome.KeyQueueFull, waiting, _plan.LimitPerKey);
        }
        call.Body.Reset();
        _room.Add(call, spec);
        return default(Admission);
    }

    /// <summary>Why the pool takes no calls whatever the kernel says.</summary>
    private Outcome WhyClosed_NeedsLock() => !_defects.IsExceeded ? Outcome.None : _stoppingAt == 0 ? Outcome.PoolFailing : Outcome.PoolStopping;

    private Admission Admit_NeedsLock(long now, in CallSpec spec, StepBatch batch) => WhyClosed_NeedsLock() is not Outcome.None and var why
        ? new Admission(default, why, 0, 0)
        : _trace.Apply(new KernelStep(StepKind.Submit, now) { Spec = spec }, batch.Effects).Admission;

    private void Register_NeedsLock(UnaryCall call, CallKey key, bool queued)
    {
        call.Key = key;
        call.Queued = queued;
        if (key.Index >= _calls.Length)
        {
            Array.Resize(ref _calls, Math.Max(_calls.Length * 2, key.Index + 1));
            Array.Resize(ref _toolNames, _calls.Length);
        }
        _calls[key.Index] = call;
        _toolNames[key.Index] = call.Tool;
    }

    /// <summary>A call that was admitted, or waits until the queue has room, or how the one that was not has ended.</summary>
    private readonly record struct Submission(UnaryCall? Call, CallOutcome Outcome, Exception? Error, bool MustWait = false)
    {
        public Submission(UnaryCall call, bool MustWait = false)
            : this(call, CallOutcome.Succeeded, null, MustWait)
        {
        }

        public Submission(CallOutcome outcome, Exception error)
            : this(null, outcome, error)
        {
        }
    }
}
