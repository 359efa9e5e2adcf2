using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Snakepit.Resilience;

namespace Snakepit.Pools;

/// <summary>
/// The calls of a pool, with the retries and the circuit breaker that its options ask for, or with the user's own pipeline. Without them,
/// calls go straight to the pool. A reload may change what the options ask for: calls that have begun keep their pipeline.
/// </summary>
internal sealed class ResilientCalls : IToolInvoker
{
    private static readonly ToolCallOptions s_noOptions = new();
    private readonly PoolReporter _reporter;
    private readonly TimeProvider _time;
    private PoolSettings _settings; // those that the pipeline was made from
    private volatile CallPipeline? _pipeline;

    public ResilientCalls(WorkerPool pool, PoolReporter reporter, TimeProvider time)
    {
        (Pool, _reporter, _time) = (pool, reporter, time);
        _settings = pool.Settings;
        _pipeline = CallPipeline.Create(_settings.Options, time, reporter);
        pool.Adopted += Adopt;
    }

    /// <summary>The pool that runs the calls.</summary>
    public WorkerPool Pool { get; }

    /// <summary>The state of the circuit breaker; null without one.</summary>
    public BreakerState? Breaker => _pipeline?.Breaker;

    public ValueTask ExecuteAsync(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _pipeline is { } pipeline
            ? RunAsync(pipeline, tool, arguments, options, cancellationToken)
            : Pool.ExecuteAsync(tool, arguments, options, cancellationToken);

    public ValueTask<T> ExecuteAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _pipeline is { } pipeline
            ? RunAsync<T>(pipeline, tool, arguments, options, cancellationToken)
            : Pool.ExecuteAsync<T>(tool, arguments, options, cancellationToken);

    public ValueTask<CallResult<T>> TryExecuteAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _pipeline is { } pipeline
            ? TryRunAsync<T>(pipeline, tool, arguments, options, cancellationToken)
            : Pool.TryExecuteAsync<T>(tool, arguments, options, cancellationToken);

    public IAsyncEnumerable<T> StreamAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tool);
        return _pipeline is { } pipeline
            ? ReadAsync<T>(pipeline, tool, arguments, options ?? s_noOptions, cancellationToken)
            : Pool.StreamAsync<T>(tool, arguments, options, cancellationToken);
    }

    /// <summary>The pool has other settings. A circuit breaker that they leave as it is keeps its state.</summary>
    private void Adopt()
    {
        PoolSettings next = Pool.Settings;
        if (!IsSame("Retry.") || !IsSame("Breaker."))
        {
            _pipeline = CallPipeline.Create(next.Options, _time, _reporter);
        }
        _settings = next;

        bool IsSame(string group) => Of(_settings, group).SequenceEqual(Of(next, group));

        static IEnumerable<KeyValuePair<string, string>> Of(PoolSettings settings, string group) =>
            settings.Described.Where(option => option.Key.StartsWith(group, StringComparison.Ordinal));
    }

    private async ValueTask RunAsync(
        CallPipeline pipeline, string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        await RunAsync<NoResult>(pipeline, tool, arguments, options, cancellationToken).ConfigureAwait(false);

    private async ValueTask<T> RunAsync<T>(
        CallPipeline pipeline, string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        (await TryRunAsync<T>(pipeline, tool, arguments, options, cancellationToken).ConfigureAwait(false)).GetValueOrThrow();

    private async ValueTask<CallResult<T>> TryRunAsync<T>(
        CallPipeline pipeline, string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        ToolCallOptions call = options ?? s_noOptions;
        CallResult<T> last = default;
        Exception? mistake = null;
        Outcome<T> outcome = await pipeline.RunAsync(
            async (timeout, token) =>
            {
                try
                {
                    last = await Pool.TryExecuteAsync<T>(tool, arguments, call with { Timeout = timeout }, token).ConfigureAwait(false);
                    return last.Succeeded ? Polly.Outcome.FromResult(last.Value!) : Polly.Outcome.FromException<T>(last.Error);
                }
                catch (Exception thrown)
                {
                    return Polly.Outcome.FromException<T>(mistake = thrown); // the caller's mistake: no call of the pool's
                }
            },
            call.Timeout ?? Pool.Settings.Options.Call.Timeout,
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
            BrokenCircuitException broken when pipeline.IsBuiltIn => new CallResult<T>(
                CallOutcome.Rejected, CircuitOpen(tool, broken)),
            OperationCanceledException cancelled => new CallResult<T>(CallOutcome.Cancelled, cancelled),
            TimeoutRejectedException late => new CallResult<T>(CallOutcome.TimedOut, late),
            { } refused => new CallResult<T>(CallOutcome.Rejected, refused), // by a strategy of the user's
        };
    }

    private async IAsyncEnumerable<T> ReadAsync<T>(
        CallPipeline pipeline, string tool, ToolArguments arguments, ToolCallOptions call,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        // The state belongs to one enumeration.
        var stream = new ResilientStream<T>(
            pipeline, (timeout, token) => Pool.StreamAsync<T>(tool, arguments, call with { Timeout = timeout }, token));
        await foreach (T item in stream.ReadAsync(_time, call.Timeout ?? Timeout.InfiniteTimeSpan, Explain, cancellation)
            .ConfigureAwait(false))
        {
            yield return item;
        }

        Exception Explain(Exception failure) =>
            failure is BrokenCircuitException broken && pipeline.IsBuiltIn ? CircuitOpen(tool, broken) : failure;
    }

    private CircuitOpenException CircuitOpen(string tool, BrokenCircuitException broken)
    {
        _reporter.Refused();
        BreakerOptions breaker = Pool.Settings.Options.Breaker;
        TimeSpan retryAfter = broken.RetryAfter ?? breaker.Duration;
        string message = string.Create(
            CultureInfo.InvariantCulture,
            $"Pool '{Pool.Name}' refused '{tool}': {breaker.FailureRatio * 100:0.#} % or more of its calls failed within "
            + $"{Shown.Duration(breaker.Window)} (Breaker.FailureRatio, Breaker.Window). "
            + $"It lets one through in {Shown.Duration(retryAfter)} (Breaker.Duration). "
            + $"The last failure: {broken.InnerException?.Message ?? "unknown"}");
        return new CircuitOpenException(message, broken.InnerException) { Pool = Pool.Name, RetryAfter = retryAfter };
    }
}
