using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Snakepit.Resilience;

/// <summary>Runs a pool's retries and circuit breaker around its calls, or the user's own pipeline instead.</summary>
internal sealed class CallPipeline
{
    private static readonly ResiliencePropertyKey<CallTime> s_time = new("snakepit.call.time");
    private readonly ResiliencePipeline _pipeline;
    private readonly TimeSpan? _attemptTimeout;
    private readonly CircuitBreakerStateProvider? _circuit;

    private CallPipeline(ResiliencePipeline pipeline, TimeSpan? attemptTimeout, CircuitBreakerStateProvider? circuit)
    {
        _pipeline = pipeline;
        _attemptTimeout = attemptTimeout;
        _circuit = circuit;
    }

    /// <summary>Whether the pool's options describe the pipeline; false for the user's own.</summary>
    public bool IsBuiltIn { get; private init; }

    /// <summary>The state of the breaker; null when there is none.</summary>
    public BreakerState? Breaker => _circuit?.CircuitState switch
    {
        null => null,
        CircuitState.Closed => BreakerState.Closed,
        CircuitState.HalfOpen => BreakerState.HalfOpen,
        _ => BreakerState.Open,
    };

    /// <summary>Creates the pipeline of the options; returns null when they ask for none, so that calls do not pay for it.</summary>
    public static CallPipeline? Create(PoolOptions options, TimeProvider time, ICallPipelineEvents events)
    {
        if (options.Pipeline is { } own)
        {
            return new CallPipeline(own, null, null);
        }
        RetryOptions retry = options.Retry;
        bool breaks = options.Breaker.FailureRatio is not null;
        if (retry is { MaxRetries: 0, AttemptTimeout: null } && !breaks)
        {
            return null;
        }
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        if (retry.MaxRetries > 0)
        {
            builder.AddRetry(Describe(retry, events));
        }
        CircuitBreakerStateProvider? circuit = breaks ? new() : null;
        if (circuit is not null)
        {
            builder.AddCircuitBreaker(Describe(options.Breaker, circuit, events));
        }
        return new CallPipeline(builder.Build(), retry.AttemptTimeout, circuit) { IsBuiltIn = true };
    }

    /// <summary>
    /// Runs a call as often as the pipeline says. Each attempt gets the time that it may take: never more than the call has left.
    /// </summary>
    public ValueTask<Outcome<T>> RunAsync<T>(
        Func<TimeSpan, CancellationToken, ValueTask<Outcome<T>>> attempt, TimeSpan timeout, TimeProvider clock,
        CancellationToken cancellationToken) =>
        RunAsync(attempt, new CallTime(clock, timeout), _attemptTimeout, cancellationToken);

    /// <summary>Runs a stream, as a whole, as often as the pipeline says. An attempt has no limit of its own.</summary>
    /// <param name="attempt">Reads the stream to its end.</param>
    /// <param name="time">The time of the stream, and whether it may begin again.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    public ValueTask<Outcome<T>> RunStreamAsync<T>(
        Func<TimeSpan, CancellationToken, ValueTask<Outcome<T>>> attempt, CallTime time, CancellationToken cancellationToken) =>
        RunAsync(attempt, time, limit: null, cancellationToken);

    private async ValueTask<Outcome<T>> RunAsync<T>(
        Func<TimeSpan, CancellationToken, ValueTask<Outcome<T>>> attempt, CallTime time, TimeSpan? limit,
        CancellationToken cancellationToken)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        context.Properties.Set(s_time, time);
        try
        {
            return await _pipeline.ExecuteOutcomeAsync(
                static async (context, x) =>
                {
                    if (x.time.LastFailure is { } last && x.time.Remaining <= TimeSpan.Zero)
                    {
                        return Polly.Outcome.FromException<T>(last); // it says more than that there is no time for another attempt
                    }
                    Outcome<T> outcome = await x.attempt(x.time.ForAttempt(x.limit), context.CancellationToken).ConfigureAwait(false);
                    x.time.LastFailure = outcome.Exception;
                    return outcome;
                },
                context,
                (attempt, time, limit)).ConfigureAwait(false);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static RetryStrategyOptions Describe(RetryOptions retry, ICallPipelineEvents events) => new()
    {
        MaxRetryAttempts = retry.MaxRetries,
        Delay = retry.Delay,
        MaxDelay = retry.MaxDelay,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        ShouldHandle = args => ValueTask.FromResult(
            args.Outcome.Exception is SnakepitException { IsTransient: true } and not CircuitOpenException
            && args.Context.Properties.TryGetValue(s_time, out CallTime? time) && time.MayRepeat && time.Remaining > retry.Delay),
        OnRetry = args =>
        {
            events.OnRetry();
            return default;
        },
    };

    private static CircuitBreakerStrategyOptions Describe(
        BreakerOptions breaker, CircuitBreakerStateProvider circuit, ICallPipelineEvents events) => new()
    {
        FailureRatio = breaker.FailureRatio!.Value,
        MinimumThroughput = breaker.MinimumCalls,
        SamplingDuration = breaker.Window,
        BreakDuration = breaker.Duration,
        StateProvider = circuit,
        ShouldHandle = static args => ValueTask.FromResult(
            args.Outcome.Exception
                is WorkerLostException or AdapterLoadException or CallTimeoutException { Execution: CallExecution.MayHaveRun }),
        OnOpened = args =>
        {
            events.OnCircuitOpened(args.BreakDuration, args.Outcome.Exception);
            return default;
        },
        OnClosed = args =>
        {
            events.OnCircuitClosed();
            return default;
        },
    };
}
