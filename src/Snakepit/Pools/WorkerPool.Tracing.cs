using System.Diagnostics;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <content>Calls as spans, on a path of their own: without listeners a call pays for none of it.</content>
internal sealed partial class WorkerPool
{
    private async ValueTask<T> TraceAsync<T>(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        Activity? activity = SnakepitTracing.StartCall(Name, tool);
        try
        {
            T result = await RunAsync<T>(tool, arguments, options, cancellationToken).ConfigureAwait(false);
            SnakepitTracing.EndCall(activity, CallOutcome.Ok);
            return result;
        }
        catch (Exception error)
        {
            if (ToCounted(error) is { } outcome)
            {
                SnakepitTracing.EndCall(activity, outcome, error.Message);
            }
            else
            {
                activity?.SetStatus(ActivityStatusCode.Error, error.Message).Dispose(); // the caller's mistake: no call of the pool's
            }
            throw;
        }
    }

    private static CallOutcome? ToCounted(Exception error) => error switch
    {
        ToolException => CallOutcome.ToolError,
        PoolSaturatedException => CallOutcome.Rejected,
        CallTimeoutException => CallOutcome.TimedOut,
        OperationCanceledException => CallOutcome.Cancelled,
        WorkerLostException => CallOutcome.WorkerLost,
        AdapterLoadException => CallOutcome.Failing,
        ObjectDisposedException => CallOutcome.Stopped,
        _ => null,
    };
}
