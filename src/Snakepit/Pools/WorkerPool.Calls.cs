using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <content>Running calls: what their callers await. A call that is not admitted costs neither an asynchronous frame nor a throw.</content>
internal sealed partial class WorkerPool
{
    public ValueTask ExecuteAsync(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        ValueTask<Nothing> call = ExecuteAsync<Nothing>(tool, arguments, options, cancellationToken);
        return call.IsCompletedSuccessfully ? default : new ValueTask(call.AsTask());
    }

    public ValueTask<T> ExecuteAsync<T>(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        if (_pipeline is not null)
        {
            return RunInPipelineAsync<T>(tool, arguments, options, cancellationToken);
        }
        if (SnakepitTracing.HasListeners)
        {
            return TraceAsync<T>(tool, arguments, options, cancellationToken);
        }
        Submission submission;
        try
        {
            submission = Submit(tool, arguments, options, cancellationToken);
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

    public ValueTask<CallResult<T>> TryExecuteAsync<T>(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _pipeline is null
            ? TryRunOnceAsync<T>(tool, arguments, options, cancellationToken)
            : TryRunInPipelineAsync<T>(tool, arguments, options, cancellationToken);

    private ValueTask<CallResult<T>> TryRunOnceAsync<T>(string tool, in ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        SnakepitTracing.HasListeners ? TryTraceAsync<T>(tool, arguments, options, cancellationToken) : TryRunAsync<T>(tool, arguments, options, cancellationToken);

    private ValueTask<CallResult<T>> TryRunAsync<T>(string tool, in ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        Submission submission;
        try
        {
            submission = Submit(tool, arguments, options, cancellationToken);
        }
        catch (Exception mistake)
        {
            return FailAsync<CallResult<T>>(mistake);
        }
        return submission.MustWait ? TryRunWhenLetInAsync<T>(submission.Call!, arguments, options)
            : submission.Call is { } call ? TryRunAsync<T>(call)
            : new(new CallResult<T>(submission.Outcome, submission.Error!));
    }

    private async ValueTask<T> RunWhenLetInAsync<T>(UnaryCall call, ToolArguments arguments, ToolCallOptions? options)
    {
        Submission submission = await EnterAsync(call, arguments, options).ConfigureAwait(false);
        return submission.Call is { } entered ? await RunAsync<T>(entered).ConfigureAwait(false) : throw submission.Error!;
    }

    private async ValueTask<CallResult<T>> TryRunWhenLetInAsync<T>(UnaryCall call, ToolArguments arguments, ToolCallOptions? options)
    {
        Submission submission = await EnterAsync(call, arguments, options).ConfigureAwait(false);
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

    /// <summary>What a call that is over has come to, which is counted. The call is given back.</summary>
    /// <exception cref="NotSupportedException">There is no way to read <typeparamref name="T"/>.</exception>
    private CallResult<T> Conclude<T>(UnaryCall call)
    {
        CallOutcome outcome = PoolReporter.ToCounted(call.End.Outcome, call.End.Kind);
        try
        {
            return outcome == CallOutcome.Succeeded ? new CallResult<T>(Read<T>(call)) : new CallResult<T>(outcome, CreateException(call, call.End));
        }
        catch (JsonException error)
        {
            outcome = CallOutcome.ResultMismatch;
            return new CallResult<T>(outcome, Mismatch<T>(call, error));
        }
        finally
        {
            _reporter.Ended(call, outcome);
            Release(call);
        }
    }

    /// <summary>A task that ends as an asynchronous method does that throws: cancelled, when it is that.</summary>
    private static async ValueTask<T> FailAsync<T>(Exception error)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        ExceptionDispatchInfo.Throw(error);
        return default!;
    }

    private T Read<T>(UnaryCall call) => typeof(T) == typeof(Nothing) ? default! : _codecs.Of(call.ReplyFormat).Read<T>(call.Reply);

    private void Release(UnaryCall call)
    {
        if (call.TryReset())
        {
            _spareCalls.Return(call);
        }
    }

    /// <summary>The result type of a call whose result is dropped.</summary>
    private readonly struct Nothing;
}
