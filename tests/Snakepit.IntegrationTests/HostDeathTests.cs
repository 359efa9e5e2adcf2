using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>The host is killed: nothing of it stays, without help of anybody.</summary>
public sealed class HostDeathTests : IntegrationTest
{
    [Theory(Timeout = Bound)]
    [InlineData(HostScenarios.Busy, 1 + 3 + 3)] // launcher, workers, grandchildren
    [InlineData(HostScenarios.BusyForked, 1 + 1 + 3 + 3)] // and a zygote
    [Trait("Rule", "P1")]
    [Trait("Rule", "L18")]
    public async Task Kill_of_the_host_takes_launcher_workers_and_descendants_along(string scenario, int processes)
    {
        HostProcess host = Own(HostProcess.Start(scenario));
        Assert.Equal(scenario, await host.ReadLineAsync());
        Pidfd[] others = Others(host);
        Assert.InRange(others.Length, processes, int.MaxValue);

        host.Kill();

        await Task.WhenAll(others.Select(static other => other.GoneAsync()));
        Assert.Empty(MarkedProcesses.Find(host.Mark));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L18")]
    public async Task Kill_of_the_host_while_workers_boot_leaves_nothing()
    {
        HostProcess host = Own(HostProcess.Start(HostScenarios.Booting));
        Assert.Equal("booting", await host.ReadLineAsync());
        Pidfd[] others = Others(host);
        Assert.InRange(others.Length, 1 + 2, int.MaxValue);

        host.Kill();

        await Task.WhenAll(others.Select(static other => other.GoneAsync()));
        Assert.Empty(MarkedProcesses.Find(host.Mark));
    }

    private Pidfd[] Others(HostProcess host) => [.. MarkedProcesses.Find(host.Mark).Where(pid => pid != host.Pid).Select(pid => Own(new Pidfd(pid)))];
}
