using System.Text.RegularExpressions;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the report of a real worker's death, for each way to die.</summary>
[Trait("Rule", "L14")]
public sealed partial class DeathReportTests : IntegrationTest
{
    // A thread of the JIT compiler that needs memory before the system has that of the killed worker back gets the host killed too.
    private static readonly Dictionary<string, string?> s_quietHost = new() { ["DOTNET_TieredCompilation"] = "0" };

    [Theory(Timeout = Bound)]
    [InlineData("fault", 11, "Segmentation fault")]
    [InlineData("abort", 6, "Aborted")]
    [InlineData("overflow", 11, "Segmentation fault")]
    public async Task Report_of_a_crash_tells_signal_and_stacks(string tool, int signal, string title)
    {
        Rig rig = await StartDeathsAsync();

        DeathReport report = await LoseAsync(rig, tool);

        Assert.Equal((DeathCause.Crash, signal), (report.Cause, report.Signal));
        if (TransportMode.IsPortable)
        {
            Assert.Null(report.Stacks); // the portable mode has no page to write them to
            return;
        }
        Assert.Contains(title, report.Stacks, StringComparison.Ordinal);
        Assert.Contains("deaths.py", report.Stacks, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task Report_tells_the_call_and_what_the_worker_used_and_is_told_everywhere_once()
    {
        Rig rig = await StartDeathsAsync();
        await rig.AssertServesAsync();

        DeathReport report = await LoseAsync(rig, "leave", 3);

        Assert.Equal((DeathCause.Exited, 3, "exit code 3", true), (report.Cause, report.ExitCode, report.Description, report.WasReady));
        Assert.Equal((2L, 1, "leave"), (report.Requests, report.RunningTools.Count, Assert.Single(report.RunningTools).Name));
        Assert.True(report.CpuTime > TimeSpan.Zero && report.Memory > default(MemorySize) && report.PeakMemory >= report.Memory);
        Assert.True(report.ResidentMemory >= report.Memory);
        Assert.Equal(["last words"], report.LastOutput);
        WorkerCrashedEvent crashed = await rig.NextAsync<WorkerCrashedEvent>();
        Assert.Same(report, crashed.Report);
        Assert.Same(report, Assert.Single(rig.Pool.GetSnapshot().LastDeaths));
        await rig.AssertServesAsync();
        LogEntry logged = Assert.Single(rig.Log.All, static entry => entry.Id.Id == EventIds.WorkerCrashed);
        Assert.Contains("exit code 3, in tool 'leave'", logged.Text, StringComparison.Ordinal);
        Assert.Contains("last words", report.ToString(), StringComparison.Ordinal);
    }

    [Theory(Timeout = Bound)]
    [InlineData(9, DeathCause.KilledFromOutside)]
    [InlineData(15, DeathCause.KilledFromOutside)]
    [InlineData(14, DeathCause.Signal)]
    public async Task Report_of_an_idle_worker_tells_the_signal(int signal, DeathCause cause)
    {
        Rig rig = await StartDeathsAsync();
        using Pidfd process = new(rig.OnlyWorker().Pid);

        process.Kill(signal);

        DeathReport report = (await rig.NextAsync<WorkerCrashedEvent>()).Report;
        Assert.Equal((cause, signal), (report.Cause, report.Signal));
        Assert.Null(report.Stacks);
        Assert.Empty(report.RunningTools);
    }

    [Fact(Timeout = Bound)]
    public async Task Report_of_a_hanging_call_tells_why_it_was_killed_and_where_it_hung()
    {
        Rig rig = await StartDeathsAsync(static p => p.Call.CancelGrace = TimeSpan.FromMilliseconds(20));

        await Assert.ThrowsAsync<CallTimeoutException>(async () => await rig.Pool.ExecuteAsync(
            "spin", default, new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(50) }, Cancellation));

        DeathReport report = (await rig.NextAsync<WorkerCrashedEvent>()).Report;
        Assert.Equal((DeathCause.KilledByPool, 9, "spin"), (report.Cause, report.Signal, Assert.Single(report.RunningTools).Name));
        Assert.Contains("Call.CancelGrace", report.KilledBecause, StringComparison.Ordinal);
        Assert.True(TransportMode.IsPortable || report.Stacks!.Contains(" in spin", StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    public async Task Report_of_a_worker_over_its_hard_limit_is_no_matter_of_the_system()
    {
        Rig rig = await StartDeathsAsync(static p => p.Memory.HardLimit = MemorySize.FromMiB(200));

        DeathReport report = await LoseAsync(rig, "take_memory", 300);

        Assert.Equal((DeathCause.KilledByPool, 9), (report.Cause, report.Signal));
        Assert.Contains("Memory.HardLimit", report.KilledBecause, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task Report_of_a_worker_that_the_system_killed_for_want_of_memory_says_so_and_the_host_goes_on()
    {
        using MemoryGroup? group = MemoryGroup.TryCreate(MemorySize.FromMiB(512));
        if (group is null)
        {
            Assert.Skip("No control group for memory can be made here.");
        }
        using HostProcess host = HostProcess.Start(HostScenarios.Starving, s_quietHost, group.Enter);

        (string output, int exitCode) = await host.EndAsync();

        Assert.Equal(($"{DeathCause.OutOfMemory}: killed by the system because memory ran out\n42\n", 0), (output, exitCode));
    }

    [Theory(Timeout = Bound)]
    [InlineData("Broken/leaves_at_import.py", DeathCause.Exited)]
    [InlineData("Broken/faults_at_import.py", DeathCause.Crash)]
    public async Task Report_of_a_failed_start_is_on_its_exception(string adapter, DeathCause cause)
    {
        Rig rig = Own(Rig.Create(adapter));

        AdapterLoadException thrown = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);
        DeathReport report = thrown.Report!;
        Assert.Equal((cause, false, 0L), (report.Cause, report.WasReady, report.Requests));
        Assert.True(
            cause != DeathCause.Crash
            || TransportMode.IsPortable
            || report.Stacks!.Contains(" in touch", StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L12")]
    public async Task Report_of_a_worker_that_hung_at_import_tells_where()
    {
        Rig rig = Own(Rig.Create("Broken/hangs_at_import.py", static p => p.Boot.Timeout = TimeSpan.FromSeconds(2)));

        AdapterLoadException thrown = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        DeathReport report = thrown.Report!;
        Assert.Equal((DeathCause.KilledByPool, false, 9), (report.Cause, report.WasReady, report.Signal));
        Assert.Contains("Boot.Timeout", report.KilledBecause, StringComparison.Ordinal);
        Assert.Contains(rig.Pool.GetSnapshot().LastDeaths, death => ReferenceEquals(death, report));
        await rig.NextAsync<WorkerCrashedEvent>(crashed => ReferenceEquals(crashed.Report, report));
        // On a busy machine the first workers may be killed before their import.
        StartFailedEvent failed = await rig.NextAsync<StartFailedEvent>(static failed => failed.Failure.Report!.LastOutput.Count > 0);
        Assert.True(TransportMode.IsPortable || HungLine().IsMatch(failed.Failure.Message), failed.Failure.Message);
    }

    [Fact(Timeout = Bound)]
    public async Task Sys_exit_in_a_tool_and_the_fault_of_a_child_are_no_deaths()
    {
        Rig rig = await StartDeathsAsync();

        ToolException thrown = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object?>("exit_politely", 3));

        Assert.Equal("SystemExit", thrown.Error.Type);
        Assert.Equal(11, await rig.CallAsync<int>("fork_that_faults"));
        DeathReport report = await LoseAsync(rig, "leave", 0);
        Assert.Null(report.Stacks); // the child must not write to its parent's page
        Assert.Equal((DeathCause.Exited, 0), (report.Cause, report.ExitCode));
    }

    [GeneratedRegex(@"It hung here:\n  File ""[^""]*hangs_at_import\.py"", line [56] in load\n")]
    private static partial Regex HungLine();

    private Task<Rig> StartDeathsAsync(Action<PoolOptions>? configure = null) => StartAsync("deaths.py", configure);

    private static async Task<DeathReport> LoseAsync(Rig rig, string tool, params object?[] arguments) =>
        (await Assert.ThrowsAsync<WorkerLostException>(() => rig.CallAsync<object?>(tool, arguments))).Report!;
}
