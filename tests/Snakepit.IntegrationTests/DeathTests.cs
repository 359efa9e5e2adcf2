using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the calls, the report and the replacement of a worker that dies.</summary>
public sealed class DeathTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L13")]
    [Trait("Rule", "L14")]
    public async Task Death_of_an_idle_worker_is_reported_and_it_is_replaced()
    {
        Rig rig = await StartAsync();
        WorkerSnapshot old = rig.OnlyWorker();
        using Pidfd process = new(old.Pid);

        process.Kill();

        WorkerCrashedEvent crashed = await rig.NextAsync<WorkerCrashedEvent>();
        WorkerReadyEvent ready = await rig.NextAsync<WorkerReadyEvent>(happened => happened.Worker.Generation == 2);
        DeathReport report = crashed.Report;
        Assert.Equal(
            (old.Id, old.Pid, 9, null, 0, "killed by SIGKILL"),
            (report.Worker, report.Pid, report.Signal, report.ExitCode, report.RunningTools.Count, report.Description));
        Assert.Equal(ready.Pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L3")]
    [Trait("Rule", "L14")]
    public async Task Death_with_a_call_is_a_WorkerLostException_with_the_report()
    {
        Rig rig = await StartAsync();
        Gate gate = NewGate();
        Task<string> call = await rig.HoldAsync(gate, "lost");
        WorkerSnapshot worker = rig.OnlyWorker();
        using Pidfd process = new(worker.Pid);

        process.Kill(6);

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal((worker.Id, CallExecution.MayHaveRun), (lost.Worker, lost.Execution));
        Assert.Equal((6, 1, 1L), (lost.Report!.Signal, lost.Report.RunningTools.Count, lost.Report.Requests));
        Assert.Contains("SIGABRT", lost.Message, StringComparison.Ordinal);
        Assert.Contains("'hold'", lost.Message, StringComparison.Ordinal);
        await rig.AssertServesAsync();
    }

    [Theory(Timeout = Bound)]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Rule", "L3")]
    public async Task Death_with_an_idempotent_call_runs_it_again_elsewhere(bool byTool)
    {
        Rig rig = await StartAsync("tools.py", static p => p.Size = 2);
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        Gate gate = NewGate();
        ToolCallOptions? options = byTool ? null : new ToolCallOptions { Idempotent = true };
        string tool = byTool ? "hold_first" : "hold_first_unmarked";
        Task<object?[]> call = rig.Pool
            .ExecuteAsync<object?[]>(tool, ToolArguments.Positional(gate.Path, "again"), options, Cancellation)
            .AsTask();
        await rig.BegunAsync("again");
        using Pidfd process = new(rig.Pool.GetSnapshot().Workers.Single(static worker => worker.Running == 1).Pid);

        process.Kill();

        object?[] answer = await call;
        Assert.Equal(("again", "2"), (answer[0], $"{answer[1]}"));
        Assert.NotEqual($"{process.Pid}", $"{answer[2]}");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L3")]
    public async Task Death_leaves_queued_calls_in_the_queue()
    {
        Rig rig = await StartAsync();
        Gate gate = NewGate();
        Task<string> running = await rig.HoldAsync(gate, "running");
        Task<int>[] queued = [.. Enumerable.Range(0, 5).Select(i => rig.CallAsync<int>("echo", i))];
        Assert.Equal(5, rig.Pool.GetSnapshot().QueueLength);
        using Pidfd process = new(rig.OnlyWorker().Pid);

        process.Kill();

        await Assert.ThrowsAsync<WorkerLostException>(() => running);
        Assert.Equal(Enumerable.Range(0, 5), await Task.WhenAll(queued));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    [Trait("Rule", "P1")]
    public async Task Death_takes_the_group_along()
    {
        Rig rig = await StartAsync("misbehaving.py");
        using Pidfd grandchild = new(await rig.CallAsync<int>("grandchild", false));
        using Pidfd worker = new(rig.OnlyWorker().Pid);

        worker.Kill();

        await grandchild.GoneAsync();
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task Stop_takes_descendants_along_whatever_their_session()
    {
        Rig rig = await StartAsync("misbehaving.py");
        using Pidfd inGroup = new(await rig.CallAsync<int>("grandchild", false));
        using Pidfd inSession = new(await rig.CallAsync<int>("grandchild", true));

        await rig.Runtime.DisposeAsync();

        await Task.WhenAll(inGroup.GoneAsync(), inSession.GoneAsync());
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L1")]
    public async Task Death_of_workers_under_load_gives_every_call_its_own_outcome()
    {
        Rig rig = await StartAsync(configure: static p =>
        {
            p.Size = 3;
            p.Queue.Timeout = TimeSpan.FromSeconds(50);
        });
        await rig.Pool.WaitUntilReadyAsync(3, Cancellation);
        int next = 0;
        int answered = 0;
        using var enough = new CancellationTokenSource();
        Task load = Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            while (!enough.IsCancellationRequested)
            {
                int tag = Interlocked.Increment(ref next);
                Assert.Equal(tag, await rig.CallAsync<int>("echo", tag));
                Interlocked.Increment(ref answered);
            }
        }));
        for (int i = 0; i < 4; i++)
        {
            Gate gate = NewGate();
            Task<string> held = await rig.HoldAsync(gate, $"held {i}");
            WorkerSnapshot busy = rig.Pool.GetSnapshot().Workers.Single(static worker => worker.RunningTools is [{ Name: "hold" }]);
            using Pidfd victim = new(busy.Pid);

            victim.Kill();

            WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => held);
            Assert.Equal((CallExecution.MayHaveRun, busy.Id), (lost.Execution, lost.Report?.Worker));
            await rig.NextAsync<WorkerReadyEvent>(
                ready => ready.Worker.Slot == busy.Id.Slot && ready.Worker.Generation > busy.Id.Generation);
        }
        await enough.CancelAsync();

        await load; // fails if one of its calls ran in a killed worker
        Assert.Equal(next, answered);
        Assert.Equal(0, rig.Pool.GetSnapshot().Running);
    }
}
