using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests every kind of end of a worker while others run calls.</summary>
public sealed class ChaosTests : IntegrationTest
{
    private const int StopSignal = 19;

    [Theory(Timeout = Bound)]
    [InlineData("fault")]
    [InlineData("abort")]
    [InlineData("leave")]
    [InlineData("signal_self")]
    [Trait("Rule", "L1")]
    [Trait("Rule", "L3")]
    public async Task End_of_a_worker_by_its_own_tool_harms_no_call_of_another(string tool)
    {
        (Rig rig, Gate gate, Task<string> bystander) = await StartWithBystanderAsync();

        object?[] arguments = tool == "leave" ? [3] : tool == "signal_self" ? [9] : [];
        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => rig.CallAsync<object?>(tool, arguments));

        Assert.Equal((CallExecution.MayHaveRun, lost.Worker), (lost.Execution, lost.Report!.Worker));
        await AssertServesOnAsync(rig, gate, bystander, lost.Worker);
    }

    [Theory(Timeout = Bound)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(15)]
    [Trait("Rule", "L1")]
    [Trait("Rule", "L3")]
    public async Task End_of_a_worker_from_outside_runs_its_idempotent_call_again_and_harms_no_other(int signal)
    {
        (Rig rig, Gate gate, Task<string> bystander) = await StartWithBystanderAsync();
        WorkerId untouched = Busy(rig)[0].Id;
        Task<object?[]> again = rig.CallAsync<object?[]>("hold_first", gate.Path, "again");
        await rig.BegunAsync("again");
        WorkerSnapshot victim = Busy(rig).Single(worker => worker.Id != untouched);
        using Pidfd process = new(victim.Pid);

        process.Kill(signal);

        object?[] answer = await again;
        Assert.Equal(("again", "2"), (answer[0], $"{answer[1]}"));
        Assert.Equal(victim.Id, (await rig.NextAsync<WorkerCrashedEvent>()).Worker);
        await AssertServesOnAsync(rig, gate, bystander, victim.Id);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L12")]
    [Trait("Rule", "L13")]
    public async Task Stopped_idle_worker_is_found_and_replaced_while_another_runs_a_call()
    {
        (Rig rig, Gate gate, Task<string> bystander) = await StartWithBystanderAsync(static p =>
        {
            p.Health.PingInterval = TimeSpan.FromMilliseconds(200);
            p.Health.LivenessTimeout = TimeSpan.FromSeconds(2);
        });
        WorkerId busy = Busy(rig)[0].Id;
        WorkerSnapshot victim = rig.Pool.GetSnapshot().Workers.Single(worker => worker.Id != busy);
        using Pidfd process = new(victim.Pid);

        process.Kill(StopSignal);

        HealthCheckFailedEvent failed = await rig.NextAsync<HealthCheckFailedEvent>();
        Assert.Equal((victim.Id, HealthFailureReason.NoSignOfLife), (failed.Worker, failed.Reason));
        await process.GoneAsync();
        await AssertServesOnAsync(rig, gate, bystander, victim.Id);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L12")]
    [Trait("Rule", "L5")]
    public async Task Stopped_worker_in_a_call_is_ended_by_the_calls_own_clock()
    {
        (Rig rig, Gate gate, Task<string> bystander) = await StartWithBystanderAsync(
            static p => p.Call.CancelGrace = TimeSpan.FromMilliseconds(50));
        WorkerId untouched = Busy(rig)[0].Id;
        var options = new ToolCallOptions { Timeout = TimeSpan.FromSeconds(2) };
        Task stopped = rig.Pool.ExecuteAsync("hold", ToolArguments.Positional(gate.Path, "stopped"), options, Cancellation).AsTask();
        await rig.BegunAsync("stopped");
        WorkerSnapshot victim = Busy(rig).Single(worker => worker.Id != untouched);
        using Pidfd process = new(victim.Pid);

        process.Kill(StopSignal);

        CallTimeoutException thrown = await Assert.ThrowsAsync<CallTimeoutException>(() => stopped);
        Assert.Equal(CallExecution.MayHaveRun, thrown.Execution);
        await process.GoneAsync();
        await AssertServesOnAsync(rig, gate, bystander, victim.Id);
    }

    private static WorkerSnapshot[] Busy(Rig rig) => [.. rig.Pool.GetSnapshot().Workers.Where(static worker => worker.Running > 0)];

    private async Task<(Rig Rig, Gate Gate, Task<string> Bystander)> StartWithBystanderAsync(Action<PoolOptions>? configure = null)
    {
        Rig rig = await StartAsync("chaos.py", p =>
        {
            p.Size = 2;
            configure?.Invoke(p);
        });
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        Gate gate = NewGate();
        return (rig, gate, await rig.HoldAsync(gate, "bystander"));
    }

    private static async Task AssertServesOnAsync(Rig rig, Gate gate, Task<string> bystander, WorkerId ended)
    {
        await rig.NextAsync<WorkerReadyEvent>(ready => ready.Worker.Slot == ended.Slot && ready.Worker.Generation > ended.Generation);
        await rig.AssertServesAsync();
        gate.Release();
        Assert.Equal("bystander", await bystander);
        Assert.DoesNotContain(await rig.AllAsync<WorkerCrashedEvent>(), crashed => crashed.Worker != ended);
    }
}
