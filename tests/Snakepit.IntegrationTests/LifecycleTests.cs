using Snakepit.IntegrationTests.Fixture;
using Snakepit.Pools.Kernel;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests every reason to replace a worker with real workers, in one order of events. The simulator tests all orders.</summary>
public sealed class LifecycleTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task Code_changed_every_worker_is_replaced_and_runs_the_new_code()
    {
        (Rig rig, string file) = await StartWatchedAsync(2);

        Write(file, "def version(): return 2");

        await rig.UntilAsync(static pool => pool.Lifecycle.RecyclesByReason.GetValueOrDefault(RecycleReason.CodeChanged) == 2);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(2, await rig.CallAsync<int>("version"));
        }
        Assert.All(
            await rig.AllAsync<WorkerRecycledEvent>(),
            static recycled => Assert.Equal((RecycleReason.CodeChanged, 0), (recycled.Reason, recycled.FailedCalls)));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L10")]
    public async Task Code_changed_and_broken_old_workers_stay_and_the_next_change_is_tried_again()
    {
        (Rig rig, string file) = await StartWatchedAsync(2);

        Write(file, "def version(:");
        await rig.Log.FirstAsync(static entry => entry.Id.Id == EventIds.CodeRejected);

        await rig.NextAsync<StartFailedEvent>();
        Assert.Equal(1, await rig.CallAsync<int>("version"));
        Assert.Single(rig.Seen<StartFailedEvent>()); // one replacement tried for all
        Assert.Empty(rig.Seen<WorkerRecycledEvent>());
        Write(file, "def version(): return 3");
        await rig.UntilAsync(static pool => pool.Lifecycle.RecyclesByReason.GetValueOrDefault(RecycleReason.CodeChanged) == 2);
        Assert.Equal(3, await rig.CallAsync<int>("version"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L8")]
    public async Task Ttl_shorter_than_a_start_replaces_as_fast_as_starts_allow_and_fails_no_call()
    {
        Rig rig = await StartAsync(configure: static pool => pool.Recycle.Ttl = TimeSpan.FromMilliseconds(1));

        for (int i = 0; i < 3; i++)
        {
            int seen = rig.Seen<WorkerRecycledEvent>().Count();
            await rig.AssertServesAsync();
            await rig.NextAsync<WorkerRecycledEvent>(recycled => recycled.Worker.Generation > seen);
        }

        Assert.All(
            await rig.AllAsync<WorkerRecycledEvent>(),
            static recycled => Assert.Equal((RecycleReason.TtlExpired, 0), (recycled.Reason, recycled.FailedCalls)));
        Assert.Empty(await rig.AllAsync<StartFailedEvent>());
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L9")]
    public async Task Idle_worker_ends_and_another_starts_when_calls_wait()
    {
        Rig rig = await StartAsync(configure: static pool => (pool.Size, pool.Recycle.IdleTimeout) = (2, TimeSpan.FromMilliseconds(300)));
        await rig.NextAsync<WorkerRecycledEvent>(static recycled => recycled.Reason == RecycleReason.Idle);
        Assert.Equal((1, 1), (rig.Pool.GetSnapshot().Ready, rig.Pool.GetSnapshot().Resting));
        Gate gate = NewGate();

        Task<string> held = await rig.HoldAsync(gate, "held");
        await rig.AssertServesAsync(); // needs a second worker

        gate.Release();
        await held;
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "S3")]
    public async Task Spare_takes_the_place_of_a_killed_worker()
    {
        Rig rig = await StartAsync("lifecycle.py", static pool => (pool.Spares, pool.Boot.Timeout) = (1, TimeSpan.FromSeconds(20)));
        await rig.UntilAsync(static pool => pool.Spares == 1);
        WorkerSnapshot spare = rig.Pool.GetSnapshot().Workers.Single(static worker => worker.State == WorkerState.Ready);

        await Assert.ThrowsAsync<WorkerLostException>(() => rig.CallAsync<int>("leave"));

        Assert.Equal(spare.Pid, await rig.CallAsync<int>("pid"));
        await rig.UntilAsync(static pool => pool.Spares == 1);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L7")]
    public async Task Stop_first_has_one_process_at_a_time()
    {
        Rig rig = await StartAsync(configure: static pool => (pool.Recycle.Mode, pool.MinReady) = (RecycleMode.StopFirst, 0));
        int old = await rig.CallAsync<int>("pid");

        SlotRecycle slot = Assert.Single((await rig.Pool.RecycleAsync(0, Cancellation)).Slots);

        Assert.True(slot.StoppedFirst);
        Assert.NotEqual(old, await rig.CallAsync<int>("pid"));
        LifecycleEvent[] order =
        [
            .. rig.Events.All.Where(static e => e is WorkerRecycledEvent or WorkerStartedEvent { Worker.Generation: 2 }),
        ];
        Assert.Collection(
            order,
            static e => Assert.Equal(TimeSpan.Zero, Assert.IsType<WorkerRecycledEvent>(e).Overlap),
            static e => Assert.IsType<WorkerStartedEvent>(e));
    }

    [Fact(Timeout = Bound)]
    public async Task Resize_starts_and_ends_processes()
    {
        Rig rig = await StartAsync();

        await rig.Pool.ResizeAsync(3, Cancellation);
        Assert.Equal(3, rig.Pool.GetSnapshot().Workers.Count(static worker => worker.State == WorkerState.Serving));
        await rig.Pool.ResizeAsync(1, Cancellation);

        await rig.UntilAsync(static pool => pool.Workers.Count == 1);
        await rig.AssertServesAsync();
        Assert.All(await rig.AllAsync<WorkerRecycledEvent>(), static recycled => Assert.Equal(RecycleReason.Resized, recycled.Reason));
    }

    [Fact(Timeout = Bound)]
    public async Task Worker_that_asks_for_it_is_replaced_after_its_reply()
    {
        Rig rig = await StartAsync("lifecycle.py");

        int old = await rig.CallAsync<int>("ask_for_recycle");

        WorkerRecycledEvent recycled = await rig.NextAsync<WorkerRecycledEvent>();
        Assert.Equal((old, RecycleReason.WorkerRequested, 0), (recycled.Pid, recycled.Reason, recycled.FailedCalls));
        Assert.NotEqual(old, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L13")]
    public async Task Health_check_that_fails_has_the_worker_replaced()
    {
        Rig rig = await StartAsync("lifecycle.py", static pool => pool.Health.CheckInterval = TimeSpan.FromMilliseconds(100));
        int old = await rig.CallAsync<int>("fall_ill");

        HealthCheckFailedEvent failed = await rig.NextAsync<HealthCheckFailedEvent>();
        WorkerRecycledEvent recycled = await rig.NextAsync<WorkerRecycledEvent>();

        Assert.Equal((old, HealthFailureReason.CheckFailed), (failed.Pid, failed.Reason));
        Assert.Contains("I am ill", failed.Detail, StringComparison.Ordinal);
        Assert.Equal((old, RecycleReason.HealthCheckFailed, 0), (recycled.Pid, recycled.Reason, recycled.FailedCalls));
        await rig.Pool.ExecuteAsync("pid", cancellationToken: Cancellation);
    }

    [Fact(Timeout = Bound)]
    public async Task Memory_over_the_soft_limit_has_the_worker_replaced_when_its_call_is_over()
    {
        Rig rig = await StartAsync("lifecycle.py", static pool =>
        {
            pool.Memory.SoftLimit = MemorySize.FromMiB(32);
            pool.Recycle.MinLifetime = TimeSpan.Zero;
        });
        Gate gate = NewGate();

        Task<int> call = rig.CallAsync<int>("take_and_hold", 64, gate.Path);
        await JudgedAsync(rig, times: 1);
        WorkerSnapshot old = rig.OnlyWorker();
        gate.Release();

        Assert.Equal(old.Pid, await call);
        WorkerRecycledEvent recycled = await rig.NextAsync<WorkerRecycledEvent>();
        Assert.Equal((old.Pid, RecycleReason.MemoryThreshold, 0), (recycled.Pid, recycled.Reason, recycled.FailedCalls));
        Assert.True(old.Memory!.Current > MemorySize.FromMiB(32)); // the worker may not have taken all memory by then
        Assert.NotNull(recycled.MemoryAtEnd); // the worker may have given the memory back before the reading
        Assert.NotEqual(old.Pid, await rig.CallAsync<int>("pid"));
        Assert.Equal(1, rig.Runtime.GetStatistics().MemoryRecyclesByPool[Rig.OnlyPool]);
    }

    [Fact(Timeout = Bound)]
    public async Task Tool_that_takes_much_memory_and_frees_it_does_not_cost_its_worker()
    {
        const int Peaks = 20;
        Rig rig = await StartAsync("memory.py", static pool =>
        {
            pool.Memory.SoftLimit = MemorySize.FromMiB(100);
            pool.Recycle.MinLifetime = TimeSpan.Zero;
        });
        Gate gate = NewGate();
        int worker = await rig.CallAsync<int>("pid");

        for (int peak = 1; peak <= Peaks; peak++)
        {
            Task<int> call = rig.CallAsync<int>("take_and_wait", 500, gate.Path);
            await JudgedAsync(rig, peak);
            gate.Release();
            await call;
        }

        Assert.Equal(worker, await rig.CallAsync<int>("pid"));
        Assert.Empty(rig.Events.All.OfType<WorkerDrainingEvent>());
    }

    /// <summary>Waits until the pool was told the given number of times that a worker has too much memory.</summary>
    private static Task<PoolSnapshot> JudgedAsync(Rig rig, int times) =>
        rig.UntilAsync(_ => rig.Pool.DumpTrace().Split(nameof(SignalKind.LimitReached)).Length > times);

    [Fact(Timeout = Bound)]
    public async Task Memory_over_the_hard_limit_kills_the_worker_in_its_call()
    {
        Rig rig = await StartAsync("lifecycle.py", static pool => pool.Memory.HardLimit = MemorySize.FromMiB(96));

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(
            () => rig.CallAsync<int>("take_and_hold", 256, NewGate().Path));

        Assert.Contains("Memory.HardLimit (96MiB)", lost.Message, StringComparison.Ordinal);
        WorkerRecycledEvent recycled = await rig.NextAsync<WorkerRecycledEvent>();
        Assert.Equal((RecycleReason.MemoryLimit, 1), (recycled.Reason, recycled.FailedCalls));
        Assert.NotEqual(recycled.Pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    public async Task Memory_usage_of_the_adapter_is_what_counts_when_it_has_one()
    {
        Rig rig = await StartAsync("weighed.py", static pool =>
        {
            pool.Memory.SoftLimit = MemorySize.FromMiB(32);
            pool.Recycle.MinLifetime = TimeSpan.Zero;
        });

        int old = await rig.CallAsync<int>("weigh", 100);

        WorkerRecycledEvent recycled = await rig.NextAsync<WorkerRecycledEvent>();
        Assert.Equal((old, RecycleReason.MemoryThreshold), (recycled.Pid, recycled.Reason));
    }

    [Fact(Timeout = Bound)]
    public async Task Fresh_worker_above_its_soft_limit_is_told_once_and_not_replaced_for_ever()
    {
        Rig rig = await StartAsync("lifecycle.py", static pool =>
        {
            pool.Memory.SoftLimit = MemorySize.FromMiB(1);
            pool.Recycle.MinLifetime = TimeSpan.Zero;
        });

        LogEntry told = await rig.Log.FirstAsync(static entry => entry.Id.Id == EventIds.FreshOverLimit);
        await rig.Pool.RecycleAsync(0, Cancellation);

        Assert.Contains("Memory.SoftLimit (1MiB)", told.Text, StringComparison.Ordinal);
        Assert.Single(rig.Log.All, static entry => entry.Id.Id == EventIds.FreshOverLimit);
    }

    [Fact(Timeout = Bound)]
    public async Task Cpu_time_replaces_a_worker_that_has_used_it()
    {
        Rig rig = await StartAsync("lifecycle.py", static pool => pool.Recycle.MaxCpuTime = TimeSpan.FromMilliseconds(600));

        await rig.CallAsync<int>("burn", 0.7);

        WorkerRecycledEvent recycled = await rig.NextAsync<WorkerRecycledEvent>();
        Assert.Equal((RecycleReason.CpuTime, 0), (recycled.Reason, recycled.FailedCalls));
    }

    [Fact(Timeout = Bound)]
    public async Task Snapshot_tells_the_running_tool_its_time_and_the_limits_in_force()
    {
        Rig rig = await StartAsync("lifecycle.py", static pool =>
        {
            pool.Recycle.Ttl = TimeSpan.FromHours(1);
            pool.Memory.SoftLimit = MemorySize.FromMiB(512);
            pool.Memory.HardLimit = MemorySize.FromGiB(2);
        });
        Gate gate = NewGate();
        Task<int> call = rig.CallAsync<int>("take_and_hold", 8, gate.Path);
        await rig.UntilAsync(static pool => pool.Workers.Any(
            static worker => worker.Memory?.SoftLimit is not null && worker.RunningTools.Count > 0));

        WorkerSnapshot worker = rig.OnlyWorker();

        Assert.Equal("take_and_hold", Assert.Single(worker.RunningTools).Name);
        Assert.True(worker.RunningTools[0].Elapsed >= TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromHours(1), worker.EffectiveTtl);
        Assert.Equal(worker.Memory!.Baseline.Bytes + MemorySize.FromMiB(512).Bytes, worker.Memory.SoftLimit!.Value.Bytes);
        Assert.Equal(MemorySize.FromGiB(2), worker.Memory.HardLimit);
        Assert.InRange(worker.Memory.Current.Bytes, MemorySize.FromMiB(1).Bytes, worker.Memory.Peak.Bytes);
        gate.Release();
        await call;
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L14")]
    public async Task Death_report_of_a_killed_worker_has_its_stacks_and_its_memory()
    {
        Assert.SkipWhen(TransportMode.IsPortable, "Stacks are written to the shared page, which the portable mode has none of.");
        Rig rig = await StartAsync(configure: static pool =>
            (pool.Call.CancelGrace, pool.Call.Timeout) = (TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1)));

        await Assert.ThrowsAsync<CallTimeoutException>(() => rig.Pool.ExecuteAsync("spin", cancellationToken: Cancellation).AsTask());

        WorkerCrashedEvent crashed = await rig.NextAsync<WorkerCrashedEvent>();
        Assert.Contains("in spin", crashed.Report.Stacks, StringComparison.Ordinal);
        Assert.Contains("Call.CancelGrace", crashed.Report.Description, StringComparison.Ordinal);
        Assert.NotNull(crashed.Report.Memory);
        Assert.Same(crashed.Report, Assert.Single(rig.Pool.GetSnapshot().LastDeaths));
    }

    private async Task<(Rig Rig, string File)> StartWatchedAsync(int size)
    {
        string file = Own(new TemporaryFolder())["watched_adapter.py"];
        Write(file, "def version(): return 1");
        Rig rig = await StartAsync(configure: pool =>
            (pool.Adapter, pool.Size, pool.WatchAdapter, pool.Restart.Jitter) = (file, size, true, 0));
        await rig.Pool.WaitUntilReadyAsync(size, Cancellation);
        return (rig, file);
    }

    private static void Write(string file, string code) => File.WriteAllText(file, code + "\n");
}
