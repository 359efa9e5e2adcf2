using System.Diagnostics;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <content>Calls as spans, on a path of their own: without listeners a call pays for none of it.</content>
internal sealed partial class WorkerPool
{
    private async ValueTask<T> TraceAsync<T>(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        (await TryTraceAsync<T>(tool, arguments, options, cancellationToken).ConfigureAwait(false)).GetValueOrThrow();

    private async ValueTask<CallResult<T>> TryTraceAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        Activity? activity = SnakepitTracing.StartCall(Name, tool);
        CallResult<T> result;
        try
        {
            result = await TryRunAsync<T>(tool, arguments, options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception mistake)
        {
            activity?.SetStatus(ActivityStatusCode.Error, Shown.Message(mistake)).Dispose(); // the caller's: no call of the pool's
            throw;
        }
        SnakepitTracing.EndCall(activity, result.Outcome, result.Error?.Message);
        return result;
    }
}
