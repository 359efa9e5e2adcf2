using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Snakepit.Telemetry;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Calls that wait until the queue has room, instead of being rejected.</summary>
[Trait("Rule", "L4")]
public sealed class WaitingRoomTests
{
    [Fact]
    public async Task Calls_that_find_the_queue_full_wait_for_room_and_run_in_their_order()
    {
        await using PoolFixture fixture = await StartAsync();
        Task<int>[] calls = [.. Enumerable.Range(0, 6).Select(_ => fixture.Begin())];

        Assert.Equal((1, 1, 4), (fixture.Now.Running, fixture.Now.QueueLength, fixture.Now.WaitingForRoom));
        Assert.Equal((2L, 0L), (fixture.Now.Accepted, fixture.Now.Rejected));
        for (int i = 0; i < calls.Length; i++)
        {
            // The calls that the queue admits are submitted on a thread of the thread pool.
            await fixture.UntilAsync(now => now.Accepted == Math.Min(calls.Length, i + 2));
            fixture.NextSlow().Return(i);
            Assert.Equal(i, await calls[i]);
        }
        Assert.Equal((0, 0, 6L, 0L), (fixture.Now.QueueLength, fixture.Now.WaitingForRoom, fixture.Now.Accepted, fixture.Now.Rejected));
    }

    [Fact]
    public async Task A_higher_priority_enters_first()
    {
        await using PoolFixture fixture = await StartAsync();
        _ = fixture.Begin();
        _ = fixture.Begin();
        Task<int> usual = fixture.Begin();
        Task<int> urgent = fixture.Begin(new ToolCallOptions { Priority = 5 });

        await AnswerAsync(fixture, 2);
        await AnswerAsync(fixture, 3);
        await AnswerAsync(fixture, 4);

        Assert.Equal(4, await urgent);
        Assert.False(usual.IsCompleted);
    }

    [Fact]
    public async Task Keys_take_turns_in_front_of_the_queue_too()
    {
        await using PoolFixture fixture = await StartAsync(static p => p.Queue.Fairness = QueueFairness.RoundRobin);
        _ = fixture.Begin();
        _ = fixture.Begin(Of("many"));
        Task<int>[] many = [.. Enumerable.Range(0, 5).Select(_ => fixture.Begin(Of("many")))];
        Task<int> single = fixture.Begin(Of("single"));

        for (int i = 0; i < 4; i++)
        {
            await AnswerAsync(fixture, 2 + i);
        }

        Assert.Equal(5, await single);
        Assert.All(many.Skip(1), static call => Assert.False(call.IsCompleted));
    }

    [Fact]
    public async Task The_limit_per_key_counts_those_that_wait_for_room_and_still_rejects()
    {
        await using PoolFixture fixture = await StartAsync(static p => p.Queue.LimitPerKey = 2);
        _ = fixture.Begin();
        _ = fixture.Begin(Of("a"));
        _ = fixture.Begin(Of("a"));
        Task other = fixture.Begin(Of("b"));

        PoolSaturatedException error = await Assert.ThrowsAsync<PoolSaturatedException>(() => fixture.Begin(Of("a")));

        Assert.Equal((SaturationReason.KeyQueueFull, 2, 2), (error.Reason, error.QueueLength, error.Limit));
        Assert.Equal((2, 1L), (fixture.Now.WaitingForRoom, fixture.Now.Rejected));
        Assert.False(other.IsCompleted);
    }

    [Fact]
    public async Task A_call_that_waits_for_room_ends_at_its_own_timeout()
    {
        await using PoolFixture fixture = await StartAsync();
        _ = fixture.Begin();
        _ = fixture.Begin();
        Task late = fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromSeconds(7) });

        fixture.Time.Advance(TimeSpan.FromSeconds(7) - PoolFixture.Tick);
        Assert.False(late.IsCompleted);
        fixture.Time.Advance(PoolFixture.Tick * 2);

        CallTimeoutException error = await Assert.ThrowsAsync<CallTimeoutException>(() => late);
        Assert.Equal(CallExecution.NotStarted, error.Execution);
        Assert.Contains("was not started within its 7 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, fixture.Now.WaitingForRoom);
    }

    [Fact]
    public async Task An_explicit_queue_timeout_bounds_the_wait_for_room_and_in_the_queue_together()
    {
        await using PoolFixture fixture = await StartAsync(static p => p.Queue.Timeout = TimeSpan.FromSeconds(3));
        _ = fixture.Begin();
        Task queued = fixture.Begin();
        Task outside = fixture.Begin();
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        Task<int> younger = fixture.Begin();

        fixture.NextSlow().Return(0); // the queued call runs, and the next one enters
        await fixture.UntilAsync(static now => now.Accepted == 3);
        Assert.Equal(1, fixture.Now.WaitingForRoom);
        fixture.Time.Advance(TimeSpan.FromSeconds(1) + PoolFixture.Tick);

        PoolSaturatedException error = await Assert.ThrowsAsync<PoolSaturatedException>(() => outside);
        Assert.Equal(SaturationReason.QueueTimeout, error.Reason);
        Assert.Contains("within Queue.Timeout (3 s)", error.Message, StringComparison.Ordinal);
        Assert.False(queued.IsCompleted);
        Assert.False(younger.IsCompleted);
    }

    [Fact]
    public async Task Without_a_queue_timeout_of_its_own_a_waiting_pool_has_none()
    {
        await using PoolFixture fixture = await StartAsync();
        Assert.Equal("infinite", fixture.Now.Options["Queue.Timeout"]);
        _ = fixture.Begin();
        Task<int> queued = fixture.Begin();
        Task<int> outside = fixture.Begin();

        fixture.Time.Advance(TimeSpan.FromSeconds(50));
        await AnswerAsync(fixture, 2, 1);
        await AnswerAsync(fixture, 3, 2);
        await AnswerAsync(fixture, 3, 3);

        Assert.Equal((2, 3), (await queued, await outside));
    }

    [Fact]
    public async Task A_caller_who_gives_up_leaves_the_others_their_order()
    {
        await using PoolFixture fixture = await StartAsync();
        using CancellationTokenSource caller = new();
        _ = fixture.Begin();
        _ = fixture.Begin();
        Task<int> leaves = fixture.BeginFor(caller);
        Task<int> stays = fixture.Begin();

        await caller.CancelAsync();

        OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaves);
        Assert.Equal(caller.Token, error.CancellationToken);
        Assert.Equal(1, fixture.Now.WaitingForRoom);
        await AnswerAsync(fixture, 2, 1);
        await AnswerAsync(fixture, 3, 2);
        await AnswerAsync(fixture, 3, 3);
        Assert.Equal(3, await stays);
    }

    [Fact]
    public async Task A_caller_who_waited_for_room_can_cancel_in_the_queue_and_in_the_worker()
    {
        await using PoolFixture fixture = await StartAsync();
        using CancellationTokenSource caller = new();
        _ = fixture.Begin();
        _ = fixture.Begin();
        Task<int> call = fixture.BeginFor(caller);
        await AnswerAsync(fixture, 2, 1);
        await fixture.UntilAsync(static now => now is { Accepted: 3, QueueLength: 1 });

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(0, fixture.Now.QueueLength);
    }

    [Fact]
    public async Task A_stop_ends_the_calls_that_wait_for_room_as_it_ends_those_in_the_queue()
    {
        await using PoolFixture fixture = await StartAsync();
        _ = fixture.Begin();
        Task queued = fixture.Begin();
        Task outside = fixture.Begin();

        Task stopping = fixture.StopAsync();

        ObjectDisposedException first = await Assert.ThrowsAsync<ObjectDisposedException>(() => queued);
        ObjectDisposedException second = await Assert.ThrowsAsync<ObjectDisposedException>(() => outside);
        Assert.Equal(first.Message, second.Message);
        fixture.NextSlow().Return(0);
        await stopping;
    }

    [Fact]
    public async Task TryExecuteAsync_waits_too_and_tells_the_outcome()
    {
        await using PoolFixture fixture = await StartAsync();
        _ = fixture.Begin();
        _ = fixture.Begin();
        Task<CallResult<int>> runs = fixture.Pool.TryExecuteAsync<int>("slow", default, null, CancellationToken.None).AsTask();
        Task<CallResult<int>> stopped = fixture.Pool.TryExecuteAsync<int>("slow", default, null, CancellationToken.None).AsTask();
        await AnswerAsync(fixture, 2, 1);
        await AnswerAsync(fixture, 3, 2);
        await AnswerAsync(fixture, 4, 3);

        Assert.Equal(3, (await runs).Value);
        Task stopping = fixture.StopAsync();
        fixture.NextSlow().Return(4);
        Assert.Equal(CallOutcome.Succeeded, (await stopped).Outcome); // it ran when the pool began to stop
        await stopping;
    }

    [Fact]
    public async Task Arguments_that_cannot_be_sent_cost_the_place_nothing()
    {
        await using PoolFixture fixture = await StartAsync();
        _ = fixture.Begin();
        _ = fixture.Begin();
        Task<int> wrong = fixture.CallAsync<int>("slow", ToolArguments.Positional(new Action(static () => { })));
        Task<int> right = fixture.Begin();
        Assert.Equal(2, fixture.Now.WaitingForRoom);
        Assert.False(wrong.IsCompleted);

        await AnswerAsync(fixture, 2, 1);

        await Assert.ThrowsAsync<ArgumentException>(() => wrong);
        await AnswerAsync(fixture, 3, 2);
        await AnswerAsync(fixture, 3, 3);
        Assert.Equal(3, await right);
    }

    [Fact]
    public async Task Arguments_are_read_when_there_is_room_and_not_before()
    {
        await using PoolFixture fixture = await StartAsync();
        int read = 0;
        IEnumerable<int> Numbers()
        {
            read++;
            yield return 1;
        }
        _ = fixture.Begin();
        _ = fixture.Begin();
        Task<int> call = fixture.CallAsync<int>("slow", ToolArguments.Positional(Numbers()));
        Assert.Equal(0, read);

        await AnswerAsync(fixture, 2, 1);
        await AnswerAsync(fixture, 3, 2);

        Assert.Equal(1, read);
        await AnswerAsync(fixture, 3, 3);
        Assert.Equal(3, await call);
    }

    [Fact]
    public async Task Calls_that_wait_for_room_are_counted()
    {
        await using PoolFixture fixture = await StartAsync();
        using MetricCollector<int> waiting = new(fixture.Meters, TelemetryNames.Meter, TelemetryNames.WaitingForRoom);
        using MetricCollector<double> waits = new(fixture.Meters, TelemetryNames.Meter, TelemetryNames.QueueWait);
        Task<int> first = fixture.Begin();
        Task<int> second = fixture.Begin();
        Task<int> third = fixture.Begin();
        waiting.RecordObservableInstruments();
        Assert.Equal(1, waiting.LastMeasurement!.Value);

        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        await AnswerAsync(fixture, 2, 1);
        await AnswerAsync(fixture, 3, 2);
        await AnswerAsync(fixture, 3, 3);
        await Task.WhenAll(first, second, third);

        // Measured from the submission of the call, not from its admission.
        Assert.Equal([2, 2], waits.GetMeasurementSnapshot().Select(static wait => wait.Value));
    }

    [Fact]
    public async Task Twenty_thousand_calls_at_once_all_run()
    {
        const int Count = 20_000;
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static p => (p.Size, p.Queue.Limit, p.Queue.WhenFull) = (2, 1_000, QueueFullMode.Wait));
        Task<int>[] calls = [.. Enumerable.Range(0, Count).Select(_ => fixture.Begin())];
        Assert.Equal((2, 1_000, Count - 1_002), (fixture.Now.Running, fixture.Now.QueueLength, fixture.Now.WaitingForRoom));

        for (int i = 0; i < Count; i++)
        {
            HeldCall call = await fixture.Slow.NextAsync(TestContext.Current.CancellationToken);
            call.Return(i);
        }

        Assert.Equal(Enumerable.Range(0, Count), (await Task.WhenAll(calls)).Order());
        Assert.Equal(((long)Count, 0L, 0), (fixture.Now.Accepted, fixture.Now.Rejected, fixture.Now.WaitingForRoom));
    }

    private static ToolCallOptions Of(string key) => new() { FairnessKey = key };

    private static Task<PoolFixture> StartAsync(Action<PoolOptions>? configure = null) => PoolFixture.StartAsync(p =>
    {
        (p.Queue.Limit, p.Queue.WhenFull) = (1, QueueFullMode.Wait);
        configure?.Invoke(p);
    });

    /// <summary>
    /// Answers the running call once <paramref name="accepted"/> calls have been accepted. Admitted calls are submitted on other threads.
    /// </summary>
    private static async Task AnswerAsync(PoolFixture fixture, int accepted, int answer = 0)
    {
        await fixture.UntilAsync(now => now.Accepted >= accepted && now.Running == 1);
        fixture.NextSlow().Return(answer == 0 ? accepted : answer);
    }
}
