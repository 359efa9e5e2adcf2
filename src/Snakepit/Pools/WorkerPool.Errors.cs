using System.Globalization;
using System.Text;
using System.Text.Json;
using Snakepit.Pools.Kernel;
using Snakepit.Transport.Values;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <content>Outcomes as exceptions: what happened, where, why, and which setting changes it.</content>
internal sealed partial class WorkerPool
{
    private const int ShownOutputLines = 5;
    private const int ShownFrames = 5;
    private const int ShownLineLength = 300;

    private Exception CreateException(UnaryCall call, in CallEnd end) => end.Outcome switch
    {
        Outcome.Replied => ToolFailed(call, end.Worker),
        Outcome.Cancelled => new OperationCanceledException($"Tool '{call.Tool}' in pool '{Name}' was cancelled by its caller.", call.Request.Cancellation),
        Outcome.DeadlineRunning => new CallTimeoutException(
            $"Tool '{call.Tool}' did not answer within its {Shown.Duration(call.Request.Timeout)} on worker {end.Worker}. It may have run. Raise the call's Timeout (default Call.Timeout).")
        {
            Pool = Name,
            Tool = call.Tool,
            Timeout = call.Request.Timeout,
            Execution = CallExecution.MayHaveRun,
            IsIdempotent = call.Request.IsIdempotent,
        },
        Outcome.WorkerLostMayHaveRun or Outcome.WorkerLostNotStarted when end.Defect is { } defect => LostByDefect(
            call.Tool, end.Worker, defect, end.Outcome == Outcome.WorkerLostMayHaveRun ? CallExecution.MayHaveRun : CallExecution.NotStarted, call.Request.IsIdempotent),
        Outcome.WorkerLostMayHaveRun => Lost(call, end, CallExecution.MayHaveRun),
        Outcome.WorkerLostNotStarted => Lost(call, end, CallExecution.NotStarted),
        Outcome.Quarantined => Quarantined(call.Tool, call.Input),
        _ => CreateRejection(call.Tool, call.Request.Timeout, new Admission(default, end.Outcome, end.QueueLength, _options.Queue.Limit)),
    };

    /// <summary>A call that no worker has had.</summary>
    private Exception CreateRejection(string tool, TimeSpan timeout, in Admission admission) => admission.Rejection switch
    {
        Outcome.QueueFull => Saturated(
            $"Pool '{Name}' rejected '{tool}': {admission.QueueLength} calls wait and Queue.Limit is {admission.Limit}. Raise Queue.Limit or Size, send fewer calls, or set Queue.WhenFull to Wait.",
            SaturationReason.QueueFull, admission),
        Outcome.KeyQueueFull => Saturated(
            $"Pool '{Name}' rejected '{tool}': {admission.QueueLength} calls of its FairnessKey wait and Queue.LimitPerKey is {admission.Limit}. Raise Queue.LimitPerKey or Size, or send fewer calls.",
            SaturationReason.KeyQueueFull, admission),
        Outcome.QueueTimeout => Saturated(
            $"Pool '{Name}' rejected '{tool}': no worker was free within Queue.Timeout ({Shown.Duration(_options.Queue.Timeout)}); {admission.QueueLength} more calls wait, Queue.Limit is {admission.Limit}. Raise Size or Queue.Timeout.{TellTainted()}{TellFailedStart()}",
            SaturationReason.QueueTimeout, admission),
        Outcome.TooLate when admission.ExpectedWait == 0 => Saturated(
            $"Pool '{Name}' rejected '{tool}': after its wait, less of its {Shown.Duration(timeout)} is left than the tool usually takes. It did not run. Raise Size or the call's Timeout, or set Queue.RejectLate to false.",
            SaturationReason.TooLate, admission),
        Outcome.TooLate => Saturated(
            $"Pool '{Name}' rejected '{tool}': {admission.QueueLength} calls wait and those ahead take about {Shown.Duration(ToSpan(admission.ExpectedWait))}, but the call's Timeout is {Shown.Duration(timeout)} and Queue.Timeout is {Shown.Duration(_options.Queue.Timeout)}. Raise Size or one of these, or set Queue.RejectLate to false.",
            SaturationReason.TooLate, admission),
        Outcome.DeadlineInQueue when timeout <= TimeSpan.Zero => NotStarted(
            tool, timeout,
            $"Tool '{tool}' in pool '{Name}' was given no time: its Timeout is {Shown.Duration(timeout)}. It did not run. Give the call a Timeout above zero, or Timeout.InfiniteTimeSpan for no limit."),
        Outcome.DeadlineInQueue => NotStarted(
            tool, timeout,
            $"Tool '{tool}' in pool '{Name}' was not started within its {Shown.Duration(timeout)}: no worker was free. It did not run. Raise Size, or the call's Timeout (default Call.Timeout).{TellTainted()}{TellFailedStart()}"),
        Outcome.PoolFailing => CopyStartFailure(),
        Outcome.WorkerLostNotStarted => LostByDefect(tool, default, _lastDefect, CallExecution.NotStarted, isIdempotent: false),
        _ => Stopped(),
    };

    private CallTimeoutException NotStarted(string tool, TimeSpan timeout, string message) =>
        new(message) { Pool = Name, Tool = tool, Timeout = timeout, Execution = CallExecution.NotStarted };

    private PoolSaturatedException Saturated(string message, SaturationReason reason, in Admission admission) => new(message)
    {
        Pool = Name,
        Reason = reason,
        QueueLength = admission.QueueLength,
        Limit = admission.Limit,
        ExpectedWait = admission.ExpectedWait == 0 ? null : ToSpan(admission.ExpectedWait),
    };

    /// <summary>Why no worker was free, when none serves because starts fail.</summary>
    private string TellFailedStart()
    {
        lock (_gate)
        {
            return _lastStartFailure is { } failure && _kernel.ServingCount == 0
                ? $" No worker serves, and the last start failed: {failure.Message.Split('\n')[0]}"
                : "";
        }
    }

    private TimeSpan ToSpan(long units) => TimeSpan.FromTicks((long)(units / _unitsPerTick));

    private Exception Stopped() => (Exception?)_unstartable ?? new ObjectDisposedException(Name, $"Pool '{Name}' is stopping or stopped and accepts no calls.");

    private ToolException ToolFailed(UnaryCall call, WorkerId worker)
    {
        ToolError error = _codecs.Json.ReadError(call.Reply);
        return new ToolException($"Tool '{call.Tool}' on worker {worker} raised {error.Summary}") { Tool = call.Tool, Worker = worker, Error = error };
    }

    private ToolResultException Mismatch<T>(UnaryCall call, JsonException error) => new($"Tool '{call.Tool}' of pool '{Name}': {Shown.FullMessage(error)}", error)
    {
        Pool = Name,
        Tool = call.Tool,
        Worker = call.End.Worker,
        ResultType = typeof(T),
        Received = error is UnfitResultException unfit ? unfit.Received : "a malformed value",
        Path = Shown.Ends(error.Path ?? "$", ValuePath.Longest),
    };

    private static WorkerLostException Lost(UnaryCall call, in CallEnd end, CallExecution execution)
    {
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
            ? " The tool may have run; mark it @tool(idempotent=True), or the call ToolCallOptions.Idempotent, to have it run again elsewhere."
            : " The tool did not run.");
        AppendStack(text, end.Death);
        AppendOutput(text, end.Death);
        return new WorkerLostException(text.ToString()) { Worker = end.Worker, Execution = execution, Report = end.Death, IsIdempotent = call.Request.IsIdempotent };
    }

    /// <summary>Every caller gets an exception of its own: a thrown one carries its thrower's stack.</summary>
    private SnakepitException CopyStartFailure() => _lastStartFailure switch
    {
        AdapterLoadException last => new AdapterLoadException(last.Message, last.InnerException) { Pool = last.Pool, Adapter = last.Adapter, Error = last.Error, Report = last.Report },
        PythonNotFoundException last => new PythonNotFoundException(last.Message) { Tried = last.Tried, Remedy = last.Remedy },
        _ => new AdapterLoadException($"Pool '{Name}' cannot start any worker.") { Pool = Name, Adapter = _options.Adapter },
    };

    private AdapterLoadException NotEnoughReady(int wanted)
    {
        (int serving, SnakepitException? failure) = (0, null);
        lock (_gate)
        {
            (serving, failure) = (_kernel.ServingCount, _lastStartFailure ?? _slotFailures.Values.FirstOrDefault()); // others have started since, perhaps
        }
        string why = failure is null ? "" : $" The last start failed: {failure.Message.Split('\n')[0]}";
        return new AdapterLoadException(
            $"Pool '{Name}': {serving} of {wanted} workers serve, and the others did not start within Boot.Timeout ({Shown.Duration(_options.Boot.Timeout)}) each "
            + $"and Restart.MaxBackoff ({Shown.Duration(_options.Restart.MaxBackoff)}). The pool keeps trying.{why}",
            failure)
        {
            Pool = Name,
            Adapter = _options.Adapter,
            Error = (failure as AdapterLoadException)?.Error,
            Report = (failure as AdapterLoadException)?.Report,
        };
    }

    private AdapterLoadException StartFailure(PoolWorker worker, Reason reason)
    {
        WorkerFailure? failure = worker.Failure;
        string why = failure is null ? "" : Shown.Text(failure.Message, Shown.LongestReason); // what follows says what to do
        var text = new StringBuilder($"Worker {worker.Id} of pool '{Name}' could not start");
        switch (failure?.Stage)
        {
            case "setup" or "device":
                text.Append(CultureInfo.InvariantCulture, $": {failure.Stage}() of adapter '{_options.Adapter}' raised {why}");
                break;
            case "adapter":
                text.Append(CultureInfo.InvariantCulture, $": adapter '{_options.Adapter}' cannot be loaded: {why}");
                if (failure.Error?.Is("ModuleNotFoundError") == true)
                {
                    text.Append(". Correct Adapter or Python.PythonPath, or install the module for the interpreter of the pool");
                }
                break;
            case { } stage:
                text.Append(CultureInfo.InvariantCulture, $" ({stage}): {why}");
                break;
            case null when reason == Reason.BootTimeout:
                text.Append(CultureInfo.InvariantCulture, $": not ready within Boot.Timeout ({Shown.Duration(_options.Boot.Timeout)}); it was killed. Raise Boot.Timeout, or look for what adapter '{_options.Adapter}' waits for at import or in setup().{(worker.Death?.Stacks is null ? "" : " It hung here:")}");
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $": its process ended before it was ready ({worker.Death?.Description ?? worker.KilledBecause ?? "unknown cause"}) while loading adapter '{_options.Adapter}'.");
                break;
        }
        AppendStack(text, worker.Death);
        AppendOutput(text, worker.Death);
        if (failure?.Error?.Traceback is { Length: > 0 } traceback)
        {
            text.Append('\n').Append(traceback.TrimEnd());
        }
        return new AdapterLoadException(text.ToString()) { Pool = Name, Adapter = _options.Adapter, Error = failure?.Error, Report = worker.Death };
    }

    /// <summary>Of the thread that crashed, or that a call runs in.</summary>
    private static void AppendStack(StringBuilder text, DeathReport? death)
    {
        string[] lines = death?.Stacks?.Split('\n') ?? [];
        int title = Array.FindLastIndex(lines, static line => line.StartsWith("Current thread", StringComparison.Ordinal));
        foreach (string line in lines.Skip(title + 1).TakeWhile(static line => line.StartsWith("  ", StringComparison.Ordinal)).Take(title < 0 ? 0 : ShownFrames))
        {
            text.Append('\n').Append(Shown.Text(line, ShownLineLength));
        }
    }

    private static void AppendOutput(StringBuilder text, DeathReport? death)
    {
        if (death is { LastOutput.Count: > 0 })
        {
            text.Append("\nIts last output:");
            foreach (string line in death.LastOutput.TakeLast(ShownOutputLines))
            {
                text.Append("\n  ").Append(Shown.Text(line, ShownLineLength));
            }
        }
    }
}
