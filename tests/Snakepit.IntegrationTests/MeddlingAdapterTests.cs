using Microsoft.Extensions.Logging;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>
/// Tests adapters that change state of the whole process. The worker depends on none of that state; python/tests/test_hostile_state.py has
/// the list.
/// </summary>
public sealed class MeddlingAdapterTests : IntegrationTest
{
    private const int SigUsr1 = 10;

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P3")]
    public async Task Default_timeout_of_sockets_and_patched_functions_leave_the_worker_as_it_is()
    {
        Rig rig = await StartAsync("meddling.py");

        int pid = await rig.CallAsync<int>("get_in_the_way");
        await rig.Log.FirstAsync(static entry => entry.Text.EndsWith("in the way", StringComparison.Ordinal));
        await rig.Pool.RecycleAsync(0, Cancellation);

        Assert.NotEqual(pid, await rig.CallAsync<int>("pid"));
        Assert.DoesNotContain(rig.Log.All, static entry => entry.Id.Id == EventIds.WorkerCrashed);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L3")]
    public async Task Signal_handler_that_raises_between_calls_is_told_and_costs_no_call()
    {
        Rig rig = await StartAsync("meddling.py");
        int pid = rig.OnlyWorker().Pid;
        using Pidfd worker = new(pid);
        await rig.CallAsync<object?>("raise_on", SigUsr1);

        worker.Kill(SigUsr1);
        LogEntry told = await rig.Log.FirstAsync(static entry => entry.Text.Contains("the handler's own", StringComparison.Ordinal));

        Assert.Equal(LogLevel.Error, told.Level);
        Assert.Contains("in handler", told.Text, StringComparison.Ordinal);
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L14")]
    public async Task Descriptors_that_a_tool_closes_are_told_apart_from_a_lost_host()
    {
        Rig rig = await StartAsync("meddling.py");

        await Record.ExceptionAsync(() => rig.CallAsync<object?>("close_descriptors")); // succeeds where a page has the reply
        DeathReport report = (await rig.NextAsync<WorkerCrashedEvent>()).Report;

        Assert.Equal(DeathCause.ChannelLost, report.Cause);
        Assert.Contains("could not read or write its channel", report.Description, StringComparison.Ordinal);
        Assert.Contains(report.LastOutput, static line => line.Contains("failed: [Errno 9]", StringComparison.Ordinal));
        Assert.InRange(await rig.CallAsync<int>("pid"), 1, int.MaxValue);
    }
}
