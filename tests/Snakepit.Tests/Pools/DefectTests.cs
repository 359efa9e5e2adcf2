using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Snakepit.Pools.Kernel;
using Snakepit.Telemetry;
using Snakepit.Testing;
using Snakepit.Workers;

namespace Snakepit.Tests.Pools;

/// <summary>
/// A defect inside Snakepit, planted where threads enter the kernel, costs the pool its calls and its workers. It affects nothing else.
/// </summary>
[Trait("Rule", "L1")]
public sealed class DefectTests
{
    public static TheoryData<string> Entries => [.. DefectEntry.All.Keys];

    [Theory]
    [MemberData(nameof(Entries))]
    public async Task A_defect_in_a_step_costs_its_pool_only(string entry)
    {
        DefectEntry way = DefectEntry.All[entry];
        await using DefectFixture fixture = await DefectFixture.StartAsync(configure: way.Configure);
        await way.Prepare(fixture);
        await fixture.OccupyAsync();
        StepKind last = default;
        Task defect = fixture.Plant(step =>
        {
            last = step.Kind;
            return way.Which(step);
        });

        Task provoked = way.Provoke(fixture);
        await defect.WaitAsync(TestContext.Current.CancellationToken);
        await Record.ExceptionAsync(() => provoked.WaitAsync(TestContext.Current.CancellationToken));
        fixture.PolicyWants = false;

        await fixture.AssertOwnCallsAreLostAsync();
        await fixture.AssertServesAsync();
        await fixture.AssertOthersServeAsync();
        Assert.All(fixture.Old, static worker => Assert.True(worker.Exited.IsCompletedSuccessfully));
        fixture.AssertTold(last);
    }

    [Fact]
    public void Every_step_of_the_kernel_has_a_defect()
    {
        KernelStep[] steps =
        [
            .. Enum.GetValues<StepKind>().Except([StepKind.Signal, StepKind.Command]).Select(static kind => new KernelStep(kind, 0)),
            .. Enum.GetValues<SignalKind>().Select(static kind => new KernelStep(StepKind.Signal, 0) { Signal = kind }),
            .. Enum.GetValues<CommandKind>().Select(static kind => new KernelStep(StepKind.Command, 0) { Command = new PoolCommand(kind) }),
        ];

        IEnumerable<KernelStep> without = steps.Where(static step => !DefectEntry.All.Values.Any(entry => entry.Which(step)));

        Assert.Equal(
            [
                $"{StepKind.Start}", // A_restart_that_meets_a_defect_is_tried_again
                $"{StepKind.SubmitCheck}", // A_check_that_meets_the_defect_is_forgotten
                $"{CommandKind.Shutdown}", $"{CommandKind.HurryShutdown}", // Stopping_meets_a_defect_in_every_step_and_still_ends
            ],
            without.Select(static step => step.Kind == StepKind.Command ? $"{step.Command.Kind}" : $"{step.Kind}"));
    }

    [Fact]
    public async Task A_restart_that_meets_a_defect_is_tried_again()
    {
        await using DefectFixture fixture = await DefectFixture.StartAsync();
        await fixture.OccupyAsync();
        Task defect = fixture.Plant(static step => step.Kind == StepKind.Start || DefectEntry.Is(CommandKind.Taint)(step), times: 2);

        fixture.Pool.Taint(0, TimeSpan.FromSeconds(1));
        await defect.WaitAsync(TestContext.Current.CancellationToken);

        await fixture.AssertOwnCallsAreLostAsync();
        await fixture.AssertServesAsync();
        await fixture.AssertOthersServeAsync();
    }

    [Fact]
    public async Task A_check_that_meets_the_defect_is_forgotten()
    {
        await using DefectFixture fixture = await DefectFixture.StartAsync(
            configure: static p => (p.Health.CheckTool, p.Health.CheckInterval) = ("check", TimeSpan.FromMinutes(1)));
        Task defect = fixture.Plant(DefectEntry.Is(StepKind.SubmitCheck));

        fixture.Time.Advance(TimeSpan.FromSeconds(90)); // health checks have a random offset
        await defect.WaitAsync(TestContext.Current.CancellationToken);

        await fixture.AssertServesAsync();
        Assert.Equal(42, await fixture.AddAsync("other"));
        fixture.AssertTold(StepKind.SubmitCheck);
    }

    [Fact]
    public async Task Calls_that_wait_for_room_outlive_the_defect()
    {
        await using DefectFixture fixture = await DefectFixture.StartAsync(
            configure: static p => (p.Queue.Limit, p.Queue.WhenFull) = (1, QueueFullMode.Wait));
        await fixture.OccupyAsync();
        Task<int>[] waiting = [.. Enumerable.Range(0, 10).Select(_ => fixture.AddAsync())];
        Assert.Equal(10, fixture.Pool.GetSnapshot().WaitingForRoom);

        _ = fixture.Plant(DefectEntry.Is(StepKind.Command));
        fixture.Pool.Taint(0, TimeSpan.FromSeconds(1));

        await fixture.AssertOwnCallsAreLostAsync();
        Assert.All(await Task.WhenAll(waiting).WaitAsync(TestContext.Current.CancellationToken), static sum => Assert.Equal(42, sum));
        Assert.Equal((0, 0), (fixture.Pool.GetSnapshot().WaitingForRoom, fixture.Pool.GetSnapshot().QueueLength));
    }

    [Fact]
    public async Task A_start_that_waited_for_its_turn_meets_the_defect_on_a_thread_of_the_pool()
    {
        var boot = new TaskCompletionSource();
        await using DefectFixture fixture = await DefectFixture.StartAsync(
            boot: worker => worker.Id is { Pool: "text", Slot: 0, Generation: 1 } ? boot.Task : Task.CompletedTask);
        Task defect = fixture.Plant(static step => step is { Signal: SignalKind.Begun, Worker.Slot: 1 });

        boot.SetResult();
        await defect.WaitAsync(TestContext.Current.CancellationToken);

        await fixture.AssertServesAsync();
        Assert.Equal(42, await fixture.AddAsync("other"));
    }

    [Fact]
    public async Task A_call_whose_own_submission_fails_did_not_run()
    {
        await using DefectFixture fixture = await DefectFixture.StartAsync();
        _ = fixture.Plant(DefectEntry.Is(StepKind.Submit));

        CallResult<int> result = await fixture.Pool.TryExecuteAsync<int>("add", default, null, CancellationToken.None);

        Assert.Equal(CallOutcome.WorkerLost, result.Outcome);
        Assert.Equal(CallExecution.NotStarted, Assert.IsType<WorkerLostException>(result.Error).Execution);
        await fixture.AssertServesAsync();
    }

    [Fact]
    public async Task Three_defects_within_the_window_end_the_pool()
    {
        await using DefectFixture fixture = await DefectFixture.StartAsync();
        for (int i = 0; i < 3; i++)
        {
            _ = fixture.Plant(DefectEntry.Is(StepKind.Submit));
            await fixture.Pool.TryExecuteAsync<int>("add", default, null, CancellationToken.None);
        }

        CallResult<int> refused = await fixture.Pool.TryExecuteAsync<int>("add", default, null, CancellationToken.None);

        Assert.Equal(CallOutcome.PoolFailing, refused.Outcome);
        Assert.Contains("Restart.Window", refused.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(PoolState.Failing, fixture.Pool.GetSnapshot().State);
        await Assert.ThrowsAsync<AdapterLoadException>(() => fixture.Pool.WaitUntilReadyAsync(1, CancellationToken.None));
        Assert.DoesNotContain(fixture.Workers.Alive, static worker => worker.Id.Pool == "text");
        Assert.Equal(42, await fixture.AddAsync("other"));
        fixture.AssertTold(StepKind.Submit, times: 3);
    }

    [Fact]
    public async Task The_live_probe_wants_a_restart_once_defects_have_ended_a_pool()
    {
        await using DefectFixture fixture = await DefectFixture.StartAsync();
        var services = new ServiceCollection();
        services.AddSingleton(fixture.Runtime).AddLogging().AddHealthChecks().AddSnakepitProbes();
        await using ServiceProvider provider = services.BuildServiceProvider();
        var checks = provider.GetRequiredService<HealthCheckService>();
        List<HealthStatus> seen = [];
        HealthReport report = null!;
        for (int i = 0; i < 3; i++)
        {
            _ = fixture.Plant(DefectEntry.Is(StepKind.Submit));
            await fixture.Pool.TryExecuteAsync<int>("add", default, null, CancellationToken.None);
            report = await checks.CheckHealthAsync(static check => check.Tags.Contains("live"), TestContext.Current.CancellationToken);
            seen.Add(report.Status);
        }

        Assert.Equal([HealthStatus.Healthy, HealthStatus.Healthy, HealthStatus.Unhealthy], seen);
        Assert.StartsWith(
            "Pool 'text' has ended for good. Restart the host.", report.Entries["snakepit-live"].Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Defects_far_apart_do_not_end_the_pool()
    {
        await using DefectFixture fixture = await DefectFixture.StartAsync();
        for (int i = 0; i < 4; i++)
        {
            _ = fixture.Plant(DefectEntry.Is(StepKind.Submit));
            await fixture.Pool.TryExecuteAsync<int>("add", default, null, CancellationToken.None);
            await fixture.Pool.WaitUntilReadyAsync(2, CancellationToken.None);
            fixture.Time.Advance(TimeSpan.FromSeconds(31)); // a window allows two
        }

        await fixture.AssertServesAsync();
    }

    [Fact]
    public async Task Stopping_meets_a_defect_in_every_step_and_still_ends()
    {
        DefectFixture fixture = await DefectFixture.StartAsync();
        await fixture.OccupyAsync();
        _ = fixture.Plant(static _ => true, times: int.MaxValue);

        await fixture.StopAsync();

        await fixture.AssertOwnCallsAreLostAsync();
        Assert.DoesNotContain(fixture.Workers.Alive, static worker => worker.Id.Pool == "text");
        await fixture.DisposeAsync();
    }

    [Fact]
    public async Task The_pool_waits_for_its_old_processes_before_it_starts_again()
    {
        await using DefectFixture fixture = await DefectFixture.StartAsync();
        FakeWorker stubborn = fixture.Workers.Get("text", 0);
        stubborn.Hang(unkillable: true);
        _ = fixture.Plant(DefectEntry.Is(StepKind.Command));
        fixture.Pool.Taint(1, TimeSpan.FromSeconds(1));

        Task<int> call = fixture.AddAsync();
        Assert.Equal(stubborn, Assert.Single(fixture.Workers.Alive, static worker => worker.Id.Pool == "text"));
        Assert.False(call.IsCompleted);
        stubborn.Crash();

        Assert.Equal(42, await call);
        Assert.True(fixture.Workers.Get("text", 0).Id.Generation > 1);
    }

    [Fact]
    public async Task A_process_that_does_not_end_is_waited_for_within_KillTimeout()
    {
        await using DefectFixture fixture = await DefectFixture.StartAsync(
            configure: static p => p.Queue.Timeout = TimeSpan.FromMinutes(1));
        fixture.Workers.Get("text", 0).Hang(unkillable: true);
        _ = fixture.Plant(DefectEntry.Is(StepKind.Command));
        fixture.Pool.Taint(1, TimeSpan.FromSeconds(1));
        Task<int> call = fixture.AddAsync();

        fixture.Time.Advance(TimeSpan.FromSeconds(5.1));

        Assert.Equal(42, await call);
        Assert.Contains(fixture.Logs(), static record => record.Id.Id == EventIds.WorkerUnkillable);
    }

    [Fact]
    public async Task A_command_that_cannot_be_noted_is_a_defect()
    {
        var workers = new FaultyWorkers();
        await using DefectFixture fixture = await DefectFixture.StartAsync(workers);
        workers.Fault = EffectKind.Send;

        CallResult<int> result = await fixture.Pool.TryExecuteAsync<int>("add", default, null, CancellationToken.None);

        Assert.Equal(CallOutcome.WorkerLost, result.Outcome);
        await fixture.Pool.WaitUntilReadyAsync(2, TestContext.Current.CancellationToken);
        fixture.AssertTold(StepKind.Submit, isWhole: true);
    }

    [Fact]
    public async Task An_action_that_throws_is_a_defect()
    {
        var workers = new FaultyWorkers();
        await using DefectFixture fixture = await DefectFixture.StartAsync(workers);
        Task<CallResult<int>> late = fixture.Pool.TryExecuteAsync<int>(
            "add", default, new ToolCallOptions { Timeout = TimeSpan.FromSeconds(1) }, CancellationToken.None).AsTask();
        Task<CallResult<int>> bystander = fixture.Pool.TryExecuteAsync<int>("add", default, null, CancellationToken.None).AsTask();
        workers.Fault = EffectKind.Kill;

        fixture.Time.Advance(TimeSpan.FromSeconds(1.1));
        fixture.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(CallOutcome.TimedOut, (await late).Outcome);
        Assert.Equal(CallOutcome.WorkerLost, (await bystander).Outcome);
        await fixture.Pool.WaitUntilReadyAsync(2, TestContext.Current.CancellationToken);
        fixture.AssertTold(StepKind.Tick, isWhole: true);
    }

    [Fact]
    public async Task A_launcher_that_throws_when_code_has_changed_is_a_defect()
    {
        await using DefectFixture fixture = await DefectFixture.StartAsync(new FaultyWorkers { ZygotesThrow = true });
        Task<CallResult<int>> call = fixture.Pool.TryExecuteAsync<int>("add", default, null, CancellationToken.None).AsTask();

        fixture.Pool.OnCodeChanged(); // on a timer's thread, where an exception would end the host

        Assert.Equal(CallOutcome.WorkerLost, (await call).Outcome);
        await fixture.Pool.WaitUntilReadyAsync(2, TestContext.Current.CancellationToken);
        fixture.AssertTold(StepKind.Submit, isWhole: true);
    }

    [Fact]
    public async Task A_launcher_that_throws_fails_a_start()
    {
        var workers = new FaultyWorkers();
        await using DefectFixture fixture = await DefectFixture.StartAsync(workers);
        workers.Fault = EffectKind.Launch;

        RecycleReport report = await fixture.Pool.RecycleAsync(0, CancellationToken.None);

        SlotRecycle kept = Assert.Single(report.Slots);
        Assert.Equal(SlotRecycleOutcome.KeptOld, kept.Outcome);
        Assert.Contains("a planted defect", kept.FailureReason, StringComparison.Ordinal);
        Assert.Equal(2, fixture.Pool.GetSnapshot().Ready);
    }
}
