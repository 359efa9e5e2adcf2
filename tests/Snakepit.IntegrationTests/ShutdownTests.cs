using Microsoft.Extensions.Logging;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the end of a runtime in every state. The base class checks that nothing is left.</summary>
public sealed class ShutdownTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task DisposeAsync_idle_ends_every_worker_by_itself()
    {
        Rig rig = await StartAsync(configure: static p => p.Size = 3);
        await rig.Pool.WaitUntilReadyAsync(3, Cancellation);

        await rig.Runtime.DisposeAsync();

        Assert.Equal(PoolState.Stopped, rig.Pool.GetSnapshot().State);
        Assert.Empty(rig.Pool.GetSnapshot().Workers);
        Assert.Empty(rig.Seen<WorkerCrashedEvent>());
        LogEntry[] told = [.. rig.Log.All.Where(static entry => entry.Category == "Snakepit.Pool")];
        Assert.NotEmpty(told);
        Assert.DoesNotContain(told, static entry => entry.Level >= LogLevel.Warning);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task DisposeAsync_lets_a_running_call_finish_and_rejects_the_waiting()
    {
        Rig rig = await StartAsync();
        Gate gate = NewGate();
        Task<string> running = await rig.HoldAsync(gate, "running");
        Task<int> queued = rig.CallAsync<int>("pid");

        Task stopping = rig.Runtime.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => queued);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => rig.CallAsync<int>("pid"));
        Assert.False(stopping.IsCompleted);
        gate.Release();

        Assert.Equal("running", await running);
        await stopping;
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task DisposeAsync_with_DrainQueue_runs_the_waiting_too()
    {
        Rig rig = await StartAsync(configure: static p => p.Stop.DrainQueue = true);
        Gate gate = NewGate();
        Task<string> running = await rig.HoldAsync(gate, "running");
        Task<int>[] queued = [.. Enumerable.Range(0, 3).Select(i => rig.CallAsync<int>("echo", i))];

        Task stopping = rig.Runtime.DisposeAsync().AsTask();
        gate.Release();

        Assert.Equal("running", await running);
        Assert.Equal(Enumerable.Range(0, 3), await Task.WhenAll(queued));
        await stopping;
    }

    [Theory(Timeout = Bound)]
    [InlineData("spin", "SIGTERM")]
    [InlineData("spin_unkillable_by_term", "SIGKILL")]
    [Trait("Rule", "L17")]
    public async Task DisposeAsync_beyond_its_budget_ends_the_worker_and_tells_the_caller(string tool, string signal)
    {
        Rig rig = await StartAsync(configure: static p =>
        {
            p.Stop.Timeout = TimeSpan.FromSeconds(3);
            p.Stop.KillTimeout = TimeSpan.FromSeconds(2.5); // on a busy machine even a killed process takes time to end
        });
        Task<object> call = rig.CallAsync<object>(tool, "endless");
        await rig.BegunAsync("endless");

        await rig.Runtime.DisposeAsync();

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal(CallExecution.MayHaveRun, lost.Execution);
        Assert.Contains(signal, lost.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task DisposeAsync_while_workers_boot_ends_them()
    {
        Rig rig = await StartAsync(
            "Broken/hangs_in_setup.py",
            static pool => (pool.Size, pool.Queue.Timeout) = (2, TimeSpan.FromSeconds(50)),
            static builder => builder.Options.StartPolicy = StartPolicy.Background);
        WorkerStartedEvent started = await rig.NextAsync<WorkerStartedEvent>();
        using Pidfd process = new(started.Pid);
        Task<int> queued = rig.CallAsync<int>("tool");

        await rig.Runtime.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => queued);
        await process.GoneAsync();
        Assert.Empty(rig.Seen<StartFailedEvent>());
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task DisposeAsync_right_after_a_background_start_leaves_nothing()
    {
        Rig rig = await StartAsync(runtime: static builder => builder.Options.StartPolicy = StartPolicy.Background);

        await rig.Runtime.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task DisposeAsync_during_a_replacement_ends_both_and_the_report_says_so()
    {
        Rig rig = await StartAsync();
        Gate gate = NewGate();
        Task<string> call = await rig.HoldAsync(gate, "busy");
        Task<RecycleReport> recycling = rig.Pool.RecycleAsync(0, Cancellation);
        await rig.NextAsync<WorkerDrainingEvent>();

        Task stopping = rig.Runtime.DisposeAsync().AsTask();
        gate.Release();

        Assert.Equal("busy", await call);
        await stopping;
        Assert.Equal(SlotRecycleOutcome.Replaced, (await recycling).Slots[0].Outcome);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => rig.Pool.RecycleAsync(0, Cancellation));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task DisposeAsync_while_a_replacement_boots_reports_KeptOld()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        string file = folder.Write("slow.py", "def tool():\n    return 1\n");
        Rig rig = await StartAsync(configure: p => p.Adapter = file);
        folder.Write("slow.py", "import signal\nwhile True:\n    signal.pause()\n");
        Task<RecycleReport> recycling = rig.Pool.RecycleAsync(0, Cancellation);
        await rig.NextAsync<WorkerStartedEvent>(static happened => happened.Worker.Generation == 2);

        await rig.Runtime.DisposeAsync();

        SlotRecycle slot = Assert.Single((await recycling).Slots);
        Assert.Equal((SlotRecycleOutcome.KeptOld, "the pool stopped"), (slot.Outcome, slot.FailureReason));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task DisposeAsync_twice_and_at_once_is_one_stop()
    {
        Rig rig = await StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => rig.Runtime.DisposeAsync().AsTask(), Cancellation)));
        await rig.Runtime.DisposeAsync();

        Assert.Equal(PoolState.Stopped, rig.Pool.GetSnapshot().State);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L1")]
    [Trait("Rule", "L17")]
    public async Task DisposeAsync_under_load_gives_every_call_an_outcome()
    {
        Rig rig = await StartAsync(configure: static p => p.Size = 2);
        int answered = 0;
        int rejected = 0;
        TaskCompletionSource warm = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task[] callers = [.. Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (int tag = caller; ; tag += 8)
            {
                try
                {
                    Assert.Equal(tag, await rig.CallAsync<int>("echo", tag));
                    if (Interlocked.Increment(ref answered) == 100)
                    {
                        warm.SetResult();
                    }
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref rejected);
                    return;
                }
            }
        }, Cancellation))];
        await warm.Task.WaitAsync(Cancellation);

        await rig.Runtime.DisposeAsync();

        await Task.WhenAll(callers);
        Assert.Equal(8, rejected);
    }

    [Fact(Timeout = Bound)]
    public async Task Calls_after_dispose_are_refused_and_the_pool_can_still_be_looked_at()
    {
        Rig rig = await StartAsync();
        await rig.Runtime.DisposeAsync();

        IWorkerPool pool = rig.Runtime.GetPool(Rig.OnlyPool);

        Assert.Equal(PoolState.Stopped, pool.GetSnapshot().State);
        Assert.NotEmpty(pool.Tools);
        ObjectDisposedException thrown = await Assert.ThrowsAsync<ObjectDisposedException>(
            async () => await rig.Runtime.ExecuteAsync("pid", default, null, Cancellation));
        Assert.Contains("'it'", thrown.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pool.WaitUntilReadyAsync(null, Cancellation));
        await Assert.ThrowsAsync<ObjectDisposedException>(rig.StartAsync);
    }

    [Fact(Timeout = Bound)]
    public async Task Teardown_that_raises_is_told_with_the_replacement()
    {
        Rig rig = await StartAsync("stateful.py:BrokenTeardown");

        RecycleReport report = await rig.Pool.RecycleAsync(null, Cancellation);

        Assert.Equal("its teardown() raised (exit code 1); the log has the traceback", Assert.Single(report.Slots).EndProblem);
        Assert.Equal(SlotRecycleOutcome.Replaced, Assert.Single(report.Slots).Outcome);
    }

    [Fact(Timeout = Bound)]
    public async Task Teardown_that_raises_does_not_disturb_the_end()
    {
        Rig rig = await StartAsync("stateful.py:BrokenTeardown");

        await rig.Runtime.DisposeAsync();

        Assert.Contains(
            rig.Log.All,
            static entry => entry.Level == LogLevel.Warning
                && entry.Text.Contains("RuntimeError: teardown failed", StringComparison.Ordinal));
        Assert.Empty(rig.Seen<WorkerCrashedEvent>());
    }
}
