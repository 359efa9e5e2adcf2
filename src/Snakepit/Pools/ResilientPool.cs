using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Snakepit.Resilience;

namespace Snakepit.Pools;

/// <summary>
/// A pool whose calls a pipeline retries or refuses. Pools without a pipeline are not wrapped, so their calls do not pay for it.
/// </summary>
internal sealed class ResilientPool(
    WorkerPool pool, CallPipeline pipeline, PoolOptions options, PoolReporter reporter, TimeProvider time) : IWorkerPool
{
    private static readonly ToolCallOptions s_noOptions = new();

    /// <summary>Returns the pool as its users see it: with a pipeline around its calls, if its options ask for one.</summary>
    public static IWorkerPool Wrap(WorkerPool pool, PoolOptions options, PoolReporter reporter, TimeProvider time) =>
        CallPipeline.Create(options, time, reporter) is { } pipeline ? new ResilientPool(pool, pipeline, options, reporter, time) : pool;

    /// <summary>The pool that runs the calls.</summary>
    public WorkerPool Inner => pool;

    public string Name => pool.Name;

    public IReadOnlyList<ToolDescriptor> Tools => pool.Tools;

    public async ValueTask ExecuteAsync(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        await ExecuteAsync<NoResult>(tool, arguments, options, cancellationToken).ConfigureAwait(false);

    public async ValueTask<T> ExecuteAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        (await TryExecuteAsync<T>(tool, arguments, options, cancellationToken).ConfigureAwait(false)).GetValueOrThrow();

    public async ValueTask<CallResult<T>> TryExecuteAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? callOptions, CancellationToken cancellationToken)
    {
        ToolCallOptions call = callOptions ?? s_noOptions;
        CallResult<T> last = default;
        Exception? mistake = null;
        Outcome<T> outcome = await pipeline.RunAsync(
            async (timeout, token) =>
            {
                try
                {
                    last = await pool.TryExecuteAsync<T>(tool, arguments, call with { Timeout = timeout }, token).ConfigureAwait(false);
                    return last.Succeeded ? Polly.Outcome.FromResult(last.Value!) : Polly.Outcome.FromException<T>(last.Error);
                }
                catch (Exception thrown)
                {
                    return Polly.Outcome.FromException<T>(mistake = thrown); // the caller's mistake: no call of the pool's
                }
            },
            call.Timeout ?? pool.Settings.Options.Call.Timeout,
            time,
            cancellationToken).ConfigureAwait(false);
        if (mistake is not null && outcome.Exception == mistake)
        {
            ExceptionDispatchInfo.Throw(mistake);
        }
        return outcome.Exception switch
        {
            null => new CallResult<T>(outcome.Result!),
            { } error when error == last.Error => last,
            BrokenCircuitException broken when options.Pipeline is null => new CallResult<T>(
                CallOutcome.Rejected, CircuitOpen(tool, broken)),
            OperationCanceledException cancelled => new CallResult<T>(CallOutcome.Cancelled, cancelled),
            TimeoutRejectedException late => new CallResult<T>(CallOutcome.TimedOut, late),
            { } refused => new CallResult<T>(CallOutcome.Rejected, refused), // by a strategy of the user's
        };
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<T> StreamAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? callOptions, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tool);
        ToolCallOptions call = callOptions ?? s_noOptions;
        return Read(cancellationToken);

        async IAsyncEnumerable<T> Read([EnumeratorCancellation] CancellationToken cancellation)
        {
            // The state belongs to one enumeration.
            var stream = new ResilientStream<T>(
                pipeline, (timeout, token) => pool.StreamAsync<T>(tool, arguments, call with { Timeout = timeout }, token));
            await foreach (T item in stream.ReadAsync(time, call.Timeout ?? Timeout.InfiniteTimeSpan, Explain, cancellation)
                .ConfigureAwait(false))
            {
                yield return item;
            }
        }

        Exception Explain(Exception failure) =>
            failure is BrokenCircuitException broken && options.Pipeline is null ? CircuitOpen(tool, broken) : failure;
    }

    public IWorkerSession GetSession(string id, SessionAffinity? affinity, IReadOnlyDictionary<string, string>? metadata) =>
        pool.OpenSession(this, id ?? throw new ArgumentNullException(nameof(id)), affinity, metadata);

    public IOwnedWorkerSession CreateSession(SessionAffinity? affinity, IReadOnlyDictionary<string, string>? metadata) =>
        pool.OpenSession(this, null, affinity, metadata);

    public PoolSnapshot GetSnapshot() => pool.GetSnapshot() with { Breaker = pipeline.Breaker };

    public Task WaitUntilReadyAsync(int? workers, CancellationToken cancellationToken) =>
        pool.WaitUntilReadyAsync(workers, cancellationToken);

    public Task ResizeAsync(int size, CancellationToken cancellationToken) => pool.ResizeAsync(size, cancellationToken);

    public Task<RecycleReport> RecycleAsync(int? slot, CancellationToken cancellationToken) => pool.RecycleAsync(slot, cancellationToken);

    public Task<RecycleReport> RecycleAsync(WorkerId worker, CancellationToken cancellationToken) =>
        pool.RecycleAsync(worker, cancellationToken);

    public Task RenewZygoteAsync(CancellationToken cancellationToken) => pool.RenewZygoteAsync(cancellationToken);

    public bool CancelCall(ulong number) => pool.CancelCall(number);

    public Task<string?> ReadStacksAsync(WorkerId worker, CancellationToken cancellationToken) =>
        pool.ReadStacksAsync(worker, cancellationToken);

    public IReadOnlyList<ToolStatistics> GetToolStatistics() => pool.GetToolStatistics();

    public int LiftQuarantine(string? tool) => pool.LiftQuarantine(tool);

    public void Taint(int slot, TimeSpan duration) => pool.Taint(slot, duration);

    public int TaintDevice(string device, TimeSpan duration) => pool.TaintDevice(device, duration);

    public int LiftTaint(int? slot) => pool.LiftTaint(slot);

    public IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken) => pool.WatchAsync(cancellationToken);

    public string DumpTrace() => pool.DumpTrace();

    private CircuitOpenException CircuitOpen(string tool, BrokenCircuitException broken)
    {
        reporter.Refused();
        BreakerOptions breaker = options.Breaker;
        TimeSpan retryAfter = broken.RetryAfter ?? breaker.Duration;
        string message = string.Create(
            CultureInfo.InvariantCulture,
            $"Pool '{Name}' refused '{tool}': {breaker.FailureRatio * 100:0.#} % or more of its calls failed within "
            + $"{Shown.Duration(breaker.Window)} (Breaker.FailureRatio, Breaker.Window). "
            + $"It lets one through in {Shown.Duration(retryAfter)} (Breaker.Duration). "
            + $"The last failure: {broken.InnerException?.Message ?? "unknown"}");
        return new CircuitOpenException(message, broken.InnerException) { Pool = Name, RetryAfter = retryAfter };
    }
}
