using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests rule L15: causes that kill workers or make them useless are not tried without end.</summary>
public sealed class RestartTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L15")]
    public async Task ExecuteAsync_input_that_killed_three_workers_is_rejected_others_go_on()
    {
        Rig rig = await StartAsync("deadly.py", static p => p.Restart.MaxBackoff = p.Restart.InitialBackoff = TimeSpan.FromMilliseconds(1));

        await Assert.ThrowsAsync<WorkerLostException>(() => rig.CallAsync<int>("divide", 1, 0)); // idempotent, so with three attempts
        InputQuarantinedException rejected = await Assert.ThrowsAsync<InputQuarantinedException>(() => rig.CallAsync<int>("divide", 1, 0));

        Assert.Equal(("divide", 3, 9), (rejected.Tool, rejected.Input!.Deaths, rejected.Input.LastDeath?.ExitCode));
        Assert.Contains("LiftQuarantine", rejected.Message, StringComparison.Ordinal);
        Assert.Equal(3, await rig.CallAsync<int>("divide", 7, 2));
        Assert.Equal(rejected.Input.Hash, Assert.Single(rig.Pool.GetSnapshot().Quarantine).Hash);
        await rig.Log.FirstAsync(static entry => entry.Id.Id == EventIds.InputQuarantined);
        Assert.Equal(rejected.Input.Hash, (await rig.NextAsync<InputQuarantinedEvent>()).Hash);

        Assert.Equal(1, rig.Pool.LiftQuarantine("divide"));
        Assert.Empty(rig.Pool.GetSnapshot().Quarantine);
        await Assert.ThrowsAsync<WorkerLostException>(() => rig.CallAsync<int>("divide", 1, 0));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L15")]
    public async Task Check_that_never_passes_is_told_once_and_the_worker_serves_on()
    {
        Rig rig = await StartAsync("deadly.py", static p =>
        {
            (p.Health.CheckTool, p.Health.CheckInterval) = ("sound", TimeSpan.FromMilliseconds(10));
            (p.Restart.InitialBackoff, p.Restart.MaxBackoff) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        });

        await rig.Log.FirstAsync(static entry => entry.Id.Id == EventIds.ReplacementsHeldBack);

        PoolSnapshot degraded = await rig.UntilAsync(static pool => pool.State == PoolState.Degraded);
        Assert.Contains(
            degraded.Restarts,
            static row => row.Cause.StartsWith("health_check_failed", StringComparison.Ordinal) && row.Failures >= 3);
        Assert.Equal(3, await rig.CallAsync<int>("divide", 7, 2));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L15")]
    public async Task Snapshot_of_a_pool_that_cannot_start_names_the_cause()
    {
        Rig rig = Own(Rig.Create("Broken/raises_in_setup.py"));

        await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        RestartSnapshot row = Assert.Single(rig.Pool.GetSnapshot().Restarts);
        Assert.Equal("start failed: setup: RuntimeError", row.Cause);
    }
}
