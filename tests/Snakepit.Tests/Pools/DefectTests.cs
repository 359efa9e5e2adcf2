using Snakepit.Pools.Kernel;
using Snakepit.Telemetry;
using Snakepit.Testing;
using Snakepit.Workers;

namespace Snakepit.Tests.Pools;

/// <summary>A defect of Snakepit's own, planted where threads enter the kernel, costs the pool its calls and its workers, and nobody else anything.</summary>
[Trait("Rule", "L1")]
public sealed class DefectTests
{
    private static readonly Dictionary<string, Entry> s_entries = new()
    {
        ["a caller"] = new(Is(StepKind.Submit), static f => f.AddAsync()),
        ["a reply"] = new(Is(StepKind.Replied), static f => Done(() => f.Running[0].Return(1))),
        ["a worker's end"] = new(Is(StepKind.Exited), static f => Done(() => f.Workers.Get("text", 0).Crash())),
        ["the timer"] = new(Is(StepKind.Tick), static f => Done(() => f.Time.Advance(TimeSpan.FromSeconds(6)))),
        ["a cancellation"] = new(Is(StepKind.Abandon), static f => f.Caller.CancelAsync()),
        ["an order"] = new(Is(StepKind.Command), static f => Done(() => f.Pool.Taint(0, TimeSpan.FromSeconds(1)))),
        ["a recycle"] = new(Is(StepKind.Command), static f => f.Pool.RecycleAsync(1, CancellationToken.None)),
        ["a start's turn"] = new(Is(SignalKind.Begun), static f => f.Pool.RecycleAsync(1, CancellationToken.None)),
        ["a launch"] = new(Is(SignalKind.Launched), static f => f.Pool.RecycleAsync(1, CancellationToken.None)),
        ["READY"] = new(Is(SignalKind.Ready), static f => f.Pool.RecycleAsync(1, CancellationToken.None)),
        ["the policies"] = new(Is(SignalKind.LimitReached), static f => f.AskPoliciesAsync()),
    };

    public static TheoryData<string> Entries => [.. s_entries.Keys];

    [Theory]
    [MemberData(nameof(Entries))]
    public async Task A_defect_in_a_step_costs_its_pool_only(string entry)
    {
        (Predicate<KernelStep> which, Func<DefectFixture, Task> provoke) = s_entries[entry];
        await using DefectFixture fixture = await DefectFixture.StartAsync();
        await fixture.OccupyAsync();
        StepKind last = default;
        Task defect = fixture.Plant(step =>
        {
            last = step.Kind;
            return which(step);
        });

        Task provoked = provoke(fixture);
        await defect.WaitAsync(TestContext.Current.CancellationToken);
        await Record.ExceptionAsync(() => provoked);
        fixture.PolicyWants = false;

        await fixture.AssertOwnCallsAreLostAsync();
        await fixture.AssertServesAsync();
        await fixture.AssertOthersServeAsync();
        Assert.All(fixture.Old, static worker => Assert.True(worker.Exited.IsCompletedSuccessfully));
        fixture.AssertTold(last);
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
        _ = fixture.Plant(Is(StepKind.Submit));

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
            _ = fixture.Plant(Is(StepKind.Submit));
            await fixture.Pool.TryExecuteAsync<int>("add", default, null, CancellationToken.None);
        }

        CallResult<int> refused = await fixture.Pool.TryExecuteAsync<int>("add", default, null, CancellationToken.None);

        Assert.Equal(CallOutcome.Failing, refused.Outcome);
        Assert.Contains("Restart.Window", refused.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(PoolState.Failing, fixture.Pool.GetSnapshot().State);
        await Assert.ThrowsAsync<AdapterLoadException>(() => fixture.Pool.WaitUntilReadyAsync(1, CancellationToken.None));
        Assert.DoesNotContain(fixture.Workers.Alive, static worker => worker.Id.Pool == "text");
        Assert.Equal(42, await fixture.AddAsync("other"));
        fixture.AssertTold(StepKind.Submit, times: 3);
    }

    [Fact]
    public async Task Defects_far_apart_do_not_end_the_pool()
    {
        await using DefectFixture fixture = await DefectFixture.StartAsync();
        for (int i = 0; i < 4; i++)
        {
            _ = fixture.Plant(Is(StepKind.Submit));
            await fixture.Pool.TryExecuteAsync<int>("add", default, null, CancellationToken.None);
            await fixture.Pool.WaitUntilReadyAsync(2, CancellationToken.None);
            fixture.Time.Advance(TimeSpan.FromSeconds(31)); // a window holds two
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
        _ = fixture.Plant(Is(StepKind.Command));
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
        await using DefectFixture fixture = await DefectFixture.StartAsync(configure: static p => p.Queue.Timeout = TimeSpan.FromMinutes(1));
        fixture.Workers.Get("text", 0).Hang(unkillable: true);
        _ = fixture.Plant(Is(StepKind.Command));
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
    public async Task A_launcher_that_throws_fails_a_start()
    {
        var workers = new FaultyWorkers();
        await using DefectFixture fixture = await DefectFixture.StartAsync(workers);
        workers.Fault = EffectKind.Launch;

        RecycleReport report = await fixture.Pool.RecycleAsync(0, CancellationToken.None);

        SlotRecycle kept = Assert.Single(report.Slots);
        Assert.Equal(SlotRecycleOutcome.KeptOld, kept.Outcome);
        Assert.Contains("a planted defect", kept.KeptBecause, StringComparison.Ordinal);
        Assert.Equal(2, fixture.Pool.GetSnapshot().Ready);
    }

    private static Predicate<KernelStep> Is(StepKind kind) => step => step.Kind == kind;

    private static Predicate<KernelStep> Is(SignalKind signal) => step => step.Kind == StepKind.Signal && step.Signal == signal;

    private static Task Done(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    private sealed record Entry(Predicate<KernelStep> Which, Func<DefectFixture, Task> Provoke);
}
