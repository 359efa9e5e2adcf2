using System.Globalization;
using Polly;
using Polly.CircuitBreaker;
using Snakepit.Resilience;

namespace Snakepit.Pools;

/// <content>Calls that are repeated or refused by a pipeline. Without one a call pays for none of it.</content>
internal sealed partial class WorkerPool
{
    private static readonly ToolCallOptions s_noOptions = new();
    private readonly CallPipeline? _pipeline;

    private async ValueTask<T> RunInPipelineAsync<T>(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        ToolCallOptions call = options ?? s_noOptions;
        Outcome<T> outcome = await _pipeline!.RunAsync(
            async (timeout, token) =>
            {
                try
                {
                    return Outcome.FromResult(await RunOnceAsync<T>(tool, arguments, call with { Timeout = timeout }, token).ConfigureAwait(false));
                }
                catch (Exception e)
                {
                    return Outcome.FromException<T>(e);
                }
            },
            call.Timeout ?? _options.Call.Timeout,
            _time,
            cancellationToken).ConfigureAwait(false);
        if (outcome.Exception is BrokenCircuitException broken && _options.Pipeline is null)
        {
            _reporter.Refused();
            throw CircuitOpen(tool, broken);
        }
        outcome.ThrowIfException();
        return outcome.Result!;
    }

    private CircuitOpenException CircuitOpen(string tool, BrokenCircuitException broken)
    {
        TimeSpan retryAfter = broken.RetryAfter ?? _options.Breaker.Duration;
        string message = string.Create(
            CultureInfo.InvariantCulture,
            $"Pool '{Name}' refused '{tool}': {_options.Breaker.FailureRatio * 100:0.#} % or more of its calls failed within {Text(_options.Breaker.Window)} (Breaker.FailureRatio, Breaker.Window). "
            + $"It lets one through in {Text(retryAfter)} (Breaker.Duration). The last failure: {broken.InnerException?.Message ?? "unknown"}");
        return new CircuitOpenException(message, Name, retryAfter, broken.InnerException);
    }
}
