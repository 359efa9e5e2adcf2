using Snakepit.IntegrationTests.Fixture;
using Snakepit.Processes;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests, on Linux, workers by the means that every platform has and that Windows and macOS use.</summary>
public sealed class StandardStreamsTests : IntegrationTest
{
    private const int SigKill = 9;
    private const int SigSegv = 11;

    [Fact(Timeout = Bound)]
    public async Task Calls_are_answered_and_errors_are_Pythons()
    {
        Rig rig = await StartAsync();

        Assert.Equal(42, await rig.CallAsync<int>("add", 40, 2));
        string large = new('x', 3_000_000);
        Assert.Equal(large, await rig.CallAsync<string>("echo", large));
        ToolException error = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<int>("raises", "on purpose"));
        Assert.Contains("on purpose", error.Message, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 500), await Task.WhenAll(Enumerable.Range(0, 500).Select(i => rig.CallAsync<int>("add", i, 0))));
    }

    [Fact(Timeout = Bound)]
    public async Task Log_and_output_arrive_as_records()
    {
        Rig rig = await StartAsync();

        await rig.CallAsync<object>("speak", "said aloud");
        await rig.CallAsync<object>("log_all");

        await rig.Log.FirstAsync(static entry =>
            entry.Id.Id == EventIds.PythonOutput && entry.Text.Contains("said aloud", StringComparison.Ordinal));
        await rig.Log.FirstAsync(static entry => entry.Id.Id == EventIds.PythonLog);
    }

    [Theory(Timeout = Bound)]
    [InlineData("fault", DeathCause.Crash, SigSegv, null)]
    [InlineData("leave", DeathCause.Exited, null, 3)]
    public async Task Death_in_a_call_is_that_calls_and_the_worker_is_replaced(string tool, DeathCause cause, int? signal, int? exitCode)
    {
        Rig rig = await StartAsync("deaths.py");
        await rig.AssertServesAsync();

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(
            () => tool == "leave" ? rig.CallAsync<int>(tool, 3) : rig.CallAsync<int>(tool));

        Assert.Equal((cause, signal, exitCode), (lost.Report!.Cause, lost.Report.Signal, lost.Report.ExitCode));
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    public async Task Kill_from_outside_is_told_and_what_was_running_may_have_run()
    {
        Rig rig = await StartAsync();
        using Gate gate = new();
        Task<string> held = await rig.HoldAsync(gate, "held");
        using Pidfd process = new(rig.OnlyWorker().Pid);

        process.Kill();

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => held);
        Assert.Equal((DeathCause.KilledFromOutside, SigKill), (lost.Report!.Cause, lost.Report.Signal));
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    public async Task Worker_that_ignores_its_cancel_is_killed_and_replaced()
    {
        Rig rig = await StartAsync(configure: static pool => pool.Call.CancelGrace = TimeSpan.FromMilliseconds(50));
        int before = rig.OnlyWorker().Pid;

        var options = new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(200) };
        await Assert.ThrowsAsync<CallTimeoutException>(() => rig.Pool
            .ExecuteAsync<object>("spin", ToolArguments.Positional(1), options, TestContext.Current.CancellationToken)
            .AsTask());

        await rig.AssertServesAsync();
        Assert.NotEqual(before, rig.OnlyWorker().Pid);
    }

    [Fact(Timeout = Bound)]
    public async Task Cancel_reaches_the_tool()
    {
        Rig rig = await StartAsync();
        using var stop = new CancellationTokenSource();
        Task call = rig.Pool.ExecuteAsync<object>("until_cancelled", ToolArguments.Positional("c"), null, stop.Token).AsTask();
        await rig.BegunAsync("c");

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        int pid = rig.OnlyWorker().Pid;
        await rig.AssertServesAsync();
        Assert.Equal(pid, rig.OnlyWorker().Pid);
    }

    [Fact(Timeout = Bound)]
    public async Task Recycling_loses_no_call()
    {
        Rig rig = await StartAsync(configure: static pool => (pool.Size, pool.Recycle.MaxRequests) = (2, 20));

        int[] sums = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => rig.CallAsync<int>("add", i, 1)));

        Assert.Equal(Enumerable.Range(1, 200), sums);
        await rig.NextAsync<WorkerRecycledEvent>(static recycled => recycled.Reason == RecycleReason.MaxRequests);
    }

    [Fact(Timeout = Bound)]
    public async Task Adapter_that_cannot_load_says_why()
    {
        Rig rig = Own(Create("Broken/raises_at_import.py"));

        Exception error = await Assert.ThrowsAnyAsync<Exception>(rig.StartAsync);

        Assert.Contains("raises_at_import.py", error.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task Zygote_is_refused_once_and_workers_are_spawned()
    {
        Rig rig = await StartAsync(configure: static pool => (pool.Size, pool.Start.Method) = (2, StartMethod.Zygote));

        await rig.AssertServesAsync();

        Assert.Single(rig.Log.All, static entry => entry.Id.Id == EventIds.ZygoteRefused);
    }

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(128 + SigKill, null, SigKill)]
    [InlineData(255, 255, null)]
    [InlineData(unchecked((int)0xC0000005), unchecked((int)0xC0000005), null)]
    public void Exit_code_tells_of_a_signal_as_shells_do(int code, int? exitCode, int? signal) =>
        Assert.Equal(new ChildExit(exitCode, signal), StandardProcess.ExitOf(code));

    private static Rig Create(string adapter, Action<PoolOptions>? configure = null) => Rig.Create(
        adapter,
        pool =>
        {
            (pool.Transport.Portable, pool.Queue.Timeout) = (false, TimeSpan.FromSeconds(50));
            configure?.Invoke(pool);
        },
        static builder => builder.UsesStandardStreams = true);

    private async Task<Rig> StartAsync(string adapter = "tools.py", Action<PoolOptions>? configure = null)
    {
        Rig rig = Own(Create(adapter, configure));
        await rig.StartAsync();
        return rig;
    }
}
