using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests that a killed host leaves nothing behind, without help from outside.</summary>
public sealed class HostDeathTests : IntegrationTest
{
    private const int SigStop = 19;

    [Theory(Timeout = Bound)]
    [InlineData(HostScenarios.Busy, 2 + 3 + 3)] // launcher and guard, workers, grandchildren
    [InlineData(HostScenarios.BusyForked, 2 + 1 + 3 + 3)] // a zygote too
    [InlineData(HostScenarios.BusyStandard, 3 + 1)] // no launcher
    [Trait("Rule", "P1")]
    [Trait("Rule", "L18")]
    public async Task Kill_of_the_host_takes_launcher_workers_and_descendants_along(string scenario, int processes)
    {
        HostProcess host = await StartHostAsync(scenario);
        Pidfd[] others = Others(host);
        Assert.InRange(others.Length, processes, int.MaxValue);

        host.Kill();

        await AssertGoneAsync(host, others);
    }

    [Theory(Timeout = Bound)]
    [InlineData(HostScenarios.Booting, 2 + 2)] // launcher and guard, workers
    [InlineData(HostScenarios.BootingMany, 2 + 32)]
    [InlineData(HostScenarios.Holding, 2 + 2)]
    [InlineData(HostScenarios.Forking, 2 + 1)] // a zygote too; one worker may just start while another leaves
    [InlineData(HostScenarios.Draining, 2 + 2)]
    [InlineData(HostScenarios.Stopping, 2 + 1)]
    [Trait("Rule", "L18")]
    public async Task Kill_of_the_host_whatever_it_is_about_leaves_nothing(string scenario, int processes)
    {
        HostProcess host = await StartHostAsync(scenario);
        Pidfd guard = Own(new Pidfd(MarkedProcesses.ChildrenOf(host.Pid).Single()));
        Assert.InRange(MarkedProcesses.Find(host.Mark).Count, processes, int.MaxValue);

        host.Kill();

        await guard.GoneAsync(); // the guard is the last to go
        Assert.DoesNotContain(MarkedProcesses.Find(host.Mark), pid => pid != host.Pid);
    }

    [Theory(Timeout = Bound)]
    [InlineData(HostScenarios.Busy)]
    [InlineData(HostScenarios.BusyForked)]
    [Trait("Rule", "P1")]
    [Trait("Rule", "L18")]
    public async Task Kill_of_host_and_launcher_together_takes_workers_and_descendants_along(string scenario)
    {
        HostProcess host = await StartHostAsync(scenario);
        Pidfd launcher = Own(new Pidfd(MarkedProcesses.LauncherOf(host.Pid)));
        Pidfd[] others = Others(host);
        launcher.Kill(SigStop); // otherwise the launcher would begin to end everything between the two kills

        host.Kill();
        launcher.Kill();

        await AssertGoneAsync(host, others);
    }

    [Theory(Timeout = Bound)]
    [InlineData(HostScenarios.Busy)]
    [InlineData(HostScenarios.BusyForked)]
    [Trait("Rule", "P1")]
    [Trait("Rule", "L18")]
    public async Task Kill_of_host_and_guard_together_takes_workers_and_descendants_along(string scenario)
    {
        HostProcess host = await StartHostAsync(scenario);
        Pidfd guard = Own(new Pidfd(MarkedProcesses.ChildrenOf(host.Pid).Single()));
        Pidfd[] others = Others(host);

        guard.Kill();
        host.Kill();

        await AssertGoneAsync(host, others);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L18")]
    public async Task Kill_of_a_stopped_host_leaves_nothing()
    {
        HostProcess host = await StartHostAsync(HostScenarios.BusyForked);
        Pidfd[] others = Others(host);
        using (Pidfd stopped = new(host.Pid))
        {
            stopped.Kill(SigStop);
        }

        host.Kill();

        await AssertGoneAsync(host, others);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L18")]
    public async Task Host_that_is_process_1_of_a_namespace_runs_and_ends()
    {
        (string output, int exitCode) = await StartAsFirst(HostScenarios.Pool + "2").EndAsync();

        Assert.Equal(("42\n", 0), (output, exitCode));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L18")]
    public async Task Kill_of_a_host_that_is_process_1_of_a_namespace_leaves_nothing()
    {
        HostProcess host = StartAsFirst(HostScenarios.Busy);
        Assert.Equal(HostScenarios.Busy, await host.ReadLineAsync());
        Pidfd[] others = Others(host);
        using Pidfd first = new(MarkedProcesses.ChildrenOf(host.Pid).Single());

        first.Kill();

        await host.GoneAsync();
        await AssertGoneAsync(host, others);
    }

    /// <summary>Starts a host and waits until it is in the state of its scenario.</summary>
    private async Task<HostProcess> StartHostAsync(string scenario)
    {
        HostProcess host = Own(HostProcess.Start(scenario));
        Assert.Equal(scenario, await host.ReadLineAsync());
        return host;
    }

    private static async Task AssertGoneAsync(HostProcess host, Pidfd[] others)
    {
        await Task.WhenAll(others.Select(static other => other.GoneAsync()));
        Assert.Empty(MarkedProcesses.Find(host.Mark));
    }

    private HostProcess StartAsFirst(string scenario)
    {
        Namespaces.SkipUnlessTheyCanBeMade();
        string folder = Own(new TemporaryFolder()).Path; // no other host must sweep the entry of this one
        var environment = new Dictionary<string, string?> { ["XDG_RUNTIME_DIR"] = folder };
        return Own(HostProcess.Start(scenario, environment, shell: "exec unshare --fork --pid --mount-proc \"$@\";"));
    }

    private Pidfd[] Others(HostProcess host) =>
        [.. MarkedProcesses.Find(host.Mark).Where(pid => pid != host.Pid).Select(pid => Own(new Pidfd(pid)))];
}
