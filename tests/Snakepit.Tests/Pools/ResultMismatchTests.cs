using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Pools;

/// <summary>Results that do not fit the type that the caller asked for.</summary>
[Trait("Rule", "L1")]
public sealed class ResultMismatchTests
{
    [Fact]
    public async Task Execute_throws_what_was_asked_for_what_came_and_where()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Answer(fixture, new Dictionary<string, object?> { ["rows"] = new object?[] { 1, "x" } });

        ToolResultException error = await Assert.ThrowsAsync<ToolResultException>(
            () => fixture.CallAsync<Dictionary<string, int[]>>("answer"));

        Assert.Equal(
            "Tool 'answer' of pool 'text': The result cannot be read as Dictionary<string, int[]>: "
                + "Python sent a dict with the key 'rows', and at $.rows[1] a str where int is wanted.",
            error.Message);
        Assert.Equal(("text", "answer", new WorkerId("text", 0, 1)), (error.Pool, error.Tool, error.Worker));
        Assert.Equal(
            (typeof(Dictionary<string, int[]>), "a dict with the key 'rows'", "$.rows[1]"), (error.ResultType, error.Received, error.Path));
        Assert.IsAssignableFrom<JsonException>(error.InnerException);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task Execute_of_an_array_tells_its_element_type_and_shape()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Answer(fixture, NdArray.From<double>([1, 2, 3, 4, 5, 6], [2, 3]));

        ToolResultException error = await Assert.ThrowsAsync<ToolResultException>(() => fixture.CallAsync<double[]>("answer"));

        Assert.Equal(("an array of float64 with shape (2, 3)", "$"), (error.Received, error.Path));
    }

    [Fact]
    public async Task Execute_as_an_array_or_a_table_of_what_is_neither_throws()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Answer(fixture, 1);

        Assert.Equal(
            typeof(NdArray), (await Assert.ThrowsAsync<ToolResultException>(() => fixture.CallAsync<NdArray>("answer"))).ResultType);
        Assert.Equal(
            typeof(ValueTable), (await Assert.ThrowsAsync<ToolResultException>(() => fixture.CallAsync<ValueTable>("answer"))).ResultType);
    }

    [Fact]
    public async Task TryExecute_returns_it_as_an_outcome_without_a_throw()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Answer(fixture, "x");

        CallResult<int> result = await fixture.Pool.TryExecuteAsync<int>("answer", default, null, CancellationToken.None);

        Assert.Equal((CallOutcome.ResultMismatch, false, 0), (result.Outcome, result.Succeeded, result.Value));
        Assert.Null(Assert.IsType<ToolResultException>(result.Error).StackTrace);
        Assert.Throws<ToolResultException>(() => result.GetValueOrThrow());
    }

    [Fact]
    public async Task It_is_counted_as_its_own_outcome_and_once()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using var calls = new MetricCollector<double>(fixture.Meters, TelemetryNames.Meter, TelemetryNames.CallDuration);
        Answer(fixture, "x");

        await Assert.ThrowsAsync<ToolResultException>(() => fixture.CallAsync<int>("answer"));
        await fixture.CallAsync<string>("answer");
        await fixture.CallAsync("answer");

        Assert.Equal(["result_mismatch", "ok", "ok"], calls.GetMeasurementSnapshot().Select(static call => call.Tags["outcome"]));
    }

    [Fact]
    public async Task The_worker_is_not_blamed_and_serves_on()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => p.Recycle.MaxConsecutiveErrors = 1);
        Answer(fixture, "x");

        await Assert.ThrowsAsync<ToolResultException>(() => fixture.CallAsync<int>("answer"));

        Assert.Equal(42, await fixture.AddAsync());
        WorkerSnapshot worker = Assert.Single(fixture.Now.Workers);
        Assert.Equal((1, 0, null), (worker.Id.Generation, worker.ConsecutiveErrors, worker.RecycleReason));
    }

    [Fact]
    public async Task It_is_neither_repeated_nor_held_against_the_pool()
    {
        int runs = 0;
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p =>
        {
            p.Retry.MaxRetries = 3;
            (p.Breaker.FailureRatio, p.Breaker.MinimumCalls) = (0.1, 2);
        });
        fixture.Workers.Add("answer", _ => Interlocked.Increment(ref runs) > 0 ? "x" : null);

        for (int i = 0; i < 4; i++)
        {
            CallResult<int> result = await fixture.Face.TryExecuteAsync<int>("answer", default, null, CancellationToken.None);
            Assert.Equal(CallOutcome.ResultMismatch, result.Outcome);
        }

        Assert.Equal((4, BreakerState.Closed), (runs, fixture.Now.Breaker));
    }

    [Fact]
    public async Task What_the_type_itself_refuses_does_not_fit_either()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Answer(fixture, new Dictionary<string, object?> { ["Age"] = -1 });

        CallResult<Person> result = await fixture.Pool.TryExecuteAsync<Person>("answer", default, null, CancellationToken.None);

        ToolResultException error = Assert.IsType<ToolResultException>(result.Error);
        Assert.Contains("The type refused a value with ArgumentOutOfRangeException: ", error.Message, StringComparison.Ordinal);
        Assert.IsType<ArgumentOutOfRangeException>(error.GetBaseException());
    }

    [Fact]
    public async Task A_type_that_no_value_fits_is_a_mistake_of_the_caller()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Answer(fixture, "x");

        await Assert.ThrowsAsync<NotSupportedException>(
            async () => await fixture.Pool.TryExecuteAsync<IntPtr>("answer", default, null, CancellationToken.None));

        Assert.Equal(42, await fixture.AddAsync());
    }

    private static void Answer(PoolFixture fixture, object? value) => fixture.Workers.Add("answer", _ => value);

    public sealed record Person
    {
        public Person(int age)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(age);
            Age = age;
        }

        public int Age { get; }
    }
}
