using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Snakepit.Telemetry;
using Snakepit.Testing;
using Snakepit.Tests.Telemetry;

namespace Snakepit.Tests.Pools;

/// <summary>Priorities, fairness keys, quotas and late calls as callers see them, and outcomes without exceptions.</summary>
[Collection(nameof(SpanListeners))]
[Trait("Rule", "L4")]
public sealed class AdmissionTests
{
    private static readonly ToolCallOptions s_patient = new() { Timeout = Timeout.InfiniteTimeSpan };

    [Fact]
    public async Task Calls_are_served_by_priority_and_keys_take_turns()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => p.Queue.Fairness = QueueFairness.RoundRobin);
        var order = new List<int>();
        fixture.Workers.Add("note", request => order.Add(request.Get<int>(0)));
        _ = fixture.Begin();
        (int Number, int Priority, string? Key)[] calls = [(2, 0, "a"), (4, 0, "a"), (5, 0, "a"), (3, 0, "b"), (1, 3, "a")];
        Task[] waiting =
        [
            .. calls.Select(call => fixture.Pool.ExecuteAsync(
                "note",
                ToolArguments.Positional(call.Number),
                new ToolCallOptions { Priority = call.Priority, FairnessKey = call.Key },
                CancellationToken.None).AsTask()),
        ];

        fixture.NextSlow().Return(1);
        await Task.WhenAll(waiting);

        Assert.Equal([1, 2, 3, 4, 5], order);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(-11)]
    public void A_priority_out_of_range_is_refused(int priority) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ToolCallOptions { Priority = priority });

    [Fact]
    public async Task A_key_with_its_own_limit_is_rejected_with_its_own_numbers()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => p.Queue.LimitPerKey = 1);
        var tenant = new ToolCallOptions { FairnessKey = "tenant-1" };
        _ = fixture.Begin();
        _ = fixture.Begin(tenant);

        PoolSaturatedException error = await Assert.ThrowsAsync<PoolSaturatedException>(() => fixture.Begin(tenant));

        Assert.Equal((SaturationReason.KeyQueueFull, 1, 1), (error.Reason, error.QueueLength, error.Limit));
        Assert.Equal(
            "Pool 'text' rejected 'slow': 1 calls of its FairnessKey wait and Queue.LimitPerKey is 1. "
                + "Raise Queue.LimitPerKey or Size, or send fewer calls.",
            error.Message);
        _ = fixture.Begin(new ToolCallOptions { FairnessKey = "tenant-2" });
        Assert.Equal(2, fixture.Now.QueueLength);
    }

    [Fact]
    public async Task No_more_calls_run_than_the_quota()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p =>
        {
            p.Size = 3;
            p.Call.MaxConcurrent = 2;
        });
        Task<int>[] calls = [.. Enumerable.Range(0, 3).Select(_ => fixture.Begin())];

        Assert.Equal((2, 1, 2), (fixture.Now.Running, fixture.Now.QueueLength, fixture.Now.MaxConcurrent));
        HeldCall first = fixture.NextSlow();
        fixture.NextSlow();
        first.Return(1);
        Assert.Equal(2, fixture.Now.Running);
        Assert.Equal(1, await await Task.WhenAny(calls));
    }

    [Fact]
    public async Task A_call_that_would_come_too_late_is_rejected_at_once_and_says_what_was_expected()
    {
        await using PoolFixture fixture = await PoolFixture.StartTaughtAsync(TimeSpan.FromSeconds(1));
        _ = fixture.Begin(s_patient);
        _ = fixture.Begin(s_patient);
        _ = fixture.Begin(s_patient);

        PoolSaturatedException error = await Assert.ThrowsAsync<PoolSaturatedException>(
            () => fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromSeconds(2.9) }));

        Assert.Equal((SaturationReason.TooLate, 2, TimeSpan.FromSeconds(2)), (error.Reason, error.QueueLength, error.ExpectedWait));
        Assert.Equal(
            "Pool 'text' rejected 'slow': 2 calls wait and those ahead take about 2 s, but the call's Timeout is 2.9 s and Queue.Timeout "
                + "is 5 s. Raise Size or one of these, or set Queue.RejectLate to false.",
            error.Message);
        _ = fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromSeconds(3.1) });
        Assert.Equal(3, fixture.Now.QueueLength);
    }

    [Fact]
    public async Task A_rejection_is_a_faulted_task_and_nothing_was_thrown_for_it()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => p.Queue.Limit = 1);
        _ = fixture.Begin();
        _ = fixture.Begin();

        ValueTask<int> rejected = fixture.Pool.ExecuteAsync<int>("slow", default, null, CancellationToken.None);

        Assert.True(rejected.IsFaulted);
        Exception error = Assert.IsType<PoolSaturatedException>(rejected.AsTask().Exception!.InnerException);
        Assert.Null(error.StackTrace); // an exception has a stack trace only when it is thrown
        Assert.Equal(SaturationReason.QueueFull, ((PoolSaturatedException)error).Reason);
    }

    [Fact]
    public async Task TryExecute_tells_every_outcome_and_throws_none()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => p.Queue.Limit = 1);
        CallResult<int> good = await TryAsync(fixture, "add", ToolArguments.Named(("a", 40), ("b", 2)));
        CallResult<int> raised = await TryAsync(fixture, "fail");
        using var caller = new CancellationTokenSource();
        ValueTask<CallResult<int>> running = TryAsync(fixture, "slow", default, new ToolCallOptions { Timeout = TimeSpan.FromSeconds(1) });
        ValueTask<CallResult<int>> waiting = fixture.Pool.TryExecuteAsync<int>("slow", default, null, caller.Token);
        CallResult<int> rejected = await TryAsync(fixture, "slow");
        await caller.CancelAsync();
        CallResult<int> cancelled = await waiting;
        CallResult<int> never = await fixture.Pool.TryExecuteAsync<int>("add", default, null, caller.Token);
        fixture.Time.Advance(TimeSpan.FromSeconds(1) + PoolFixture.Tick);
        CallResult<int> late = await running;

        Assert.True(good.Succeeded);
        Assert.Equal((42, null), (good.Value, good.Error));
        Assert.Equal(42, good.GetValueOrThrow());
        (CallOutcome, Type, bool)[] failures = [.. new[] { raised, rejected, cancelled, never, late }.Select(
            static result => (result.Outcome, result.Error!.GetType(), result.Succeeded))];
        Assert.Equal(
            [
                (CallOutcome.ToolError, typeof(ToolException), false), (CallOutcome.Rejected, typeof(PoolSaturatedException), false),
                (CallOutcome.Cancelled, typeof(OperationCanceledException), false),
                (CallOutcome.Cancelled, typeof(OperationCanceledException), false),
                (CallOutcome.TimedOut, typeof(CallTimeoutException), false),
            ],
            failures);
        Assert.All(new[] { raised, rejected, cancelled, never, late }, static result => Assert.Null(result.Error!.StackTrace));
        Assert.Equal(caller.Token, ((OperationCanceledException)cancelled.Error!).CancellationToken);
        Assert.Throws<ToolException>(() => raised.GetValueOrThrow());
    }

    [Fact]
    public async Task TryExecute_throws_mistakes_of_the_caller_and_of_nobody_else()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        await Assert.ThrowsAsync<ArgumentException>(async () => await TryAsync(fixture, ""));
        await Assert.ThrowsAsync<NotSupportedException>(
            async () => await fixture.Pool.TryExecuteAsync<IntPtr>(
                "add", ToolArguments.Named(("a", 1), ("b", 2)), null, CancellationToken.None));
        await fixture.StopAsync();
        CallResult<int> stopped = await TryAsync(fixture, "add");
        Assert.Equal((CallOutcome.PoolStopped, typeof(ObjectDisposedException)), (stopped.Outcome, stopped.Error!.GetType()));
    }

    [Fact]
    public async Task TryExecute_is_a_span_like_any_call()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        var spans = new ConcurrentQueue<Activity>(); // includes other tests' pools and threads
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == TelemetryNames.ActivitySource,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        await TryAsync(fixture, "fail");

        Assert.Contains(spans, static span => span.GetTagItem(TelemetryNames.OutcomeAttribute) is "tool_error");
    }

    [Fact]
    public async Task Rejections_are_counted_by_reason()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => p.Queue.Limit = 1);
        using var rejected = new MetricCollector<long>(fixture.Meters, TelemetryNames.Meter, TelemetryNames.CallsRejected);
        _ = fixture.Begin(s_patient);
        Task waiting = fixture.Begin(s_patient);
        await TryAsync(fixture, "slow");
        fixture.Time.Advance(fixture.Options.Queue.Timeout + PoolFixture.Tick);
        await Assert.ThrowsAsync<PoolSaturatedException>(() => waiting);

        Assert.Equal(
            ["queue_full", "queue_timeout"], rejected.GetMeasurementSnapshot().Select(static m => m.Tags[TelemetryNames.ReasonTag]));
    }

    private static ValueTask<CallResult<int>> TryAsync(
        PoolFixture fixture, string tool, ToolArguments arguments = default, ToolCallOptions? options = null) =>
        fixture.Pool.TryExecuteAsync<int>(tool, arguments, options, CancellationToken.None);
}
