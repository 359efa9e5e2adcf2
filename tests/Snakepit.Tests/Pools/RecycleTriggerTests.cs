using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Every recycle reason, as the users of a pool see it.</summary>
[Trait("Rule", "L9")]
public sealed class RecycleTriggerTests
{
    [Fact]
    public async Task Ttl_worker_is_replaced_when_its_time_is_over()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static options => options.Recycle.Ttl = TimeSpan.FromMinutes(10));
        Assert.Equal(TimeSpan.FromMinutes(10), fixture.Now.Workers[0].EffectiveTtl);

        fixture.Time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(1, fixture.Now.Lifecycle.WorkersNearTtl);
        fixture.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(RecycleReason.TtlExpired, await fixture.NextRecycledAsync());
        Assert.Equal(2, fixture.Now.Workers.Single().Id.Generation);
    }

    [Fact]
    public async Task Ttl_of_slots_is_staggered_by_a_tenth_at_most()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static options => (options.Size, options.Recycle.Ttl) = (10, TimeSpan.FromMinutes(100)));

        TimeSpan?[] limits = [.. fixture.Now.Workers.Select(static worker => worker.EffectiveTtl)];

        Assert.Equal(10, limits.Distinct().Count());
        Assert.All(limits, static limit => Assert.InRange(limit!.Value, TimeSpan.FromMinutes(90), TimeSpan.FromMinutes(100)));
    }

    [Fact]
    public async Task Renewing_a_zygote_that_never_gets_ready_ends_with_the_time_to_boot()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static options => options.Boot.Timeout = TimeSpan.FromSeconds(30), new FaultyWorkers { ZygotesHang = true });
        Task renewed = fixture.Pool.RenewZygoteAsync(CancellationToken.None);

        fixture.Time.Advance(TimeSpan.FromSeconds(30) - PoolFixture.Tick);
        Assert.False(renewed.IsCompleted);
        fixture.Time.Advance(PoolFixture.Tick);

        await renewed.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Renewing_a_zygote_ends_when_it_is_ready_or_the_caller_gives_up()
    {
        using CancellationTokenSource caller = new();
        var workers = new FaultyWorkers();
        await using PoolFixture fixture = await PoolFixture.StartAsync(null, workers);
        await fixture.Pool.RenewZygoteAsync(CancellationToken.None).WaitAsync(TestContext.Current.CancellationToken);

        workers.ZygotesHang = true;
        Task renewed = fixture.Pool.RenewZygoteAsync(caller.Token);
        Assert.False(renewed.IsCompleted);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => renewed);
    }

    [Fact]
    public async Task Idle_worker_rests_and_comes_back_when_a_call_waits()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static options => (options.Size, options.Recycle.IdleTimeout) = (2, TimeSpan.FromMinutes(1)));

        fixture.Time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(RecycleReason.Idle, await fixture.NextRecycledAsync());
        Assert.Equal((2, 1, 1, PoolState.Ready), (fixture.Now.Size, fixture.Now.Ready, fixture.Now.Resting, fixture.Now.State));
        _ = fixture.Begin();
        Task<int> second = fixture.Begin();
        fixture.NextSlow().Return(1);
        fixture.NextSlow().Return(2);
        Assert.Equal(2, await second);
        Assert.Equal((2, 0), (fixture.Now.Ready, fixture.Now.Resting));
    }

    [Fact]
    public async Task Errors_in_a_row_replace_the_worker_and_a_result_between_begins_anew()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static options =>
            (options.Recycle.MaxConsecutiveErrors, options.Recycle.MinLifetime) = (3, TimeSpan.Zero));

        await FailAsync(fixture, 2);
        await fixture.AddAsync();
        await FailAsync(fixture, 2);
        Assert.Equal((1, 2), (fixture.Now.Workers.Single().Id.Generation, fixture.Now.Workers.Single().ConsecutiveErrors));
        await FailAsync(fixture, 1);

        Assert.Equal(RecycleReason.Errors, await fixture.NextRecycledAsync());
    }

    [Fact]
    public async Task Errors_of_a_fresh_worker_wait_for_its_least_life()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static options => options.Recycle.MaxConsecutiveErrors = 1);

        await FailAsync(fixture, 5);
        Assert.Equal(1, fixture.Now.Workers.Single().Id.Generation);
        fixture.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(RecycleReason.Errors, await fixture.NextRecycledAsync());
    }

    [Fact]
    public async Task Worker_that_asks_for_it_is_replaced()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        fixture.Workers.Get("text", 0).RequestRecycle();

        Assert.Equal(RecycleReason.WorkerRequested, await fixture.NextRecycledAsync());
    }

    [Fact]
    [Trait("Rule", "L13")]
    public async Task Check_that_returns_false_has_the_worker_replaced()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static options => (options.Health.CheckTool, options.Health.CheckInterval) = ("check", TimeSpan.FromMinutes(1)));
        fixture.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(RecycleReason.HealthCheckFailed, await fixture.NextRecycledAsync());
        HealthCheckFailedEvent failed = Assert.Single(fixture.Told.OfType<HealthCheckFailedEvent>());
        Assert.Equal((HealthFailureReason.CheckFailed, "'check' returned false"), (failed.Reason, failed.Detail));
        Assert.Equal(0, fixture.Now.Lifecycle.TotalRequests);
    }

    [Fact]
    [Trait("Rule", "L12")]
    public async Task Idle_worker_without_a_sign_of_life_is_killed_and_replaced()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        fixture.Workers.Get("text", 0).Hang();

        fixture.Time.Advance(fixture.Options.Health.PingInterval);
        fixture.Time.Advance(fixture.Options.Health.LivenessTimeout);

        Assert.Equal(RecycleReason.HealthCheckFailed, await fixture.NextRecycledAsync());
        Assert.Equal(HealthFailureReason.NoSignOfLife, Assert.Single(fixture.Told.OfType<HealthCheckFailedEvent>()).Reason);
        Assert.Equal(42, await fixture.AddAsync());
    }

    [Fact]
    [Trait("Rule", "L12")]
    public async Task Busy_worker_without_a_sign_of_life_is_only_shown_as_unresponsive()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static options => options.Call.Timeout = Timeout.InfiniteTimeSpan);
        _ = fixture.Begin();
        fixture.Workers.Get("text", 0).Hang();

        fixture.Time.Advance(fixture.Options.Health.PingInterval);
        fixture.Time.Advance(fixture.Options.Health.LivenessTimeout);
        fixture.Time.Advance(TimeSpan.FromHours(1));

        Assert.Single(fixture.Logs.GetSnapshot(), static log => log.Id.Name == "WorkerUnresponsive");
        Assert.Equal(1, fixture.Now.Workers.Single().Id.Generation);
    }

    [Fact]
    public async Task Unresponsive_timeout_ends_a_worker_in_a_call()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static options =>
                (options.Call.Timeout, options.Health.UnresponsiveTimeout) = (Timeout.InfiniteTimeSpan, TimeSpan.FromMinutes(5)));
        Task<int> call = fixture.Begin();
        fixture.Workers.Get("text", 0).Hang();

        fixture.Time.Advance(fixture.Options.Health.PingInterval);
        fixture.Time.Advance(fixture.Options.Health.LivenessTimeout);
        fixture.Time.Advance(TimeSpan.FromMinutes(5));

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Contains("Health.UnresponsiveTimeout (5 min)", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recycle_worker_that_was_replaced_already_says_by_whom()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        WorkerId old = fixture.Now.Workers.Single().Id;

        SlotRecycle first = Assert.Single((await fixture.Pool.RecycleAsync(old, CancellationToken.None)).Slots);
        SlotRecycle second = Assert.Single((await fixture.Pool.RecycleAsync(old, CancellationToken.None)).Slots);

        Assert.Equal((SlotRecycleOutcome.Replaced, SlotRecycleOutcome.AlreadyReplaced), (first.Outcome, second.Outcome));
        Assert.Equal(first.New, second.New);
        await Assert.ThrowsAsync<ArgumentException>(() => fixture.Pool.RecycleAsync(new WorkerId("other", 0, 1), CancellationToken.None));
    }

    [Fact]
    [Trait("Rule", "L7")]
    public async Task Stop_first_ends_the_old_worker_before_the_new_one_starts_and_says_so()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static options => (options.Recycle.Mode, options.MinReady) = (RecycleMode.StopFirst, 0));
        fixture.Events();

        SlotRecycle slot = Assert.Single((await fixture.RecycleAsync(0)).Slots);

        Assert.Equal((SlotRecycleOutcome.Replaced, true, 2), (slot.Outcome, slot.StoppedFirst, slot.New!.Value.Generation));
        IReadOnlyList<LifecycleEvent> events = fixture.Events();
        int recycled = events.ToList().FindIndex(static e => e is WorkerRecycledEvent { Replacement: null, Overlap.Ticks: 0 });
        int started = events.ToList().FindIndex(static e => e is WorkerStartedEvent);
        Assert.InRange(recycled, 0, started - 1);
    }

    [Fact]
    [Trait("Rule", "S3")]
    public async Task Spare_takes_over_without_a_start()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static options => options.Spares = 1);
        await fixture.UntilAsync(static pool => pool.Spares == 1);
        TaskCompletionSource boot = new();
        fixture.Workers.Boot = _ => boot.Task; // no worker becomes ready from now on

        SlotRecycle slot = Assert.Single((await fixture.RecycleAsync(0)).Slots);

        Assert.Equal((SlotRecycleOutcome.Replaced, 1), (slot.Outcome, slot.New!.Value.Slot));
        Assert.Equal(42, await fixture.AddAsync());
        boot.SetResult();
        await fixture.UntilAsync(static pool => pool.Spares == 1);
    }

    [Fact]
    public async Task Resize_up_and_down_changes_how_many_serve()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static options => options.Size = 2);

        await fixture.Pool.ResizeAsync(5, CancellationToken.None);
        Assert.Equal((5, 5), (fixture.Now.Size, fixture.Now.Ready));
        await fixture.Pool.ResizeAsync(1, CancellationToken.None);

        Assert.Equal((1, 1), (fixture.Now.Size, fixture.Now.Ready));
        Assert.Equal(4, fixture.Now.Lifecycle.RecyclesByReason[RecycleReason.Resized]);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => fixture.Pool.ResizeAsync(0, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => fixture.Pool.ResizeAsync(10_001, CancellationToken.None));
    }

    [Fact]
    public async Task Resize_that_another_one_overtakes_completes_with_it()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static options => options.Size = 2);
        TaskCompletionSource boot = new();
        fixture.Workers.Boot = _ => boot.Task;

        Task five = fixture.Pool.ResizeAsync(5, CancellationToken.None);
        Task three = fixture.Pool.ResizeAsync(3, CancellationToken.None);
        boot.SetResult();

        await three;
        await five;
        Assert.Equal((3, 3), (fixture.Now.Size, fixture.Now.Ready));
    }

    [Fact]
    public async Task Worker_that_asks_for_it_before_it_is_ready_is_replaced_after_its_least_life()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static worker =>
        {
            if (worker.Id.Generation == 1)
            {
                worker.RequestRecycle();
            }
            return Task.CompletedTask;
        });
        await fixture.ReadyAsync();
        Assert.Equal(1, fixture.Now.Workers.Single().Id.Generation);

        fixture.Time.Advance(fixture.Options.Recycle.MinLifetime);

        Assert.Equal(RecycleReason.WorkerRequested, await fixture.NextRecycledAsync());
    }

    [Fact]
    public async Task Requests_for_a_worker_and_for_the_one_that_drains_before_it_both_end()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        _ = fixture.Begin();
        Task<RecycleReport> first = fixture.RecycleAsync(0);
        WorkerId second = (await fixture.UntilAsync(static pool => pool.Workers.Count == 2)).Workers.Single(
            static worker => worker.Id.Generation == 2).Id;

        Task<RecycleReport> next = fixture.Pool.RecycleAsync(second, CancellationToken.None);
        fixture.NextSlow().Return(1);

        Assert.Equal(1, Assert.Single((await first).Slots).Old.Generation);
        Assert.Equal(SlotRecycleOutcome.Replaced, Assert.Single((await next).Slots).Outcome);
    }

    [Fact]
    public async Task Statistics_count_workers_requests_and_reasons()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static options => (options.Size, options.Recycle.MaxRequests) = (2, 10));
        for (int i = 0; i < 19; i++)
        {
            await fixture.AddAsync();
        }
        Assert.Equal(1, fixture.Now.Lifecycle.WorkersNearMaxRequests);
        await fixture.RecycleAsync(1);

        LifecycleStatistics now = fixture.Now.Lifecycle;

        Assert.Equal((2, 19L), (now.TotalWorkers, now.TotalRequests));
        Assert.Equal(2, now.WorkersByPool["text"]);
        Assert.Equal(
            (1L, 1L, 2L), (now.RecyclesByReason[RecycleReason.MaxRequests], now.RecyclesByReason[RecycleReason.Manual], now.TotalRecycles));
        Assert.Equal(0, now.MemoryRecyclesByPool["text"]);
        Assert.Empty(fixture.Now.LastDeaths); // all ends were planned
        Assert.Equal(("10", "null"), (fixture.Now.Options["Recycle.MaxRequests"], fixture.Now.Options["Recycle.Ttl"]));
    }

    private static async Task FailAsync(PoolFixture fixture, int times)
    {
        for (int i = 0; i < times; i++)
        {
            await Assert.ThrowsAsync<ToolException>(() => fixture.CallAsync("fail"));
        }
    }
}
