using Microsoft.Extensions.Logging.Testing;
using Polly;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Pools;

/// <summary>Calls in a pool with retries or a circuit breaker.</summary>
public sealed class ResilienceTests
{
    [Fact]
    public async Task An_open_circuit_refuses_calls_with_the_numbers_and_the_last_failure_until_one_succeeds()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => (p.Breaker.FailureRatio, p.Breaker.MinimumCalls) = (0.5, 4));
        Assert.Equal(BreakerState.Closed, fixture.Now.Breaker);
        for (int i = 0; i < 2; i++)
        {
            await fixture.AddAsync(); // a worker that has answered is replaced without a backoff
            await Assert.ThrowsAsync<WorkerLostException>(() => fixture.CallAsync("die"));
            await fixture.ReadyAsync();
        }

        CircuitOpenException refused = await Assert.ThrowsAsync<CircuitOpenException>(() => fixture.AddAsync());

        Assert.Equal(BreakerState.Open, fixture.Now.Breaker);
        Assert.StartsWith(
            "Pool 'text' refused 'add': 50 % or more of its calls failed within 30 s (Breaker.FailureRatio, Breaker.Window). "
                + "It lets one through in 5 s (Breaker.Duration).",
            refused.Message, StringComparison.Ordinal);
        Assert.Equal(("text", fixture.Options.Breaker.Duration, true), (refused.Pool, refused.RetryAfter, refused.IsTransient));
        Assert.IsType<WorkerLostException>(refused.InnerException);
        Assert.Single(Logged(fixture, EventIds.CircuitOpened));
        fixture.Time.Advance(fixture.Options.Breaker.Duration);
        await fixture.ReadyAsync();
        Assert.Equal(42, await fixture.AddAsync());
        Assert.Equal(BreakerState.Closed, fixture.Now.Breaker);
        Assert.Single(Logged(fixture, EventIds.CircuitClosed));
    }

    [Fact]
    public async Task A_pipeline_of_the_user_is_around_every_call()
    {
        var seen = new List<string>();
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Pipeline = new ResiliencePipelineBuilder()
            .AddStrategy(_ => new Observing(seen), new Described())
            .Build());

        await Assert.ThrowsAsync<ToolException>(() => fixture.CallAsync("fail"));
        Assert.Equal(42, await fixture.AddAsync());

        Assert.Equal(["ToolException", "-"], seen);
    }

    [Fact]
    public async Task A_cancelled_call_in_a_pipeline_carries_the_callers_own_token()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Retry.MaxRetries = 3);
        using var caller = new CancellationTokenSource();
        Task<int> call = fixture.BeginFor(caller);

        await caller.CancelAsync();

        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(caller.Token, cancelled.CancellationToken);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public async Task An_idempotent_call_is_run_MaxAttempts_times_at_most(int most, int generation)
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Call.MaxAttempts = most);

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(
            () => fixture.Pool.ExecuteAsync("die", default, new ToolCallOptions { Idempotent = true }, CancellationToken.None).AsTask());

        Assert.Equal(generation, lost.Worker.Generation);
        Assert.True(lost.IsTransient);
    }

    private static IEnumerable<FakeLogRecord> Logged(PoolFixture fixture, int id) =>
        fixture.Logs.GetSnapshot().Where(record => record.Id.Id == id);

    private sealed class Described : ResilienceStrategyOptions;

    /// <summary>Records the outcomes of calls.</summary>
    private sealed class Observing(List<string> seen) : ResilienceStrategy
    {
        protected override async ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
            Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
        {
            Outcome<TResult> outcome = await callback(context, state);
            seen.Add(outcome.Exception?.GetType().Name ?? "-");
            return outcome;
        }
    }
}
