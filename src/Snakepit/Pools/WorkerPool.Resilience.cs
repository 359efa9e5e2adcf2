using System.Globalization;
using System.Runtime.ExceptionServices;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Snakepit.Resilience;

namespace Snakepit.Pools;

/// <content>Calls that are repeated or refused by a pipeline. Without one a call pays for none of it.</content>
internal sealed partial class WorkerPool
{
    private static readonly ToolCallOptions s_noOptions = new();
    private readonly CallPipeline? _pipeline;

    private async ValueTask<T> RunInPipelineAsync<T>(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        (await TryRunInPipelineAsync<T>(tool, arguments, options, cancellationToken).ConfigureAwait(false)).GetValueOrThrow();

    private async ValueTask<CallResult<T>> TryRunInPipelineAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        ToolCallOptions call = options ?? s_noOptions;
        CallResult<T> last = default;
        Exception? mistake = null;
        Outcome<T> outcome = await _pipeline!.RunAsync(
            async (timeout, token) =>
            {
                try
                {
                    last = await TryRunOnceAsync<T>(tool, arguments, call with { Timeout = timeout }, token).ConfigureAwait(false);
                    return last.Succeeded ? Polly.Outcome.FromResult(last.Value!) : Polly.Outcome.FromException<T>(last.Error);
                }
                catch (Exception thrown)
                {
                    return Polly.Outcome.FromException<T>(mistake = thrown); // the caller's: no call of the pool's
                }
            },
            call.Timeout ?? _options.Call.Timeout,
            _time,
            cancellationToken).ConfigureAwait(false);
        if (mistake is not null && outcome.Exception == mistake)
        {
            ExceptionDispatchInfo.Throw(mistake);
        }
        return outcome.Exception switch
        {
            null => new CallResult<T>(outcome.Result!),
            { } error when error == last.Error => last,
            BrokenCircuitException broken when _options.Pipeline is null => new CallResult<T>(CallOutcome.Rejected, CircuitOpen(tool, broken)),
            OperationCanceledException cancelled => new CallResult<T>(CallOutcome.Cancelled, cancelled),
            TimeoutRejectedException late => new CallResult<T>(CallOutcome.TimedOut, late),
            { } refused => new CallResult<T>(CallOutcome.Rejected, refused), // by a strategy of the user's
        };
    }

    private CircuitOpenException CircuitOpen(string tool, BrokenCircuitException broken)
    {
        _reporter.Refused();
        TimeSpan retryAfter = broken.RetryAfter ?? _options.Breaker.Duration;
        string message = string.Create(
            CultureInfo.InvariantCulture,
            $"Pool '{Name}' refused '{tool}': {_options.Breaker.FailureRatio * 100:0.#} % or more of its calls failed within {Shown.Duration(_options.Breaker.Window)} (Breaker.FailureRatio, Breaker.Window). "
            + $"It lets one through in {Shown.Duration(retryAfter)} (Breaker.Duration). The last failure: {broken.InnerException?.Message ?? "unknown"}");
        return new CircuitOpenException(message, broken.InnerException) { Pool = Name, RetryAfter = retryAfter };
    }
}
