using System.Globalization;
using System.Text;
using Snakepit.Pools.Kernel;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <content>Outcomes as exceptions: what happened, where, why, and which setting changes it.</content>
internal sealed partial class WorkerPool
{
    private const int ShownOutputLines = 5;
    private const int ShownLineLength = 300;

    private void EnsureSuccess(ToolCall call)
    {
        if (call.End is not { Outcome: Outcome.Replied, Kind: ReplyKind.Result })
        {
            throw CreateException(call, call.End);
        }
    }

    private Exception CreateException(ToolCall call, in CallEnd end) => end.Outcome switch
    {
        Outcome.Replied => ToolFailed(call, end.Worker),
        Outcome.Cancelled => new OperationCanceledException($"Tool '{call.Tool}' in pool '{Name}' was cancelled by its caller.", call.Cancellation),
        Outcome.QueueFull => new PoolSaturatedException(
            $"Pool '{Name}' rejected '{call.Tool}': {end.QueueLength} calls wait and Queue.Limit is {_options.Queue.Limit}. Raise Queue.Limit or Size, or send less.",
            Name, end.QueueLength, _options.Queue.Limit),
        Outcome.QueueTimeout => new PoolSaturatedException(
            $"Pool '{Name}' rejected '{call.Tool}': no worker was free within Queue.Timeout ({Text(_options.Queue.Timeout)}); {end.QueueLength} more calls wait, Queue.Limit is {_options.Queue.Limit}. Raise Size or Queue.Timeout.",
            Name, end.QueueLength, _options.Queue.Limit),
        Outcome.DeadlineInQueue => new CallTimeoutException(
            $"Tool '{call.Tool}' in pool '{Name}' was not started within its {Text(call.Timeout)}: no worker was free. It did not run. Raise Size, or the call's Timeout (default Call.Timeout).",
            Name, call.Tool, call.Timeout, CallExecution.NotStarted),
        Outcome.DeadlineRunning => new CallTimeoutException(
            $"Tool '{call.Tool}' did not answer within its {Text(call.Timeout)} on worker {end.Worker}. It may have run. Raise the call's Timeout (default Call.Timeout).",
            Name, call.Tool, call.Timeout, CallExecution.MayHaveRun),
        Outcome.WorkerLostMayHaveRun => Lost(call, end, CallExecution.MayHaveRun),
        Outcome.WorkerLostNotStarted => Lost(call, end, CallExecution.NotStarted),
        Outcome.PoolFailing => CopyStartFailure(),
        Outcome.Quarantined => Quarantined(call),
        _ => Stopped(),
    };

    private Exception Stopped() => (Exception?)_unstartable ?? new ObjectDisposedException(Name, $"Pool '{Name}' is stopping or stopped and takes no calls.");

    private ToolException ToolFailed(ToolCall call, WorkerId worker)
    {
        ToolError error = _codecs.Json.ReadError(call.Reply);
        return new ToolException($"Tool '{call.Tool}' on worker {worker} raised {error.Type}: {error.Message}", call.Tool, worker, error);
    }

    private static WorkerLostException Lost(ToolCall call, in CallEnd end, CallExecution execution)
    {
        var text = new StringBuilder($"Worker {end.Worker}");
        if (end.Death is { } death)
        {
            text.Append(CultureInfo.InvariantCulture, $" (pid {death.Pid}) ended with '{call.Tool}': {death.Cause}.");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $" could not be ended while it ran '{call.Tool}'.");
        }
        text.Append(execution == CallExecution.MayHaveRun
            ? " The tool may have run; mark it @tool(idempotent=True), or the call ToolCallOptions.Idempotent, to have it run again elsewhere."
            : " The tool did not run.");
        AppendOutput(text, end.Death);
        return new WorkerLostException(text.ToString(), end.Worker, execution, end.Death);
    }

    /// <summary>Every caller gets an exception of its own: a thrown one carries its thrower's stack.</summary>
    private AdapterLoadException CopyStartFailure()
    {
        AdapterLoadException? last = _lastStartFailure;
        return last is null
            ? new AdapterLoadException($"Pool '{Name}' has no worker that could start.", Name, _options.Adapter, null, null)
            : new AdapterLoadException(last.Message, last.Pool, last.Adapter, last.Error, last.Report);
    }

    private AdapterLoadException StartFailure(PoolWorker worker, Reason reason)
    {
        WorkerFailure? failure = worker.Failure;
        var text = new StringBuilder($"Worker {worker.Id} of pool '{Name}' could not start");
        switch (failure?.Stage)
        {
            case "setup":
                text.Append(CultureInfo.InvariantCulture, $": setup() of adapter '{_options.Adapter}' raised {failure.Message}");
                break;
            case "adapter":
                text.Append(CultureInfo.InvariantCulture, $": adapter '{_options.Adapter}' cannot be loaded: {failure.Message}");
                break;
            case { } stage:
                text.Append(CultureInfo.InvariantCulture, $" ({stage}): {failure.Message}");
                break;
            case null when reason == Reason.BootTimeout:
                text.Append(CultureInfo.InvariantCulture, $": not ready within Boot.Timeout ({Text(_options.Boot.Timeout)}); it was killed. Raise Boot.Timeout, or look for what adapter '{_options.Adapter}' waits for at import or in setup().");
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $": its process ended before it was ready ({worker.Death?.Cause ?? worker.KilledBecause ?? "unknown cause"}) while loading adapter '{_options.Adapter}'.");
                break;
        }
        AppendOutput(text, worker.Death);
        if (failure?.Error?.Traceback is { Length: > 0 } traceback)
        {
            text.Append('\n').Append(traceback.TrimEnd());
        }
        return new AdapterLoadException(text.ToString(), Name, _options.Adapter, failure?.Error, worker.Death);
    }

    private static void AppendOutput(StringBuilder text, DeathReport? death)
    {
        if (death is { LastOutput.Count: > 0 })
        {
            text.Append("\nIts last output:");
            foreach (string line in death.LastOutput.TakeLast(ShownOutputLines))
            {
                text.Append("\n  ").Append(line.AsSpan(0, Math.Min(line.Length, ShownLineLength)));
            }
        }
    }

    private static string Text(TimeSpan span) => span == Timeout.InfiniteTimeSpan ? "infinite" : span.TotalSeconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s")
        : string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0.###} ms");
}
