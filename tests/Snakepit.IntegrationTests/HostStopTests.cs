using Snakepit.IntegrationTests.Fixture;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.IntegrationTests;

/// <summary>Tests a host application that a signal stops: every call has its outcome, the end is clean, and nothing is left.</summary>
public sealed class HostStopTests : IntegrationTest
{
    private const int SigInt = 2;
    private const int SigTerm = 15;

    public static TheoryData<string, int, string> States
    {
        get
        {
            const string Lost = "running: WorkerLostException, waiting: ObjectDisposedException";
            var data = new TheoryData<string, int, string>
            {
                { HostedApplication.Idle, SigTerm, "" },
                { HostedApplication.Idle, SigInt, "" },
                { HostedApplication.Ending, SigTerm, "running: answered" },
                { HostedApplication.Ending, SigInt, "running: answered" },
                { HostedApplication.Endless, SigTerm, Lost },
                { HostedApplication.Endless, SigInt, Lost },
                { HostedApplication.Deaf, SigTerm, Lost },
                { HostedApplication.Impatient, SigTerm, Lost },
                { HostedApplication.Booting, SigTerm, "waiting: ObjectDisposedException" },
                { HostedApplication.Forking, SigTerm, "waiting: ObjectDisposedException" },
                { HostedApplication.Failing, SigTerm, "" },
                { HostedApplication.Recycling, SigTerm, "running: answered" },
            };
            return data;
        }
    }

    [Theory(Timeout = Bound)]
    [MemberData(nameof(States))]
    [Trait("Rule", "L1")]
    [Trait("Rule", "L17")]
    public async Task Signal_to_a_host_ends_it_cleanly_with_an_outcome_for_every_call(string state, int signal, string outcomes)
    {
        HostProcess host = await StartAsync(state);
        using var process = new Pidfd(host.Pid);

        process.Kill(signal);

        await AssertCleanEndAsync(host, outcomes);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task Signal_given_again_while_the_host_stops_changes_nothing()
    {
        HostProcess host = await StartAsync(HostedApplication.Endless);
        using var process = new Pidfd(host.Pid);

        process.Kill(SigTerm);
        process.Kill(SigInt);
        process.Kill(SigTerm);

        await AssertCleanEndAsync(host, "running: WorkerLostException, waiting: ObjectDisposedException");
    }

    private static async Task AssertCleanEndAsync(HostProcess host, string outcomes)
    {
        (string output, int exitCode) = await host.EndAsync();
        Assert.Equal(
            outcomes.Split(", ", StringSplitOptions.RemoveEmptyEntries).Append("unobserved: 0"),
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(0, exitCode);
        Assert.Empty(MarkedProcesses.Find(host.Mark));
    }

    private async Task<HostProcess> StartAsync(string state)
    {
        HostProcess host = Own(HostProcess.Start(HostScenarios.Hosted + state, shell: "exec 2>&1;"));
        Assert.Equal("ready", await host.ReadLineAsync());
        return host;
    }
}
