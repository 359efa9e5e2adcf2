using Microsoft.Extensions.Logging;
using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>RecycleAsync: replacement on request and its report.</summary>
[Trait("Rule", "L9")]
public sealed class RecycleTests
{
    [Fact]
    [Trait("Rule", "L6")]
    public async Task Recycling_a_slot_replaces_its_worker_and_says_by_which()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Size = 2);
        await fixture.ReadyAsync(2);

        RecycleReport report = await fixture.RecycleAsync(1);

        Assert.Equal("text", report.Pool);
        Assert.Equal(
            new SlotRecycle
            {
                Slot = 1,
                Outcome = SlotRecycleOutcome.Replaced,
                Old = new WorkerId("text", 1, 1),
                New = new WorkerId("text", 1, 2),
            },
            Assert.Single(report.Slots));
        Assert.True(report.AllReplaced);
        Assert.Equal(["text/0#1", "text/1#2"], fixture.Workers.Alive.Select(static worker => worker.Id.ToString()).Order());
        Assert.Equal(1, fixture.Now.Recycled);
    }

    [Fact]
    public async Task Recycling_the_pool_replaces_every_worker_within_the_budget()
    {
        int starting = 0;
        int most = 0;
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Size = 5);
        await fixture.ReadyAsync(5);
        fixture.Workers.Boot = _ =>
        {
            most = Math.Max(most, fixture.Workers.Alive.Count - 5);
            starting++;
            return Task.CompletedTask;
        };

        RecycleReport report = await fixture.RecycleAsync();

        Assert.Equal(Enumerable.Range(0, 5), report.Slots.Select(static slot => slot.Slot));
        Assert.All(report.Slots, static slot => Assert.Equal((SlotRecycleOutcome.Replaced, 2), (slot.Outcome, slot.New!.Value.Generation)));
        Assert.Equal((5, 1), (starting, most)); // Recycle.MaxConcurrent is a tenth of 5, at least 1
    }

    [Theory]
    [InlineData(0, null, null)]
    [InlineData(1, null, "its teardown() raised (exit code 1); the log has the traceback")]
    [InlineData(3, null, "it failed in or after teardown(): exit code 3")]
    [InlineData(null, 11, "it failed in or after teardown(): killed by SIGSEGV")]
    [InlineData(1, null, "its teardown() raised (exit code 1); the log has the traceback", RecycleMode.StopFirst)]
    public async Task End_that_goes_wrong_is_a_warning_and_in_the_report(
        int? exitCode, int? signal, string? problem, RecycleMode mode = RecycleMode.StartFirst)
    {
        var workers = new RawWorkers();
        PoolFixture fixture = await PoolFixture.StartAsync(options => options.Recycle.Mode = mode, workers);
        (RawWorker old, Task<RecycleReport> recycling) = await BeginAsync(fixture, workers);

        old.Events.OnExited(new ChildExit(exitCode, signal), []);

        Assert.Equal(problem, Assert.Single((await recycling).Slots).EndProblem);
        Assert.Equal(
            problem is null ? [] : [(LogLevel.Warning, true)],
            fixture.Logs.GetSnapshot()
                .Where(static log => log.Id.Name == "WorkerEndFailed")
                .Select(log => (log.Level, log.Message.Contains(problem!, StringComparison.Ordinal))));
        Assert.Equal(problem, fixture.Events().OfType<WorkerRecycledEvent>().Single().Detail);
        await fixture.StopRawAsync(workers);
    }

    [Fact]
    public async Task Old_worker_that_had_to_be_killed_is_a_warning_and_in_the_report()
    {
        var workers = new RawWorkers();
        PoolFixture fixture = await PoolFixture.StartAsync(null, workers);
        (RawWorker old, Task<RecycleReport> recycling) = await BeginAsync(fixture, workers);

        fixture.Time.Advance(fixture.Options.Stop.KillTimeout + PoolFixture.Tick);
        Assert.Equal(1, old.Kills);
        old.Events.OnExited(new ChildExit(null, 9), []);

        string? problem = Assert.Single((await recycling).Slots).EndProblem;
        Assert.StartsWith("it was killed: it did not end within Stop.KillTimeout", problem, StringComparison.Ordinal);
        Assert.Equal(LogLevel.Warning, Assert.Single(fixture.Logs.GetSnapshot(), static log => log.Id.Name == "WorkerKilled").Level);
        Assert.DoesNotContain(fixture.Logs.GetSnapshot(), static log => log.Id.Name == "WorkerEndFailed");
        await fixture.StopRawAsync(workers);
    }

    [Fact]
    public async Task Time_with_two_ready_workers_is_told_when_the_replacement_ends_before_the_old_worker()
    {
        var workers = new RawWorkers();
        PoolFixture fixture = await PoolFixture.StartAsync(null, workers);
        (RawWorker old, Task<RecycleReport> recycling) = await BeginAsync(fixture, workers);
        fixture.Events();

        workers.All.ElementAt(1).Events.OnExited(new ChildExit(null, 9), []);
        fixture.Time.Advance(PoolFixture.Tick);
        old.Events.OnExited(new ChildExit(0, null), []);

        Assert.True((await recycling).AllReplaced);
        Assert.Equal(PoolFixture.Tick, Assert.Single(fixture.Events().OfType<WorkerRecycledEvent>()).Overlap);
        await fixture.StopRawAsync(workers);
    }

    [Fact]
    [Trait("Rule", "L6")]
    public async Task Callers_notice_nothing_of_a_replacement()
    {
        var gate = new TaskCompletionSource();
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        fixture.Workers.Boot = _ => gate.Task;
        Task<RecycleReport> recycling = fixture.RecycleAsync(0);

        Assert.Equal(42, await fixture.AddAsync()); // the old worker serves while the new one boots
        Assert.Equal((1, RecycleReason.Manual), (fixture.Now.Ready, fixture.Now.Workers[0].RecycleReason));

        Task<int> slow = fixture.Begin();
        gate.SetResult();
        await fixture.UntilAsync(static pool => pool.Workers.Any(static worker => worker.State == WorkerState.Draining));
        Assert.Equal(42, await fixture.AddAsync()); // the new worker serves while the old one drains
        Assert.False(recycling.IsCompleted);

        fixture.NextSlow().Return(7);
        Assert.Equal(7, await slow);
        Assert.True((await recycling).AllReplaced);
    }

    [Fact]
    public async Task Requests_for_one_slot_join()
    {
        var gate = new TaskCompletionSource();
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        fixture.Workers.Boot = _ => gate.Task;

        Task<RecycleReport> first = fixture.RecycleAsync(0);
        Task<RecycleReport> second = fixture.RecycleAsync();
        gate.SetResult();

        Assert.Equal((await first).Slots[0], (await second).Slots[0]);
        Assert.Equal(2, fixture.Workers.Get("text", 0).Id.Generation);
    }

    [Fact]
    public async Task Cancelling_the_only_request_stops_waiting_but_not_the_replacement_under_way()
    {
        var gate = new TaskCompletionSource();
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        fixture.Workers.Boot = _ => gate.Task;
        using var source = new CancellationTokenSource();
        Task<RecycleReport> recycling = fixture.Pool.RecycleAsync(0, source.Token);

        source.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recycling);
        gate.SetResult();

        await fixture.UntilAsync(static pool => pool.Recycled == 1);
    }

    [Fact]
    public async Task Cancelling_stops_slots_whose_turn_has_not_come()
    {
        var gate = new TaskCompletionSource();
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Size = 3);
        await fixture.ReadyAsync(3);
        fixture.Workers.Boot = _ => gate.Task;
        using var source = new CancellationTokenSource();
        Task<RecycleReport> recycling = fixture.Pool.RecycleAsync(null, source.Token);

        source.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recycling);
        gate.SetResult();
        await fixture.UntilAsync(static pool => pool.Recycled == 1);

        Assert.Equal([2, 1, 1], Enumerable.Range(0, 3).Select(slot => fixture.Workers.Get("text", slot).Id.Generation));
    }

    [Fact]
    public async Task Cancelling_one_of_two_joined_requests_leaves_the_other_waiting()
    {
        var gate = new TaskCompletionSource();
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Size = 2);
        await fixture.ReadyAsync(2);
        fixture.Workers.Boot = _ => gate.Task;
        using var source = new CancellationTokenSource();
        Task<RecycleReport> cancelled = fixture.Pool.RecycleAsync(null, source.Token);
        Task<RecycleReport> other = fixture.RecycleAsync();

        source.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        gate.SetResult();

        Assert.Equal([SlotRecycleOutcome.Replaced, SlotRecycleOutcome.Replaced], (await other).Slots.Select(static slot => slot.Outcome));
    }

    [Fact]
    [Trait("Rule", "L10")]
    public async Task A_replacement_that_cannot_start_leaves_the_old_worker_serving()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        fixture.Workers.Boot = static _ => throw new FakeToolException("ImportError", "no torch");

        RecycleReport report = await fixture.RecycleAsync(0);

        SlotRecycle slot = Assert.Single(report.Slots);
        Assert.Equal((SlotRecycleOutcome.KeptOld, new WorkerId("text", 0, 1), null), (slot.Outcome, slot.Old, slot.New));
        Assert.Contains("ImportError: no torch", slot.FailureReason, StringComparison.Ordinal);
        Assert.False(report.AllReplaced);
        Assert.Equal((PoolState.Ready, 1), (fixture.Now.State, fixture.Now.Ready));
        Assert.Equal(42, await fixture.AddAsync());
    }

    [Fact]
    public async Task A_worker_that_dies_before_its_turn_was_already_replaced()
    {
        var gate = new TaskCompletionSource();
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        await fixture.AddAsync();
        fixture.Workers.Boot = _ => gate.Task;
        FakeWorker old = fixture.Workers.Get("text", 0);
        Task<RecycleReport> recycling = fixture.RecycleAsync(0);

        old.Crash();

        SlotRecycle slot = Assert.Single((await recycling).Slots);
        Assert.Equal((SlotRecycleOutcome.AlreadyReplaced, old.Id, new WorkerId("text", 0, 2)), (slot.Outcome, slot.Old, slot.New));
        gate.SetResult();
        await fixture.ReadyAsync();
    }

    [Fact]
    public async Task A_slot_that_is_only_starting_has_nothing_old_to_replace()
    {
        var gate = new TaskCompletionSource();
        await using PoolFixture fixture = await PoolFixture.StartAsync(_ => gate.Task);

        RecycleReport report = await fixture.RecycleAsync(0);

        Assert.Equal(SlotRecycleOutcome.AlreadyReplaced, Assert.Single(report.Slots).Outcome);
        Assert.True(report.AllReplaced);
        gate.SetResult();
        await fixture.ReadyAsync();
        Assert.Equal(1, fixture.Workers.Get("text", 0).Id.Generation);
    }

    [Fact]
    public async Task Stopping_the_pool_ends_a_request_under_way()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        fixture.Workers.Boot = static _ => new TaskCompletionSource().Task;
        Task<RecycleReport> recycling = fixture.RecycleAsync(0);

        await fixture.StopAsync();

        SlotRecycle slot = Assert.Single((await recycling).Slots);
        Assert.Equal((SlotRecycleOutcome.KeptOld, "the pool stopped"), (slot.Outcome, slot.FailureReason));
    }

    [Fact]
    public async Task Recycling_a_stopped_pool_throws()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        WorkerId worker = fixture.Now.Workers.Single().Id;
        await fixture.StopAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => fixture.RecycleAsync(0));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => fixture.Pool.RecycleAsync(worker, CancellationToken.None));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Recycling_a_slot_that_does_not_exist_throws(int slot)
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(nameof(slot), () => fixture.RecycleAsync(slot));
    }

    [Fact]
    public async Task A_draining_worker_that_does_not_finish_is_killed_and_its_call_told()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Recycle.DrainTimeout = TimeSpan.FromSeconds(30));
        Task<int> call = fixture.Begin();
        Task<RecycleReport> recycling = fixture.RecycleAsync(0);
        fixture.Events();

        fixture.Time.Advance(TimeSpan.FromSeconds(30) + PoolFixture.Tick);

        WorkerLostException error = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal("killed by SIGKILL: its last calls did not end within Recycle.DrainTimeout (30 s)", error.Report!.Description);
        Assert.True((await recycling).AllReplaced);
        WorkerRecycledEvent recycled = fixture.Events().OfType<WorkerRecycledEvent>().Single();
        Assert.Equal((1, 1L), (recycled.FailedCalls, recycled.Requests));
    }

    /// <summary>Begins to replace the only worker; completes when it is told to stop.</summary>
    private static async Task<(RawWorker Old, Task<RecycleReport> Recycling)> BeginAsync(PoolFixture fixture, RawWorkers workers)
    {
        RawWorker old = workers.All.Single();
        Task stopped = old.WhenToldAsync(EffectKind.Stop);
        Task<RecycleReport> recycling = fixture.RecycleAsync(0);
        await stopped;
        return (old, recycling);
    }
}
