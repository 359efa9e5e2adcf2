using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <summary>
/// Runs calls for their callers. A call that is not admitted costs neither an asynchronous frame nor a throw, and without listeners a call
/// costs no span.
/// </summary>
internal sealed class CallInvoker(PoolContext pool, CallDesk desk, CallErrors errors, FactsReader facts)
{
    public ValueTask<T> ExecuteAsync<T>(
        string tool, in ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        if (SnakepitTracing.HasListeners)
        {
            return TraceAsync<T>(tool, arguments, options, cancellationToken);
        }
        Submission submission;
        try
        {
            submission = desk.Submit(tool, arguments, options, null, cancellationToken);
        }
        catch (Exception mistake)
        {
            return FailAsync<T>(mistake);
        }
        return submission switch
        {
            { MustWait: true } => RunWhenLetInAsync<T>(submission.Call!, arguments, options),
            { Call: { } call } => RunAsync<T>(call),
            { Outcome: CallOutcome.Cancelled } => FailAsync<T>(submission.Error!),
            _ => ValueTask.FromException<T>(submission.Error!),
        };
    }

    public ValueTask<CallResult<T>> TryExecuteAsync<T>(
        string tool, in ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        SnakepitTracing.HasListeners
            ? TryTraceAsync<T>(tool, arguments, options, cancellationToken)
            : TryRunAsync<T>(tool, arguments, options, cancellationToken);

    private ValueTask<CallResult<T>> TryRunAsync<T>(
        string tool, in ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        Submission submission;
        try
        {
            submission = desk.Submit(tool, arguments, options, null, cancellationToken);
        }
        catch (Exception mistake)
        {
            return FailAsync<CallResult<T>>(mistake);
        }
        return submission.MustWait ? TryRunWhenLetInAsync<T>(submission.Call!, arguments, options)
            : submission.Call is { } call ? TryRunAsync<T>(call)
            : new(new CallResult<T>(submission.Outcome, submission.Error!));
    }

    private async ValueTask<T> TraceAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        (await TryTraceAsync<T>(tool, arguments, options, cancellationToken).ConfigureAwait(false)).GetValueOrThrow();

    private async ValueTask<CallResult<T>> TryTraceAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        Activity? activity = SnakepitTracing.StartCall(pool.Name, tool);
        CallResult<T> result;
        try
        {
            result = await TryRunAsync<T>(tool, arguments, options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception mistake)
        {
            SnakepitTracing.Fail(activity, mistake); // the caller's mistake: no call of the pool's
            activity?.Dispose();
            throw;
        }
        SnakepitTracing.EndCall(activity, result.Outcome, result.Error?.Message);
        return result;
    }

    private async ValueTask<T> RunWhenLetInAsync<T>(UnaryCall call, ToolArguments arguments, ToolCallOptions? options)
    {
        Submission submission = await desk.EnterAsync(call, arguments, options).ConfigureAwait(false);
        return submission.Call is { } entered ? await RunAsync<T>(entered).ConfigureAwait(false) : throw submission.Error!;
    }

    private async ValueTask<CallResult<T>> TryRunWhenLetInAsync<T>(UnaryCall call, ToolArguments arguments, ToolCallOptions? options)
    {
        Submission submission = await desk.EnterAsync(call, arguments, options).ConfigureAwait(false);
        return submission.Call is { } entered
            ? await TryRunAsync<T>(entered).ConfigureAwait(false)
            : new CallResult<T>(submission.Outcome, submission.Error!);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T> RunAsync<T>(UnaryCall call)
    {
        await call.Completion.ConfigureAwait(false);
        return Conclude<T>(call).GetValueOrThrow();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CallResult<T>> TryRunAsync<T>(UnaryCall call)
    {
        await call.Completion.ConfigureAwait(false);
        return Conclude<T>(call);
    }

    /// <summary>Returns the result of a call that has ended, counts it, and releases the call.</summary>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> cannot be read.</exception>
    private CallResult<T> Conclude<T>(UnaryCall call)
    {
        CallOutcome outcome = KernelWords.ToPublic(call.End.Outcome, call.End.Kind);
        try
        {
            if (outcome == CallOutcome.Succeeded)
            {
                return new CallResult<T>(Read<T>(call));
            }
            Exception error = errors.Ended(call, facts.Read(call.End.Outcome, call.Input));
            outcome = error is SessionLostException ? CallOutcome.SessionLost : outcome;
            return new CallResult<T>(outcome, error);
        }
        catch (JsonException error)
        {
            outcome = CallOutcome.ResultMismatch;
            return new CallResult<T>(outcome, errors.Mismatch<T>(call, error));
        }
        finally
        {
            pool.Reporter.Ended(call, outcome);
            desk.Release(call);
        }
    }

    /// <summary>Returns a task that ends as an asynchronous method that throws: cancelled, when it is a cancellation.</summary>
    private static async ValueTask<T> FailAsync<T>(Exception error)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        ExceptionDispatchInfo.Throw(error);
        return default!;
    }

    private T Read<T>(UnaryCall call) => typeof(T) == typeof(NoResult) ? default! : pool.Codecs.Of(call.ReplyFormat).Read<T>(call.Reply);
}
