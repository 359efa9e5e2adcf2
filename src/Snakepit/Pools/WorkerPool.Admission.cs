using Snakepit.Pools.Kernel;
using Snakepit.Transport;

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
        if (Volatile.Read(ref _waiting) > 0 && RejectEarly(tool, timeout, options) is { } early)
        {
            return Refuse(tool, timeout, early);
        }
        ToolCall call = _spareCalls.Get();
        Encode(call.Body, tool, arguments);
        long now = _time.GetTimestamp();
        call.Begin(tool, timeout, now, DeadlineAfter(now, timeout), cancellationToken);
        CallSpec spec = Specify(tool, call.Deadline, options, call.Body.Frame.Length);
        call.IsIdempotent = spec.Idempotent;
        spec = spec with { Input = InputOf(call) };
        Admission admission = Admit(call, spec);
        if (!admission.Accepted)
        {
            call.Discard();
            _spareCalls.Return(call);
            return admission.Rejection == Outcome.Quarantined ? RefuseInput(tool, spec.Input) : Refuse(tool, timeout, admission);
        }
        if (admission.QueueLength == 1)
        {
            _reporter.CapacityReached(); // nobody waited before
        }
        call.WatchCancellation(_abandon);
        return new Submission(call);
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
            _reporter.Ended(admission.Rejection, default, _time.GetTimestamp());
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

    /// <summary>Under overload most calls are rejected: their arguments need not be written for that.</summary>
    private Admission? RejectEarly(string tool, TimeSpan timeout, ToolCallOptions? options)
    {
        long now = _time.GetTimestamp();
        CallSpec spec = Specify(tool, DeadlineAfter(now, timeout), options, bytes: 0);
        return Step(
            (now, spec),
            static (pool, in call, batch) => pool._kernel.WouldReject(call.now, call.spec) ? pool.Admit_NeedsLock(call.now, call.spec, batch) : (Admission?)null,
            byCaller: true);
    }

    private Admission Admit(ToolCall call, in CallSpec spec)
    {
        Admission? admission = Step(
            (call, spec),
            static (pool, in submitted, batch) =>
            {
                Admission admission = pool.Admit_NeedsLock(submitted.call.SubmittedAt, submitted.spec, batch);
                if (admission.Accepted)
                {
                    pool.Register_NeedsLock(submitted.call, admission.Call, queued: admission.QueueLength > 0);
                }
                return (Admission?)admission;
            },
            byCaller: true);
        return admission ?? new Admission(call.Key, call.Key.IsNone ? Outcome.WorkerLostNotStarted : Outcome.None, 0, 0); // once registered it has ended like the others
    }

    private Admission Admit_NeedsLock(long now, in CallSpec spec, StepBatch batch) => _defects.IsExceeded
        ? new Admission(default, _stoppingAt == 0 ? Outcome.PoolFailing : Outcome.PoolStopping, 0, 0)
        : _trace.Apply(new KernelStep(StepKind.Submit, now) { Spec = spec }, batch.Effects).Admission;

    private void Register_NeedsLock(ToolCall call, CallKey key, bool queued)
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

    /// <summary>A call that was admitted, or how the one that was not has ended.</summary>
    private readonly record struct Submission(ToolCall? Call, CallOutcome Outcome, Exception? Error)
    {
        public Submission(ToolCall call)
            : this(call, CallOutcome.Ok, null)
        {
        }

        public Submission(CallOutcome outcome, Exception error)
            : this(null, outcome, error)
        {
        }
    }
}
