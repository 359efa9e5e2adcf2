using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>The launcher is killed under a running pool.</summary>
public sealed class LauncherLossTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    [Trait("Rule", "L1")]
    public async Task Loss_of_the_launcher_ends_its_workers_gives_calls_an_outcome_and_the_pool_recovers()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnChildren();
        Rig rig = await StartAsync(configure: static p =>
        {
            p.Size = 2;
            p.Restart.InitialBackoff = TimeSpan.FromMilliseconds(10);
            p.Queue.Timeout = TimeSpan.FromSeconds(50);
        });
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        Task<object> call = rig.CallAsync<object>("spin", "endless");
        await rig.BegunAsync("endless");
        using Pidfd launcher = new(Assert.Single(MarkedProcesses.OwnChildren().Except(before)));
        Pidfd[] workers = [.. rig.Pool.GetSnapshot().Workers.Select(worker => Own(new Pidfd(worker.Pid)))];

        launcher.Kill();

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal(CallExecution.MayHaveRun, lost.Execution);
        await Task.WhenAll(workers.Select(static worker => worker.GoneAsync()));
        await rig.NextAsync<WorkerReady>(static ready => ready.Worker is { Slot: 0, Generation: > 1 });
        await rig.NextAsync<WorkerReady>(static ready => ready.Worker is { Slot: 1, Generation: > 1 });
        await rig.AssertServesAsync();
        Assert.Contains(rig.Log.All, static entry => entry.Id.Id == EventIds.LauncherRestarted);
        Assert.NotEqual(launcher.Pid, Assert.Single(MarkedProcesses.OwnChildren().Except(before)));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    [Trait("Rule", "L17")]
    public async Task Loss_of_the_launcher_right_before_the_stop_leaves_nothing()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnChildren();
        Rig rig = await StartAsync(configure: static p => p.Size = 2);
        using Pidfd launcher = new(Assert.Single(MarkedProcesses.OwnChildren().Except(before)));

        launcher.Kill();

        await rig.Runtime.DisposeAsync();
    }
}
