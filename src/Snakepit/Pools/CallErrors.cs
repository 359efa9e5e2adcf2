using System.Globalization;
using System.Text;
using System.Text.Json;
using Snakepit.Pools.Kernel;
using Snakepit.Values;

namespace Snakepit.Pools;

/// <summary>
/// Converts the outcomes of calls to exceptions: what happened, where, why, and which setting changes it. It reads no state of the pool;
/// its callers pass all facts.
/// </summary>
internal sealed class CallErrors(PoolContext pool, StartErrors starts)
{
    private const int LongestSignature = 1_000;
    private readonly string _name = pool.Name;
    private readonly SessionErrors _sessions = new(pool);

    /// <summary>Returns the exception of an admitted call.</summary>
    public Exception Ended(UnaryCall call, PoolFacts facts)
    {
        CallEnd end = call.End;
        CallRequest request = call.Request;
        return end.Outcome switch
        {
            Outcome.Replied => ToolFailed(call, end.Worker),
            Outcome.Cancelled when request.Cancellation.IsCancellationRequested => new OperationCanceledException(
                $"Tool '{call.Tool}' in pool '{_name}' was cancelled by its caller.", request.Cancellation),
            Outcome.Cancelled => new OperationCanceledException(
                $"Tool '{call.Tool}' in pool '{_name}' was cancelled by {nameof(IWorkerPool.CancelCall)}, not by its caller."),
            Outcome.DeadlineRunning => TimedOut(
                request.Tool, request.Timeout, CallExecution.MayHaveRun, request.IsIdempotent,
                $"Tool '{call.Tool}' did not answer within its {Shown.Duration(request.Timeout)} on worker {end.Worker}. It may have run. "
                + "Raise the call's Timeout (default Call.Timeout)."),
            Outcome.WorkerLostMayHaveRun or Outcome.WorkerLostNotStarted when end.Defect is { } defect =>
                LostByDefect(call.Tool, end.Worker, defect, ExecutionOf(end), request.IsIdempotent),
            Outcome.WorkerLostMayHaveRun or Outcome.WorkerLostNotStarted when request.Session is { Loss: not null } session =>
                _sessions.Lost(call.Tool, session, ExecutionOf(end), end.Death),
            Outcome.WorkerLostMayHaveRun or Outcome.WorkerLostNotStarted => Lost(call, ExecutionOf(end)),
            _ => Rejected(
                call.Tool, request.Timeout, new Admission(default, end.Outcome, end.QueueLength, pool.Options.Queue.Limit), facts,
                request.Session),
        };
    }

    /// <summary>Returns the exception of a stream that has ended early.</summary>
    public Exception StreamEnded(UnaryCall call, PoolFacts facts, long items) =>
        Ended(call, facts) is WorkerLostException lost
            ? new WorkerLostException($"{lost.Message} {items} items of its stream had arrived.")
            {
                Worker = lost.Worker, Execution = lost.Execution, Report = lost.Report, IsIdempotent = lost.IsIdempotent, Items = items,
            }
            : Ended(call, facts);

    /// <summary>Returns the exception of a stream from which no item came for too long.</summary>
    public CallTimeoutException StreamIdle(UnaryCall call, long items) => TimedOut(
        call.Tool, pool.Options.Call.StreamIdleTimeout, CallExecution.MayHaveRun, call.Request.IsIdempotent,
        $"Tool '{call.Tool}' on worker {call.End.Worker} yielded nothing for {Shown.Duration(pool.Options.Call.StreamIdleTimeout)} "
        + $"(Call.StreamIdleTimeout), after {items} items. Yield more often, or raise Call.StreamIdleTimeout.");

    /// <summary>Returns the exception of a call that no worker has had.</summary>
    public Exception Rejected(
        string tool, TimeSpan timeout, in Admission admission, PoolFacts facts, SessionRecord? session = null) => admission.Rejection switch
    {
        Outcome.WorkerBusy => _sessions.Busy(tool, session),
        Outcome.SessionLost when session is not null => _sessions.Lost(tool, session, CallExecution.NotStarted, null),
        Outcome.SessionEnding => _sessions.Ended(tool, session),
        Outcome.TooManySessions => _sessions.TooMany(tool),
        Outcome.QueueFull => Saturated(
            $"Pool '{_name}' rejected '{tool}': {admission.QueueLength} calls wait and Queue.Limit is {admission.Limit}. "
            + "Raise Queue.Limit or Size, send fewer calls, or set Queue.WhenFull to Wait.",
            SaturationReason.QueueFull, admission),
        Outcome.KeyQueueFull => Saturated(
            $"Pool '{_name}' rejected '{tool}': {admission.QueueLength} calls of its FairnessKey wait and "
            + $"Queue.LimitPerKey is {admission.Limit}. Raise Queue.LimitPerKey or Size, or send fewer calls.",
            SaturationReason.KeyQueueFull, admission),
        Outcome.QueueTimeout => Saturated(
            $"Pool '{_name}' rejected '{tool}': no worker was free within Queue.Timeout ({Shown.Duration(pool.Options.Queue.Timeout)}); "
            + $"{admission.QueueLength} more calls wait, Queue.Limit is {admission.Limit}. "
            + $"Raise Size or Queue.Timeout.{WhyNoneWasFree(facts)}",
            SaturationReason.QueueTimeout, admission),
        Outcome.TooLate when admission.ExpectedWait == 0 => Saturated(
            $"Pool '{_name}' rejected '{tool}': after its wait, less of its {Shown.Duration(timeout)} is left than the tool usually takes. "
            + "It did not run. Raise Size or the call's Timeout, or set Queue.RejectLate to false.",
            SaturationReason.TooLate, admission),
        Outcome.TooLate => Saturated(
            $"Pool '{_name}' rejected '{tool}': {admission.QueueLength} calls wait and those ahead take about "
            + $"{Shown.Duration(pool.Clock.ToSpan(admission.ExpectedWait))}, but the call's Timeout is {Shown.Duration(timeout)} "
            + $"and Queue.Timeout is {Shown.Duration(pool.Options.Queue.Timeout)}. "
            + "Raise Size or one of these, or set Queue.RejectLate to false.",
            SaturationReason.TooLate, admission),
        Outcome.DeadlineInQueue when timeout <= TimeSpan.Zero => TimedOut(
            tool, timeout, CallExecution.NotStarted, isIdempotent: false,
            $"Tool '{tool}' in pool '{_name}' was given no time: its Timeout is {Shown.Duration(timeout)}. It did not run. "
            + "Give the call a Timeout above zero, or Timeout.InfiniteTimeSpan for no limit."),
        Outcome.DeadlineInQueue => TimedOut(
            tool, timeout, CallExecution.NotStarted, isIdempotent: false,
            $"Tool '{tool}' in pool '{_name}' was not started within its {Shown.Duration(timeout)}: no worker was free. It did not run. "
            + $"Raise Size, or the call's Timeout (default Call.Timeout).{WhyNoneWasFree(facts)}"),
        Outcome.Quarantined => Quarantined(tool, facts.Input),
        Outcome.PoolFailing => starts.Copy(facts.StartFailure),
        Outcome.WorkerLostNotStarted => LostByDefect(tool, default, facts.Defect, CallExecution.NotStarted, isIdempotent: false),
        _ => Stopped(facts.Stop),
    };

    /// <summary>Returns the exception of a nested call that no worker could run.</summary>
    public NestedCallDeadlockException Deadlocked(string tool, HostToolChain chain, SessionRecord? session) => new(
        session is null
            ? $"'{tool}' cannot run in pool '{_name}': every worker is held by a call that waits for a host tool, and so for a call like "
                + $"this one ({chain} → {_name}.{tool}). Raise Size above the number of calls that wait so, or call a tool of another pool."
            : $"'{tool}' cannot run in session '{Shown.Text(session.Id)}' of pool '{_name}': the worker of the session is held by a call "
                + $"that waits for this one, itself or by way of other sessions ({chain} → {_name}.{tool}). Call it outside of the "
                + "session, or in one with the affinity Hint.")
    {
        Pool = _name,
        Tool = tool,
        Chain = chain.ToString(),
    };

    /// <summary>Returns the exception of a call to a pool that accepts no more calls, or never did.</summary>
    public Exception Stopped(SnakepitException? why) =>
        (Exception?)why ?? new ObjectDisposedException(_name, $"Pool '{_name}' is stopping or stopped and accepts no calls.");

    public ToolResultException Mismatch<T>(UnaryCall call, JsonException error) =>
        new($"Tool '{call.Tool}' of pool '{_name}': {Shown.FullMessage(error)}", error)
    {
        Pool = _name,
        Tool = call.Tool,
        Worker = call.End.Worker,
        ResultType = typeof(T),
        Received = error is UnfitResultException unfit ? unfit.Received : "a malformed value",
        Path = Shown.Ends(error.Path ?? "$", ValuePath.Longest),
    };

    /// <summary>Returns the exception of a call whose arguments do not fit the tool. It never reached a worker, but is like the one that a
    /// worker would have raised.</summary>
    public ToolException Misfit((MisfitReason Reason, ToolDescriptor Tool) misfit)
    {
        ((string problem, string hint), ToolDescriptor tool) = misfit;
        string signature = $"The tool's signature is {Shown.Text(tool.ToString(), LongestSignature)}.";
        string message = $"{Shown.Text(tool.Name)}() {problem}";
        string note = hint.Length == 0 ? signature : $"{hint} {signature}";
        var error = new ToolError
        {
            Type = "TypeError",
            Bases = ["Exception", "BaseException"],
            Message = message,
            Notes = [note],
            Traceback = $"TypeError: {message}\n{note}\n",
        };
        return new ToolException($"Pool '{_name}' did not call the tool: {error.Summary}") { Tool = tool.Name, Error = error };
    }

    public ArgumentException TooLarge(string tool, string size, string parameter) => new(
        $"The arguments of '{tool}' take {size} than Call.MaxMessage ({pool.Options.Call.MaxMessage}) of pool '{_name}' allows. "
        + "Send less, or raise Call.MaxMessage.",
        parameter);

    private static CallExecution ExecutionOf(in CallEnd end) =>
        end.Outcome == Outcome.WorkerLostMayHaveRun ? CallExecution.MayHaveRun : CallExecution.NotStarted;

    private static string WhyNoneWasFree(PoolFacts facts)
    {
        string tainted = facts.Tainted == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $" At the moment, {Shown.Count(facts.Tainted, "slot", "gets", "get")} no calls, because of Taint, TaintDevice or crashes; "
                + $"LiftTaint ends that.");
        string failed = facts is { IsServing: false, StartFailure: { } failure }
            ? $" No worker serves, and the last start failed: {failure.Message.Split('\n')[0]}"
            : "";
        return tainted + failed;
    }

    private CallTimeoutException TimedOut(string tool, TimeSpan timeout, CallExecution execution, bool isIdempotent, string message) =>
        new(message) { Pool = _name, Tool = tool, Timeout = timeout, Execution = execution, IsIdempotent = isIdempotent };

    private PoolSaturatedException Saturated(string message, SaturationReason reason, in Admission admission) => new(message)
    {
        Pool = _name,
        Reason = reason,
        QueueLength = admission.QueueLength,
        Limit = admission.Limit,
        ExpectedWait = admission.ExpectedWait == 0 ? null : pool.Clock.ToSpan(admission.ExpectedWait),
    };

    private ToolException ToolFailed(UnaryCall call, WorkerId worker)
    {
        ToolError error = pool.Codecs.Json.ReadError(call.Reply);
        return new ToolException($"Tool '{call.Tool}' on worker {worker} raised {error.Summary}")
        {
            Tool = call.Tool, Worker = worker, Error = error,
        };
    }

    private InputQuarantinedException Quarantined(string tool, QuarantinedInput? input)
    {
        string history = input is null
            ? ""
            : $" {input.Deaths} workers have died since {input.FirstDeathAt:u}; the input is rejected until {input.Until:u}.";
        string last = input?.LastDeath is { } death ? $" The last death: {death.Description}." : "";
        return new InputQuarantinedException(
            $"Pool '{_name}' rejected '{tool}': these arguments have killed workers.{history}{last} Other calls of the tool continue. "
            + "Fix the tool and call LiftQuarantine, or change Crash.QuarantineAfter.")
        {
            Pool = _name,
            Tool = tool,
            Input = input,
        };
    }

    private WorkerLostException LostByDefect(string tool, WorkerId on, string defect, CallExecution execution, bool isIdempotent)
    {
        string worker = on == default ? "" : string.Create(CultureInfo.InvariantCulture, $" on worker {on}");
        string fate = execution == CallExecution.MayHaveRun ? "The tool may have run." : "The tool did not run.";
        return new WorkerLostException(
            $"'{tool}'{worker} was ended by a defect of Snakepit in pool '{_name}' ({defect}). {fate} "
            + "The pool kills its workers and starts again; other pools are not affected. The log has the trace; please report it.")
        {
            Worker = on,
            Execution = execution,
            IsIdempotent = isIdempotent,
        };
    }

    private static WorkerLostException Lost(UnaryCall call, CallExecution execution)
    {
        CallEnd end = call.End;
        var text = new StringBuilder($"Worker {end.Worker}");
        if (end.Death is { } death)
        {
            text.Append(CultureInfo.InvariantCulture, $" (pid {death.Pid}) ended with '{call.Tool}': {death.Description}.");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $" could not be ended while it ran '{call.Tool}'.");
        }
        text.Append(execution == CallExecution.MayHaveRun
            ? " The tool may have run; mark it @tool(idempotent=True), or the call ToolCallOptions.Idempotent, "
            + "to have it run again elsewhere."
            : " The tool did not run.");
        ErrorText.AppendEvidence(text, end.Death);
        return new WorkerLostException(text.ToString())
        {
            Worker = end.Worker, Execution = execution, Report = end.Death, IsIdempotent = call.Request.IsIdempotent,
        };
    }
}
