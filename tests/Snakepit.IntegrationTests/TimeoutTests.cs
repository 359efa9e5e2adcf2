using System.Diagnostics;
using System.Globalization;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Tests.Pools;

namespace Snakepit.IntegrationTests;

/// <summary>Tests deadlines and cancellation.</summary>
public sealed class TimeoutTests : IntegrationTest
{
    private static readonly ToolCallOptions s_short = new() { Timeout = TimeSpan.FromMilliseconds(150) };

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task Timeout_releases_the_caller_and_a_worker_that_does_not_let_go_is_replaced()
    {
        Rig rig = await StartAsync(configure: static p => p.Call.CancelGrace = TimeSpan.FromMilliseconds(50));
        int before = rig.OnlyWorker().Pid;

        CallTimeoutException thrown = await Assert.ThrowsAsync<CallTimeoutException>(
            async () => await rig.Pool.ExecuteAsync<object>("spin", default, s_short, Cancellation));

        Assert.Equal((CallExecution.MayHaveRun, s_short.Timeout), (thrown.Execution, thrown.Timeout));
        Assert.Contains("Call.Timeout", thrown.Message, StringComparison.Ordinal);
        WorkerCrashedEvent crashed = await rig.NextAsync<WorkerCrashedEvent>();
        Assert.Contains("Call.CancelGrace", crashed.Report.Description, StringComparison.Ordinal);
        Assert.Equal(9, crashed.Report.Signal);
        Assert.NotEqual(before, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task Timeout_reaches_the_tool_which_may_let_go()
    {
        Rig rig = await StartAsync(configure: static p => p.Call.CancelGrace = TimeSpan.FromSeconds(30));
        int before = rig.OnlyWorker().Pid;

        await Assert.ThrowsAsync<CallTimeoutException>(
            async () => await rig.Pool.ExecuteAsync<object>("until_cancelled", default, s_short, Cancellation));

        Assert.Equal(before, await rig.CallAsync<int>("pid"));
        Assert.Empty(await rig.AllAsync<WorkerCrashedEvent>());
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    [Trait("Rule", "A5")]
    public async Task Cancel_releases_the_caller_at_once_and_its_late_answer_reaches_nobody()
    {
        Rig rig = await StartAsync(configure: static p => p.Call.CancelGrace = TimeSpan.FromSeconds(30));
        int before = rig.OnlyWorker().Pid;
        Gate gate = NewGate();
        using CancellationTokenSource cancel = new();
        Task<string> call = rig.Pool
            .ExecuteAsync<string>("cooperate", ToolArguments.Positional(gate.Path, "late"), null, cancel.Token)
            .AsTask();
        await rig.BegunAsync("late");

        await cancel.CancelAsync();

        OperationCanceledException thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(cancel.Token, thrown.CancellationToken);
        Assert.Equal((byte)'c', await gate.ReadAsync());
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(i, await rig.CallAsync<int>("echo", i));
        }
        Assert.Equal(before, rig.OnlyWorker().Pid);
        Assert.Equal(0, rig.OnlyWorker().Running);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task Cancel_of_a_tool_that_checks_raises_in_it()
    {
        await CancelAsync("until_cancelled", static _ => Task.CompletedTask);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task Cancel_of_an_async_tool_runs_its_finally_and_its_worker_stays()
    {
        await CancelAsync(
            "async_until_cancelled",
            static rig => rig.Log.FirstAsync(static entry => entry.Text.EndsWith("finally begun", StringComparison.Ordinal)));
    }

    /// <summary>Cancels a tool that has begun and ends in time, and checks that its worker stays.</summary>
    private async Task CancelAsync(string tool, Func<Rig, Task> cancelled)
    {
        Rig rig = await StartAsync(configure: static p => p.Call.CancelGrace = TimeSpan.FromSeconds(30));
        int before = rig.OnlyWorker().Pid;
        using CancellationTokenSource cancel = new();
        Task<object> call = rig.Pool.ExecuteAsync<object>(tool, ToolArguments.Positional("begun"), null, cancel.Token).AsTask();
        await rig.BegunAsync("begun");

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await cancelled(rig);
        Assert.Equal(before, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task Cancel_before_the_call_never_sends_it()
    {
        Rig rig = await StartAsync();
        CancellationToken cancelled = new(canceled: true);

        OperationCanceledException thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await rig.Pool.ExecuteAsync<int[]>("count", default, null, cancelled));

        Assert.Equal(cancelled, thrown.CancellationToken);
        Assert.Equal(1, (await rig.CallAsync<int[]>("count"))[1]);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task Cancel_of_a_queued_call_never_runs_it()
    {
        Rig rig = await StartAsync();
        Gate gate = NewGate();
        Task<string> running = await rig.HoldAsync(gate, "running");
        using CancellationTokenSource cancel = new();
        Task<int[]> queued = rig.Pool.ExecuteAsync<int[]>("count", default, null, cancel.Token).AsTask();

        await cancel.CancelAsync();

        OperationCanceledException thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued);
        Assert.Equal(cancel.Token, thrown.CancellationToken);
        gate.Release();
        await running;
        Assert.Equal(1, (await rig.CallAsync<int[]>("count"))[1]);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L4")]
    public async Task Deadline_that_passes_in_the_queue_is_a_timeout_of_a_call_not_started()
    {
        Rig rig = await StartAsync();
        Gate gate = NewGate();
        Task<string> running = await rig.HoldAsync(gate, "running");

        CallTimeoutException thrown = await Assert.ThrowsAsync<CallTimeoutException>(
            async () => await rig.Pool.ExecuteAsync<int[]>("count", default, s_short, Cancellation));

        Assert.Equal(CallExecution.NotStarted, thrown.Execution);
        gate.Release();
        await running;
        Assert.Equal(1, (await rig.CallAsync<int[]>("count"))[1]);
    }

    [Theory(Timeout = Bound)]
    [InlineData(-1)] // Timeout.Infinite
    [InlineData(long.MaxValue)]
    public async Task Timeout_without_end_is_accepted(long ticks)
    {
        Rig rig = await StartAsync();
        TimeSpan timeout = ticks < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(ticks);

        var options = new ToolCallOptions { Timeout = timeout };
        int answer = await rig.Pool.ExecuteAsync<int>("add", ToolArguments.Positional(40, 2), options, Cancellation);

        Assert.Equal(42, answer);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "A5")]
    public async Task Timeouts_under_load_never_mix_up_answers()
    {
        const int Callers = 4;
        const int CallsEach = 50;
        const int OneLateIn = 5;
        Rig rig = await StartAsync(configure: static p =>
        {
            p.Size = 2;
            p.Call.CancelGrace = TimeSpan.FromSeconds(30); // long enough for every late answer to arrive
            p.Queue.Timeout = TimeSpan.FromSeconds(50);
            p.Queue.RejectLate = false; // every call must time out, in the queue or in a worker
        });
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        var hurried = new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(20) };

        CallExecution[][] late = await Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
        {
            var executions = new List<CallExecution>();
            for (int i = 0; i < CallsEach; i++)
            {
                int tag = (caller * 1_000) + i;
                if (i % OneLateIn == 0)
                {
                    CallTimeoutException thrown = await Assert.ThrowsAsync<CallTimeoutException>(
                        async () => await rig.Pool.ExecuteAsync<int>("answer_late", ToolArguments.Positional(tag), hurried, Cancellation));
                    executions.Add(thrown.Execution);
                }
                Assert.Equal(-tag, (await rig.CallAsync<int[]>("count_tagged", -tag))[2]);
            }
            return executions.ToArray();
        }));

        Assert.All(late, static executions => Assert.Equal(CallsEach / OneLateIn, executions.Length));
        Assert.Contains(CallExecution.MayHaveRun, late.SelectMany(static executions => executions)); // the first calls met idle workers
        Assert.Empty(await rig.AllAsync<WorkerCrashedEvent>());
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    [Trait("Rule", "L12")]
    public async Task Workers_that_use_too_much_are_killed_while_no_thread_of_the_thread_pool_is_free()
    {
        using HostProcess host = HostProcess.Start(HostScenarios.PoolStuck);
        string pids = await host.ReadLineAsync();
        Pidfd[] workers = [.. pids.Split(' ').Select(pid => Own(new Pidfd(int.Parse(pid, CultureInfo.InvariantCulture))))];
        Assert.Equal(2, workers.Length);

        host.WriteLine();
        await Task.WhenAll(workers.Select(static worker => worker.GoneAsync())); // the host frees its threads only after that

        Assert.Equal(($"{CallOutcome.TimedOut}\n{CallOutcome.WorkerLost}\n", 0), await host.EndAsync());
    }

    [Fact(Timeout = 2 * Bound)]
    public async Task Blocking_callers_of_calls_need_no_thread_of_the_thread_pool_and_of_every_other_method_one()
    {
        using HostProcess host = HostProcess.Start(HostScenarios.MethodsStuck);

        (string output, int exitCode) = await host.EndAsync();

        Assert.Equal(
            PublicMethods.All.Keys.Append(StuckMethods.Calls).Select(static method => $"{method}: done"),
            output.TrimEnd().Split('\n'));
        Assert.Equal(0, exitCode);
    }
}
