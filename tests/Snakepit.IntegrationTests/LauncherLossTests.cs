using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the loss of the launcher under a running pool.</summary>
public sealed class LauncherLossTests : IntegrationTest
{
    private const int SigStop = 19;

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    [Trait("Rule", "L1")]
    public async Task Loss_of_the_launcher_ends_its_workers_gives_calls_an_outcome_and_the_pool_recovers()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        Rig rig = await StartAsync(configure: static p =>
        {
            p.Size = 2;
            p.Restart.InitialBackoff = TimeSpan.FromMilliseconds(10);
            p.Queue.Timeout = TimeSpan.FromSeconds(50);
        });
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        Task<object> call = rig.CallAsync<object>("spin", "endless");
        await rig.BegunAsync("endless");
        using Pidfd launcher = new(Assert.Single(MarkedProcesses.OwnLaunchers().Except(before)));
        Pidfd[] workers = [.. rig.Pool.GetSnapshot().Workers.Select(worker => Own(new Pidfd(worker.Pid)))];

        launcher.Kill();

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal((CallExecution.MayHaveRun, DeathCause.Unknown), (lost.Execution, lost.Report!.Cause));
        Assert.Contains("ended with its launcher process", lost.Message, StringComparison.Ordinal);
        await Task.WhenAll(workers.Select(static worker => worker.GoneAsync()));
        await rig.NextAsync<WorkerReadyEvent>(static ready => ready.Worker is { Slot: 0, Generation: > 1 });
        await rig.NextAsync<WorkerReadyEvent>(static ready => ready.Worker is { Slot: 1, Generation: > 1 });
        await rig.AssertServesAsync();
        Assert.Contains(rig.Log.All, static entry => entry.Id.Id == EventIds.LauncherRestarted);
        Assert.All(
            rig.Log.All.Where(static entry => entry.Id.Id == EventIds.WorkerCrashed),
            static entry => Assert.EndsWith("Its Python stacks: none. Its last output: none", entry.Text, StringComparison.Ordinal));
        Assert.NotEqual(launcher.Pid, Assert.Single(MarkedProcesses.OwnLaunchers().Except(before)));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    [Trait("Rule", "L17")]
    public async Task Loss_of_the_launcher_right_before_the_stop_leaves_nothing()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        Rig rig = await StartAsync(configure: static p => p.Size = 2);
        using Pidfd launcher = new(Assert.Single(MarkedProcesses.OwnLaunchers().Except(before)));

        launcher.Kill();

        await rig.Runtime.DisposeAsync();
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    [Trait("Rule", "L18")]
    public async Task Loss_of_the_launcher_ends_descendants_in_sessions_of_their_own()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        Rig rig = await StartAsync("load.py", static p => p.Restart.InitialBackoff = TimeSpan.FromMilliseconds(10));
        using Pidfd away = new(await rig.CallAsync<int>("grandchild", true));
        using Pidfd deaf = new(await rig.CallAsync<int>("deaf_grandchild"));
        using Pidfd launcher = new(Assert.Single(MarkedProcesses.OwnLaunchers().Except(before)));

        launcher.Kill();

        await Task.WhenAll(away.GoneAsync(), deaf.GoneAsync());
        await rig.NextAsync<WorkerReadyEvent>(static ready => ready.Worker.Generation > 1);
        Assert.DoesNotContain(rig.Log.All, static entry => entry.Id.Id == EventIds.LeftoversKilled); // the guard has ended them
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    [Trait("Rule", "L18")]
    public async Task Loss_of_launcher_and_guard_ends_descendants_in_sessions_of_their_own()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        IReadOnlyCollection<int> children = MarkedProcesses.OwnChildren();
        Rig rig = await StartAsync("load.py", static p => p.Restart.InitialBackoff = TimeSpan.FromMilliseconds(10));
        using Pidfd away = new(await rig.CallAsync<int>("grandchild", true));
        using Pidfd deaf = new(await rig.CallAsync<int>("deaf_grandchild"));
        using Pidfd launcher = new(Assert.Single(MarkedProcesses.OwnLaunchers().Except(before)));
        using Pidfd guard = new(Assert.Single(MarkedProcesses.OwnChildren().Except(children)));

        launcher.Kill(SigStop); // otherwise the launcher would begin to end everything between the two kills
        guard.Kill();
        launcher.Kill();

        await Task.WhenAll(away.GoneAsync(), deaf.GoneAsync());
        WorkerCrashedEvent crashed = await rig.NextAsync<WorkerCrashedEvent>();
        Assert.StartsWith("ended with its launcher process", crashed.Report.Description, StringComparison.Ordinal);
        await rig.NextAsync<WorkerReadyEvent>(static ready => ready.Worker.Generation > 1);
        await rig.Log.FirstAsync(static entry => entry.Id.Id == EventIds.LeftoversKilled);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    public async Task Loss_of_the_launcher_again_right_after_its_restart_is_survived_with_a_zygote()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        IReadOnlyCollection<int> children = MarkedProcesses.OwnChildren();
        Rig rig = await StartAsync(configure: static p =>
        {
            p.Size = 2;
            p.Start.Method = StartMethod.Zygote;
            p.Transport.Portable = false;
            p.Restart.InitialBackoff = TimeSpan.FromMilliseconds(10);
            p.Queue.Timeout = TimeSpan.FromSeconds(50);
        });
        using Pidfd first = new(Assert.Single(MarkedProcesses.OwnLaunchers().Except(before)));
        int guard = Assert.Single(MarkedProcesses.OwnChildren().Except(children));
        first.Kill();
        await rig.Log.FirstAsync(static entry => entry.Id.Id == EventIds.LauncherRestarted);
        int starting = Assert.Single(MarkedProcesses.OwnChildren().Except(children), pid => pid != guard);
        using Pidfd second = new(starting); // the process is about to become a guard
        second.Kill();

        await rig.NextAsync<WorkerReadyEvent>(static ready => ready.Worker is { Slot: 0, Generation: > 1 });
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    [Trait("Rule", "L15")]
    [Trait("Rule", "L16")]
    public async Task Loss_of_the_launcher_while_workers_boot_is_not_the_adapters_fault_and_the_start_succeeds()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        Gate gate = NewGate();
        Rig rig = Own(Rig.Create("gated.py", pool =>
        {
            (pool.Size, pool.MinReady, pool.Start.MaxConcurrent) = (2, 2, 2);
            pool.Python.Variables["GATE"] = gate.Path;
        }));
        Task starting = rig.StartAsync();
        using Pidfd first = new((await rig.NextAsync<WorkerStartedEvent>(static started => started.Worker.Slot == 0)).Pid);
        using Pidfd second = new((await rig.NextAsync<WorkerStartedEvent>(static started => started.Worker.Slot == 1)).Pid);
        using Pidfd launcher = new(Assert.Single(MarkedProcesses.OwnLaunchers().Except(before)));

        launcher.Kill();

        await Task.WhenAll(first.GoneAsync(), second.GoneAsync());
        await rig.NextAsync<StartFailedEvent>(static failed => failed.Worker.Slot == 0);
        await rig.NextAsync<StartFailedEvent>(static failed => failed.Worker.Slot == 1);
        RestartSnapshot row = Assert.Single(rig.Pool.GetSnapshot().Restarts);
        Assert.Equal(("start failed: its launcher ended", 1), (row.Cause, row.Failures));
        gate.Release(tools: 2);
        await starting;
        await AssertNobodyIsBlamedAsync(rig, workers: 2);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    [Trait("Rule", "L15")]
    public async Task Loss_of_the_launcher_under_ready_workers_is_not_the_adapters_fault()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        Rig rig = await StartAsync(configure: static p => p.Size = 3);
        await rig.Pool.WaitUntilReadyAsync(3, Cancellation);
        using Pidfd launcher = new(Assert.Single(MarkedProcesses.OwnLaunchers().Except(before)));

        launcher.Kill();

        for (int slot = 0; slot < 3; slot++)
        {
            await rig.NextAsync<WorkerReadyEvent>(ready => ready.Worker is { Generation: 2 } worker && worker.Slot == slot);
        }
        await AssertNobodyIsBlamedAsync(rig, workers: 3);
        Assert.Empty(rig.Seen<StartFailedEvent>());
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    [Trait("Rule", "L16")]
    public async Task Loss_of_the_launcher_while_a_worker_boots_is_a_failed_start()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        Rig rig = Own(Rig.Create("Broken/hangs_in_setup.py"));
        Task starting = rig.StartAsync();
        int pid = (await rig.NextAsync<WorkerStartedEvent>()).Pid;
        using Pidfd worker = new(pid);
        using Pidfd launcher = new(Assert.Single(MarkedProcesses.OwnLaunchers().Except(before)));

        launcher.Kill();

        await worker.GoneAsync();
        await rig.NextAsync<StartFailedEvent>();
        await rig.Runtime.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => starting);
    }

    private static async Task AssertNobodyIsBlamedAsync(Rig rig, int workers)
    {
        await rig.Pool.WaitUntilReadyAsync(workers, Cancellation);
        Assert.Empty(rig.Pool.GetSnapshot().Restarts);
        await rig.AssertServesAsync();
        Assert.DoesNotContain(await rig.AllAsync<PoolStateChangedEvent>(), static change => change.To == PoolState.Failing);
    }
}
