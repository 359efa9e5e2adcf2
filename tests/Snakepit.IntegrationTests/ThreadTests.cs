using System.Text.Json;
using Microsoft.Extensions.Logging;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Pools.Kernel;

namespace Snakepit.IntegrationTests;

/// <summary>Workers that run several calls at once, on threads.</summary>
[Trait("Rule", "L2")]
public sealed class ThreadTests : IntegrationTest
{
    private const int Threads = 4;

    [Fact(Timeout = Bound)]
    public async Task Calls_run_at_once_and_each_knows_its_own()
    {
        Rig rig = await StartThreadsAsync();

        JsonElement[] met = await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => rig.CallAsync<JsonElement>("meet", "a", Threads)));

        Assert.Equal(Threads, met.Select(static call => call[0].GetInt64()).Distinct().Count());
        ulong[] calls = [.. met.Select(static call => call[1].GetUInt64())];
        Assert.Equal(Threads, calls.Distinct().Count());
        Assert.All(met, static call => Assert.Equal((true, "meet"), (call[2].GetBoolean(), call[3].GetString())));
        foreach (ulong call in calls)
        {
            await rig.Log.FirstAsync(entry => entry.Text.Contains($"met in call {call}", StringComparison.Ordinal));
        }
        Assert.Equal((Threads, 4L), (rig.OnlyWorker().Capacity, rig.OnlyWorker().Requests));
    }

    [Fact(Timeout = Bound)]
    public async Task The_least_loaded_worker_gets_the_next_call()
    {
        Rig rig = await StartThreadsAsync(static p => p.Size = 2);
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        Gate gate = NewGate();
        List<Task<string>> calls = [];
        for (int i = 0; i < 6; i++)
        {
            calls.Add(await rig.HoldAsync(gate, $"{i}"));
        }

        IReadOnlyList<WorkerSnapshot> workers = rig.Pool.GetSnapshot().Workers;

        Assert.All(workers, static worker => Assert.Equal((3, 3), (worker.Running, worker.RunningTools.Count)));
        Assert.All(workers, static worker => Assert.All(worker.RunningTools, static tool => Assert.Equal("hold", tool.Name)));
        gate.Release(6);
        Assert.Equal(["0", "1", "2", "3", "4", "5"], await Task.WhenAll(calls));
    }

    [Fact(Timeout = Bound)]
    public async Task Calls_beyond_the_threads_wait_in_the_queue()
    {
        Rig rig = await StartThreadsAsync(static p => p.ThreadsPerWorker = 2);
        Gate gate = NewGate();
        Task<string>[] calls = [await rig.HoldAsync(gate, "0"), await rig.HoldAsync(gate, "1"), Hold(rig, gate, "2")];

        PoolSnapshot now = rig.Pool.GetSnapshot();

        Assert.Equal((2, 1, 0), (now.Running, now.QueueLength, now.Workers[0].Waiting));
        gate.Release(3);
        Assert.Equal(["0", "1", "2"], await Task.WhenAll(calls));
    }

    [Fact(Timeout = Bound)]
    public async Task Errors_and_sys_exit_end_one_call_only()
    {
        Rig rig = await StartThreadsAsync();
        Gate gate = NewGate();
        int pid = rig.OnlyWorker().Pid;
        Task<string> other = await rig.HoldAsync(gate, "other");

        ToolException failed = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<int>("fail", "no"));
        ToolException left = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<int>("leave", 3));

        Assert.Equal(("ValueError", "no"), (failed.Error.Type, failed.Error.Message));
        Assert.Equal(("SystemExit", "3"), (left.Error.Type, left.Error.Message));
        gate.Release();
        Assert.Equal("other", await other);
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Theory(Timeout = Bound)]
    [InlineData("end_thread", "CDLL")]
    [InlineData("end_thread", "PyDLL")]
    [InlineData("end_thread_of_the_loop", null)]
    [Trait("Rule", "L3")]
    [Trait("Rule", "L14")]
    public async Task A_tool_that_ends_its_thread_costs_its_worker_at_once(string tool, string? library)
    {
        object?[] arguments = library is null ? [] : [library];
        Rig rig = await StartThreadsAsync();
        Gate gate = NewGate();
        Task<string> other = await rig.HoldAsync(gate, "other");

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => rig.CallAsync<object?>(tool, arguments));

        Assert.Equal((DeathCause.ThreadEnded, CallExecution.MayHaveRun), (lost.Report!.Cause, lost.Execution));
        Assert.Contains("a thread that runs calls has ended", lost.Message, StringComparison.Ordinal);
        Assert.Same(lost.Report, (await Assert.ThrowsAsync<WorkerLostException>(() => other)).Report);
        Assert.Same(lost.Report, (await rig.NextAsync<WorkerCrashedEvent>()).Report);
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    public async Task Each_thread_is_set_up_once()
    {
        Rig rig = await StartThreadsAsync();
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => rig.CallAsync<JsonElement>("meet", "a", Threads)));

        JsonElement setups = await rig.CallAsync<JsonElement>("setups");

        Assert.Equal(["setup", .. Enumerable.Repeat("thread", Threads)], setups[0].EnumerateArray().Select(static one => one.GetString()));
        Assert.True(setups[1].GetBoolean());
    }

    [Fact(Timeout = Bound)]
    public async Task Streams_host_tools_and_sessions_work_in_each_thread()
    {
        Rig rig = await StartThreadsAsync(static p => p.Tools.Add("double", static (int value) => value * 2));
        IWorkerSession session = rig.Pool.GetSession("s", SessionAffinity.StrictQueue);

        Task<List<int>>[] streams = [.. Enumerable.Range(0, Threads).Select(_ => ReadAsync(rig, 2_000))];
        Task<int[]>[] answers = [.. Enumerable.Range(0, Threads).Select(i => rig.CallAsync<int[]>("ask", i * 100))];
        Task<int>[] totals = [.. Enumerable.Range(0, Threads).Select(i => rig.CallAsync<int>("total", ItemsAsync(100 * (i + 1))))];
        await session.ExecuteAsync<JsonElement>("remember", ToolArguments.Positional(1), null, Cancellation);
        JsonElement known = await session.ExecuteAsync<JsonElement>("remember", ToolArguments.Positional(2), null, Cancellation);

        foreach (List<int> items in await Task.WhenAll(streams))
        {
            Assert.Equal(Enumerable.Range(0, 2_000), items);
        }
        for (int i = 0; i < Threads; i++)
        {
            int first = i * 100;
            Assert.Equal(Enumerable.Range(first, 10).Select(static value => value * 2), await answers[i]);
            Assert.Equal(Enumerable.Range(0, 100 * (i + 1)).Sum(), await totals[i]);
        }
        Assert.Equal("[1,2]", known[1].GetRawText());
        await session.EndAsync(Cancellation);
        await rig.Log.FirstAsync(static entry => entry.Text.Contains("ended s", StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    public async Task Async_tools_share_the_loop_of_the_worker()
    {
        Rig rig = await StartThreadsAsync();

        JsonElement[] met = await Task.WhenAll(
            Enumerable.Range(0, Threads).Select(_ => rig.CallAsync<JsonElement>("meet_async", "a", Threads)));

        Assert.Single(met.Select(static call => call[0].GetInt64()).Distinct());
        Assert.Equal(Threads, met.Select(static call => call[1].GetUInt64()).Distinct().Count());
    }

    [Theory(Timeout = Bound)]
    [InlineData(200)]
    [InlineData(null)]
    public async Task Async_tools_run_at_once_beyond_the_threads(int? calls)
    {
        Rig rig = await StartThreadsAsync(p => (p.ThreadsPerWorker, p.AsyncCallsPerWorker) = (2, calls));
        int count = calls ?? 2;

        JsonElement[] met = await Task.WhenAll(
            Enumerable.Range(0, count).Select(_ => rig.CallAsync<JsonElement>("meet_async", "a", count)));

        Assert.Equal(count, met.Select(static call => call[1].GetUInt64()).Distinct().Count());
        Assert.Equal(count, rig.OnlyWorker().Capacity);
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    public async Task An_async_tool_that_blocks_the_loop_is_told_with_its_stack()
    {
        Rig rig = await StartThreadsAsync();

        await rig.CallAsync<object?>("block_the_loop");

        LogEntry told = await rig.Log.FirstAsync(
            static entry => entry.Text.Contains("has blocked the event loop for 100 ms", StringComparison.Ordinal));
        Assert.Contains("time.sleep(0.5)", told.Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task A_tool_that_closes_the_loop_fails_the_calls_on_it_and_no_others()
    {
        Rig rig = await StartThreadsAsync();
        Gate gate = NewGate();
        Task<string> other = await rig.HoldAsync(gate, "other");
        int pid = await rig.CallAsync<int>("pid");
        Task<object?> waiting = rig.CallAsync<object?>("wait", "waiting");
        await rig.BegunAsync("waiting");

        await rig.CallAsync<object?>("close_the_loop");

        ToolException failed = await Assert.ThrowsAsync<ToolException>(() => waiting);
        Assert.Contains("the event loop was closed while the tool ran", failed.Message, StringComparison.Ordinal);
        await Task.WhenAll(Enumerable.Range(0, Threads - 1).Select(_ => rig.CallAsync<JsonElement>("meet_async", "a", Threads - 1)));
        gate.Release();
        Assert.Equal("other", await other);
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    public async Task Unsafe_tools_run_one_at_a_time()
    {
        Rig rig = await StartThreadsAsync();

        int[] among = await Task.WhenAll(Enumerable.Range(0, 4 * Threads).Select(_ => rig.CallAsync<int>("alone")));

        Assert.All(among, static count => Assert.Equal(1, count));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task A_cancelled_call_is_interrupted_and_no_other()
    {
        Rig rig = await StartThreadsAsync();
        Gate gate = NewGate();
        int pid = rig.OnlyWorker().Pid;
        Task<string> other = await rig.HoldAsync(gate, "other");
        for (int i = 0; i < 5; i++)
        {
            using var caller = new CancellationTokenSource();
            Task<int> call = rig.Pool.ExecuteAsync<int>("spin", ToolArguments.Positional($"spin{i}"), null, caller.Token).AsTask();
            await rig.BegunAsync($"spin{i}");

            await caller.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }

        await rig.UntilAsync(static now => now.Running == 1);
        gate.Release();
        Assert.Equal("other", await other);
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task A_call_that_does_not_yield_costs_its_worker_once_the_others_have_finished()
    {
        Rig rig = await StartThreadsAsync(static p => p.Call.CancelGrace = TimeSpan.FromMilliseconds(200));
        Gate gate = NewGate();
        int pid = rig.OnlyWorker().Pid;
        Task<string> other = await rig.HoldAsync(gate, "other");
        using var caller = new CancellationTokenSource();
        Task<int> stubborn = rig.Pool.ExecuteAsync<int>("nap", ToolArguments.Positional("nap"), null, caller.Token).AsTask();
        await rig.BegunAsync("nap");

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stubborn);
        await rig.NextAsync<WorkerReadyEvent>(static ready => ready.Worker.Generation == 2);
        Assert.NotEqual(pid, await rig.CallAsync<int>("pid"));
        gate.Release();
        Assert.Equal("other", await other);
        WorkerCrashedEvent killed = await rig.NextAsync<WorkerCrashedEvent>();
        Assert.Equal(pid, killed.Report.Pid);
        Assert.Contains("Call.CancelGrace", killed.Report.Description, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L3")]
    [Trait("Rule", "P7")]
    public async Task Death_tells_the_calls_that_had_begun_from_the_one_that_had_not()
    {
        Rig rig = await StartThreadsAsync();
        Gate gate = NewGate();
        Task<string> begun = await rig.HoldAsync(gate, "begun");
        int pid = rig.OnlyWorker().Pid;
        Task<int> stuck = rig.CallAsync<int>("hold_the_lock", "stuck");
        await rig.BegunAsync("stuck");
        Task<int> untouched = rig.CallAsync<int>("pid"); // no thread of the worker can take it
        await rig.UntilAsync(static now => now.Running == 3);
        using Pidfd process = new(pid);

        process.Kill();

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => begun);
        Assert.Equal(CallExecution.MayHaveRun, lost.Execution);
        Assert.Equal(CallExecution.MayHaveRun, (await Assert.ThrowsAsync<WorkerLostException>(() => stuck)).Execution);
        if (TransportMode.IsPortable)
        {
            await Assert.ThrowsAsync<WorkerLostException>(() => untouched); // without a page, nobody knows
            return;
        }
        Assert.NotEqual(pid, await untouched);
        Assert.Equal(["hold", "hold_the_lock"], lost.Report!.RunningTools.Select(static tool => tool.Name));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L1")]
    [Trait("Rule", "L3")]
    public async Task Kills_cost_only_calls_that_the_killed_worker_had_begun()
    {
        const int Workers = 2, Kills = 4, Callers = 2 * Workers * Threads;
        Rig rig = await StartThreadsAsync(static p => p.Size = Workers);
        int called = 0, lost = 0;
        bool isOver = false;
        Task[] callers = [.. Enumerable.Range(0, Callers).Select(_ => Task.Run(CallAsync))];

        for (int i = 0; i < Kills; i++)
        {
            await rig.UntilAsync(static now => now.Ready == Workers);
            using Pidfd process = new(rig.Pool.GetSnapshot().Workers.First(static worker => worker.State == WorkerState.Serving).Pid);
            process.Kill();
            await rig.NextAsync<WorkerCrashedEvent>(crashed => crashed.Report.Pid == process.Pid);
        }
        Volatile.Write(ref isOver, true);

        await Task.WhenAll(callers);
        Assert.InRange(lost, 0, TransportMode.IsPortable ? int.MaxValue : Kills * Threads);
        await rig.UntilAsync(static now => now.Running == 0);

        async Task CallAsync()
        {
            while (!Volatile.Read(ref isOver))
            {
                int number = Interlocked.Increment(ref called);
                try
                {
                    Assert.Equal(number + 1, await rig.CallAsync<int>("add", number, 1));
                }
                catch (WorkerLostException e)
                {
                    Assert.Equal(CallExecution.MayHaveRun, e.Execution);
                    Interlocked.Increment(ref lost);
                }
            }
        }
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task A_replaced_worker_finishes_the_calls_of_all_its_threads()
    {
        Rig rig = await StartThreadsAsync();
        Gate gate = NewGate();
        Task<string>[] calls = [await rig.HoldAsync(gate, "0"), await rig.HoldAsync(gate, "1"), await rig.HoldAsync(gate, "2")];

        Task<RecycleReport> recycled = rig.Pool.RecycleAsync(cancellationToken: Cancellation);
        await rig.NextAsync<WorkerDrainingEvent>();
        await rig.AssertServesAsync();
        gate.Release(3);

        Assert.Equal(["0", "1", "2"], await Task.WhenAll(calls));
        Assert.Equal(SlotRecycleOutcome.Replaced, Assert.Single((await recycled).Slots).Outcome);
        Assert.Equal(0, (await rig.NextAsync<WorkerRecycledEvent>()).FailedCalls);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task Memory_over_the_soft_limit_has_the_worker_replaced_when_all_its_calls_are_over()
    {
        Rig rig = await StartThreadsAsync(
            static p => (p.Memory.SoftLimit, p.Recycle.MinLifetime) = (MemorySize.FromMiB(32), TimeSpan.Zero));
        Gate gate = NewGate();
        int pid = rig.OnlyWorker().Pid;
        Task<string> other = await rig.HoldAsync(gate, "other");
        Task<int> taking = rig.CallAsync<int>("take_and_hold", 64, gate.Path);

        await rig.UntilAsync(_ => rig.Pool.DumpTrace().Contains(nameof(SignalKind.LimitReached), StringComparison.Ordinal));
        gate.Release(2);

        Assert.Equal(("other", pid), (await other, await taking));
        WorkerRecycledEvent recycled = await rig.NextAsync<WorkerRecycledEvent>();
        Assert.Equal((pid, RecycleReason.MemoryThreshold, 0), (recycled.Pid, recycled.Reason, recycled.FailedCalls));
        Assert.NotEqual(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L3")]
    public async Task Memory_over_the_hard_limit_kills_the_worker_with_all_its_calls()
    {
        Rig rig = await StartThreadsAsync(static p => p.Memory.HardLimit = MemorySize.FromMiB(96));
        Gate gate = NewGate();
        Task<string> other = await rig.HoldAsync(gate, "other");

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(
            () => rig.CallAsync<int>("take_and_hold", 256, gate.Path));

        Assert.Contains("Memory.HardLimit (96MiB)", lost.Message, StringComparison.Ordinal);
        Assert.Same(lost.Report, (await Assert.ThrowsAsync<WorkerLostException>(() => other)).Report);
        WorkerRecycledEvent recycled = await rig.NextAsync<WorkerRecycledEvent>();
        Assert.Equal((RecycleReason.MemoryLimit, 2), (recycled.Reason, recycled.FailedCalls));
        Assert.NotEqual(recycled.Pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    public async Task An_adapter_that_is_not_marked_as_safe_is_refused_with_what_to_check()
    {
        Rig rig = Own(Rig.Create("unsafe.py", static p => p.Profile = WorkerProfile.Thread));

        AdapterLoadException refused = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        Assert.Contains("does not say that it is safe with threads", refused.Message, StringComparison.Ordinal);
        Assert.Contains("thread_safe = True", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task Strict_refuses_an_adapter_with_tools_that_are_not_marked()
    {
        Rig rig = Own(Rig.Create(
            "threads.py", static p => (p.Profile, p.ThreadSafety) = (WorkerProfile.Thread, ThreadSafetyMode.Strict)));

        AdapterLoadException refused = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        Assert.Contains("ThreadSafety = Strict demands of each: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("@snakepit.thread_unsafe", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task Watch_tells_when_two_threads_first_run_a_tool_without_a_mark()
    {
        Rig rig = await StartThreadsAsync();
        Gate gate = NewGate();
        Task<string>[] calls = [await rig.HoldAsync(gate, "0"), await rig.HoldAsync(gate, "1")];
        gate.Release(2);
        await Task.WhenAll(calls);

        LogEntry told = await rig.Log.FirstAsync(
            static entry => entry.Text.Contains("Two threads run the tool 'hold'", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Information, told.Level);
    }

    /// <summary>The seed's example: 4 workers of 16 threads, replaced after 1,000 requests.</summary>
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    [Trait("Rule", "L8")]
    public async Task Seed_four_workers_of_sixteen_threads_with_a_thousand_requests()
    {
        Rig rig = await StartThreadsAsync(static p =>
            (p.Size, p.ThreadsPerWorker, p.Recycle.MaxRequests, p.Recycle.MaxConcurrent) = (4, 16, 1_000, 4));
        await rig.Pool.WaitUntilReadyAsync(4, Cancellation);

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 6_000),
            new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Cancellation },
            async (i, _) => Assert.Equal(i + 1, await rig.CallAsync<int>("add", i, 1)));

        WorkerRecycledEvent recycled = await rig.NextAsync<WorkerRecycledEvent>();
        Assert.Equal((RecycleReason.MaxRequests, 0), (recycled.Reason, recycled.FailedCalls));
        Assert.True(recycled.Requests >= 1_000);
        Assert.Equal(6_000, rig.Runtime.GetStatistics().TotalRequests);
    }

    /// <summary>
    /// The seed's other examples: 4 workers of 16 threads with two hours or 5,000 requests, and 8 of 16 with 2 GiB as well.
    /// </summary>
    [Theory(Timeout = Bound)]
    [InlineData(4, null)]
    [InlineData(8, 2)]
    public async Task Seed_workers_of_sixteen_threads_with_limits(int size, int? gibibytes)
    {
        Rig rig = await StartThreadsAsync(p =>
        {
            (p.Size, p.ThreadsPerWorker, p.Recycle.Ttl, p.Recycle.MaxRequests) = (size, 16, TimeSpan.FromHours(2), 5_000);
            p.Memory.SoftLimit = gibibytes is { } limit ? MemorySize.FromGiB(limit) : null;
        });
        await rig.Pool.WaitUntilReadyAsync(size, Cancellation);

        int[] sums = await Task.WhenAll(Enumerable.Range(0, 20 * size).Select(i => rig.CallAsync<int>("add", i, 1)));

        Assert.Equal(Enumerable.Range(1, 20 * size), sums);
        Assert.All(rig.Pool.GetSnapshot().Workers, worker =>
        {
            Assert.Equal((16, 5_000), (worker.Capacity, worker.EffectiveMaxRequests));
            Assert.InRange(worker.EffectiveTtl!.Value, TimeSpan.FromHours(1.8), TimeSpan.FromHours(2));
        });
    }

    private Task<Rig> StartThreadsAsync(Action<PoolOptions>? configure = null) => StartAsync("threads.py", p =>
    {
        (p.Profile, p.ThreadsPerWorker) = (WorkerProfile.Thread, Threads);
        configure?.Invoke(p);
    });

    private static Task<string> Hold(Rig rig, Gate gate, string tag) => rig.CallAsync<string>("hold", gate.Path, tag);

    private static async Task<List<int>> ReadAsync(Rig rig, int count)
    {
        List<int> items = [];
        await foreach (int item in rig.Pool.StreamAsync<int>("count_to", ToolArguments.Positional(count), null, Cancellation))
        {
            items.Add(item);
        }
        return items;
    }

    private static async IAsyncEnumerable<int> ItemsAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }
}
