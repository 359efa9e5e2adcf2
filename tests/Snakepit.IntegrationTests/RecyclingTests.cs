using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the replacement of workers on request.</summary>
public sealed class RecyclingTests : IntegrationTest
{
    [Theory(Timeout = Bound)]
    [InlineData(1, 1, 3, 12)]
    [InlineData(1, 1, 1, 8)]
    [InlineData(2, 8, 5, 100)]
    [Trait("Rule", "L6")]
    public async Task Strict_MaxRequests_under_load_fails_no_call_and_is_never_exceeded(int size, int callers, int maxRequests, int calls)
    {
        Rig rig = await StartAsync(configure: p =>
        {
            p.Size = size;
            (p.Recycle.MaxRequests, p.Recycle.StrictMaxRequests) = (maxRequests, true);
            p.Queue.Timeout = TimeSpan.FromSeconds(50);
        });
        int next = 0;
        var answers = new System.Collections.Concurrent.ConcurrentBag<(int Pid, int Count)>();

        await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            for (int tag = Interlocked.Increment(ref next); tag <= calls; tag = Interlocked.Increment(ref next))
            {
                int[] answer = await rig.CallAsync<int[]>("count_tagged", tag);
                Assert.Equal(tag, answer[2]);
                answers.Add((answer[0], answer[1]));
            }
        }));

        Assert.Equal(calls, answers.Count);
        Assert.Equal(calls, answers.Distinct().Count());
        Assert.All(answers, answer => Assert.InRange(answer.Count, 1, maxRequests));
        await rig.NextAsync<WorkerRecycledEvent>();
        Assert.All(await rig.AllAsync<WorkerRecycledEvent>(), static recycled =>
        {
            Assert.Equal((0, RecycleReason.MaxRequests), (recycled.FailedCalls, recycled.Reason));
            Assert.True(recycled.Overlap > TimeSpan.Zero);
        });
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    [Trait("Rule", "L9")]
    public async Task RecycleAsync_one_slot_serves_from_the_replacement_and_the_old_process_is_gone()
    {
        Rig rig = await StartAsync(configure: static p => p.Size = 2);
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        WorkerSnapshot old = rig.Pool.GetSnapshot().Workers.Single(static worker => worker.Id.Slot == 1);
        using Pidfd process = new(old.Pid);

        RecycleReport report = await rig.Pool.RecycleAsync(1, Cancellation);

        SlotRecycle slot = Assert.Single(report.Slots);
        Assert.Equal((SlotRecycleOutcome.Replaced, old.Id, new WorkerId(Rig.OnlyPool, 1, 2)), (slot.Outcome, slot.Old, slot.New));
        Assert.True(report.AllReplaced);
        Assert.Null(MarkedProcesses.StateOf(old.Pid)); // a zombie would have a state
        Assert.Equal([1, 2], rig.Pool.GetSnapshot().Workers.Select(static worker => worker.Id.Generation));
        AssertReplacementsWereReadyFirst(rig);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L9")]
    public async Task RecycleAsync_all_slots_one_after_another_keeps_the_rest_serving()
    {
        Rig rig = await StartAsync(configure: static p => p.Size = 3);
        await rig.Pool.WaitUntilReadyAsync(3, Cancellation);

        RecycleReport report = await rig.Pool.RecycleAsync(null, Cancellation);

        Assert.Equal([0, 1, 2], report.Slots.Select(static slot => slot.Slot));
        Assert.All(report.Slots, static slot => Assert.Equal(SlotRecycleOutcome.Replaced, slot.Outcome));
        Assert.All(
            rig.Pool.GetSnapshot().Workers,
            static worker => Assert.Equal((2, WorkerState.Serving), (worker.Id.Generation, worker.State)));
        AssertReplacementsWereReadyFirst(rig);
        // Each replacement was launched after the one before it had taken over from its predecessor.
        Assert.Equal(
            ["started", "draining", "started", "draining", "started", "draining"],
            rig.Events.All
                .Where(static happened => happened is WorkerStartedEvent { Worker.Generation: 2 } or WorkerDrainingEvent)
                .Select(static happened => happened is WorkerStartedEvent ? "started" : "draining"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L9")]
    public async Task RecycleAsync_of_the_same_slot_joins()
    {
        Rig rig = await StartAsync();

        int?[] requests = [0, null, 0];
        RecycleReport[] reports = await Task.WhenAll(requests.Select(slot => rig.Pool.RecycleAsync(slot, Cancellation)));

        Assert.All(reports, report => Assert.Equal(new WorkerId(Rig.OnlyPool, 0, 2), Assert.Single(report.Slots).New));
        Assert.Equal(2, rig.OnlyWorker().Id.Generation);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task RecycleAsync_of_a_busy_worker_lets_its_call_finish()
    {
        Rig rig = await StartAsync();
        Gate gate = NewGate();
        Task<string> call = await rig.HoldAsync(gate, "busy");

        Task<RecycleReport> recycling = rig.Pool.RecycleAsync(0, Cancellation);
        WorkerDrainingEvent draining = await rig.NextAsync<WorkerDrainingEvent>();
        int other = await rig.CallAsync<int>("pid");
        Assert.False(call.IsCompleted);
        Assert.False(recycling.IsCompleted);
        gate.Release();

        Assert.Equal("busy", await call);
        Assert.Equal(SlotRecycleOutcome.Replaced, (await recycling).Slots[0].Outcome);
        Assert.Equal(1, draining.Running);
        Assert.NotEqual(draining.Pid, other);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L9")]
    public async Task RecycleAsync_cancelled_stops_waiting_but_not_the_replacement_under_way()
    {
        Rig rig = await StartAsync();
        Gate gate = NewGate();
        Task<string> call = await rig.HoldAsync(gate, "busy");
        using CancellationTokenSource cancel = new();
        Task<RecycleReport> recycling = rig.Pool.RecycleAsync(0, cancel.Token);
        await rig.NextAsync<WorkerDrainingEvent>();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recycling);
        gate.Release();

        await call;
        WorkerRecycledEvent recycled = await rig.NextAsync<WorkerRecycledEvent>();
        Assert.Equal(2, recycled.Replacement?.Generation);
        Assert.Equal(RecycleReason.Manual, recycled.Reason);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L10")]
    public async Task RecycleAsync_broken_replacement_keeps_the_old_worker()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        string file = folder.Write("changing.py", "def version():\n    return 1\n");
        Rig rig = await StartAsync(configure: p => p.Adapter = file);
        int before = rig.OnlyWorker().Pid;
        folder.Write("changing.py", "raise ValueError('the new version is broken')\n");

        RecycleReport report = await rig.Pool.RecycleAsync(0, Cancellation);

        SlotRecycle slot = Assert.Single(report.Slots);
        Assert.False(report.AllReplaced);
        Assert.Equal(SlotRecycleOutcome.KeptOld, slot.Outcome);
        Assert.Contains("the new version is broken", slot.FailureReason, StringComparison.Ordinal);
        Assert.Equal(1, await rig.CallAsync<int>("version"));
        Assert.Equal((before, PoolState.Ready), (rig.OnlyWorker().Pid, rig.Pool.GetSnapshot().State));

        folder.Write("changing.py", "def version():\n    return 'two'\n");
        Assert.True((await rig.Pool.RecycleAsync(0, Cancellation)).AllReplaced);
        Assert.Equal("two", await rig.CallAsync<string>("version"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task Recycle_beyond_the_drain_timeout_kills_the_old_worker_and_tells_its_caller()
    {
        Rig rig = await StartAsync(configure: static p => p.Recycle.DrainTimeout = TimeSpan.FromMilliseconds(100));
        Task<object?> call = rig.CallAsync<object?>("spin", "endless");
        await rig.BegunAsync("endless");

        RecycleReport report = await rig.Pool.RecycleAsync(0, Cancellation);

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Contains("Recycle.DrainTimeout", lost.Report?.Description, StringComparison.Ordinal);
        Assert.True(report.AllReplaced);
        Assert.Equal(1, (await rig.NextAsync<WorkerRecycledEvent>()).FailedCalls);
    }

    [Fact(Timeout = Bound)]
    public async Task Teardown_runs_when_a_worker_is_replaced_and_when_the_pool_stops()
    {
        Rig rig = await StartAsync("stateful.py:Counter");
        Assert.Equal(1, await rig.CallAsync<int>("increment"));
        Assert.Equal(2, await rig.CallAsync<int>("increment"));

        await rig.Pool.RecycleAsync(0, Cancellation);
        Assert.Equal(1, await rig.CallAsync<int>("increment"));
        await rig.Runtime.DisposeAsync();

        Assert.Equal(
            ["torn down after 2", "torn down after 1"],
            rig.Log.All
                .Where(static entry => entry.Text.Contains("torn down", StringComparison.Ordinal))
                .Select(static entry => entry.Text.Split(": ")[1]));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L9")]
    public async Task RecycleAsync_slot_out_of_range_is_refused()
    {
        Rig rig = await StartAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => rig.Pool.RecycleAsync(1, Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => rig.Pool.RecycleAsync(-1, Cancellation));
    }

    private static void AssertReplacementsWereReadyFirst(Rig rig)
    {
        LifecycleEvent[] events = [.. rig.Events.All];
        Assert.NotEmpty(events.OfType<WorkerDrainingEvent>());
        Assert.All(events.OfType<WorkerDrainingEvent>(), draining =>
        {
            var replacement = new WorkerId(draining.Worker.Pool, draining.Worker.Slot, draining.Worker.Generation + 1);
            int ready = Array.FindIndex(events, happened => happened is WorkerReadyEvent one && one.Worker == replacement);
            Assert.InRange(ready, 0, Array.IndexOf(events, draining));
        });
    }
}
