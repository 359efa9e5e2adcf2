using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests where calls go after real workers crash.</summary>
public sealed class TaintTests : IntegrationTest
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Fact(Timeout = Bound)]
    public async Task Crash_of_a_worker_keeps_calls_from_its_place_until_the_taint_is_lifted()
    {
        Rig rig = await StartAsync("deaths.py", static p => (p.Size, p.Crash.TaintOn, p.Crash.TaintTime) = (2, CrashKinds.Crash, s_hour));
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(() => rig.CallAsync<object?>("fault"));

        WorkerTaintedEvent told = await rig.NextAsync<WorkerTaintedEvent>();
        Assert.Equal((lost.Worker, null, TaintReason.WorkerDied, s_hour), (told.Worker, told.Device, told.Reason, told.Duration));
        await rig.Log.FirstAsync(static entry => entry.Id.Id == EventIds.WorkerTainted);
        int slot = lost.Worker.Slot;
        PoolSnapshot waiting = await rig.UntilAsync(
            pool => pool.Workers.Any(worker => worker.Id.Slot == slot && worker.State == WorkerState.Ready));
        Assert.Equal((1, 1), (waiting.Tainted, waiting.Ready));
        Assert.True(waiting.Workers.Single(worker => worker.Id.Slot == slot).TaintedUntil > told.At);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => rig.AssertServesAsync()));
        Assert.Equal(0, rig.Pool.GetSnapshot().Workers.Single(worker => worker.Id.Slot == slot).Requests);

        Assert.Equal(1, rig.Pool.LiftTaint());

        PoolSnapshot healed = await rig.UntilAsync(static pool => pool.Ready == 2);
        Assert.Equal(0, healed.Tainted);
        Assert.All(healed.Workers, static worker => Assert.Null(worker.TaintedUntil));
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    public async Task Crash_and_order_taint_every_worker_of_a_device_and_calls_wait_for_one_without()
    {
        Rig rig = await StartAsync("devices.py", static p => (p.Size, p.Crash.TaintOn, p.Crash.TaintTime) = (3, CrashKinds.Crash, s_hour));
        await rig.Pool.WaitUntilReadyAsync(3, Cancellation);
        Assert.Equal(["gpu:0", "gpu:0", "gpu:1"], rig.Pool.GetSnapshot().Workers.Select(static worker => worker.Device));

        Assert.Equal(1, rig.Pool.TaintDevice("gpu:1", s_hour));
        await Assert.ThrowsAsync<WorkerLostException>(() => rig.CallAsync<object?>("fault"));

        await rig.UntilAsync(static pool => pool.Tainted == 3);
        Task<string> call = rig.CallAsync<string>("who");
        await rig.UntilAsync(static pool => pool.QueueLength == 1);
        Assert.Equal(1, rig.Pool.LiftTaint(2));
        Assert.Equal("it/2#1", await call);
        await rig.NextAsync<WorkerTaintedEvent>(static told => told.Worker.Slot == 0);
        await rig.NextAsync<WorkerTaintedEvent>(static told => told.Worker.Slot == 1);
        Assert.Equal(
            ["gpu:1 Manual", "gpu:0 WorkerDied", "gpu:0 WorkerDied"],
            (await rig.AllAsync<WorkerTaintedEvent>()).Select(static told => $"{told.Device} {told.Reason}"));
    }

    [Fact(Timeout = Bound)]
    public async Task A_stream_goes_on_when_its_slot_is_tainted_and_its_worker_gets_nothing_else()
    {
        Rig rig = await StartAsync("streams.py", static p => p.Size = 2);
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        using var gate = new Gate();
        await using IAsyncEnumerator<object> items = Items("waits", gate.Path);
        Assert.True(await items.MoveNextAsync());
        int pid = Convert.ToInt32(items.Current, null);
        int slot = rig.Pool.GetSnapshot().Workers.Single(worker => worker.Pid == pid).Id.Slot;

        rig.Pool.Taint(slot, s_hour);
        int[] others = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => rig.CallAsync<int>("pid")));
        Assert.DoesNotContain(pid, others);
        gate.Release();
        Assert.True(await items.MoveNextAsync());
        Assert.Equal(("on", false), (items.Current, await items.MoveNextAsync()));

        Assert.DoesNotContain(pid, await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => rig.CallAsync<int>("pid"))));
        Assert.Equal(1, rig.Pool.LiftTaint(slot));
        await rig.UntilAsync(static pool => pool.Ready == 2);

        IAsyncEnumerator<object> Items(string tool, params object?[] arguments) => rig.Pool
            .StreamAsync<object>(tool, ToolArguments.FromList(arguments), null, Cancellation).GetAsyncEnumerator(Cancellation);
    }

    [Fact(Timeout = Bound)]
    public async Task A_stream_that_is_left_under_a_taint_is_closed_and_its_worker_serves_after_it()
    {
        Rig rig = await StartAsync("streams.py");
        await foreach (int item in rig.Pool.StreamAsync<int>("count", ToolArguments.Positional(int.MaxValue), null, Cancellation))
        {
            if (item == 100)
            {
                rig.Pool.Taint(0, s_hour);
            }
            if (item == 5_000)
            {
                break;
            }
        }
        Task<List<object>> seen = rig.CallAsync<List<object>>("what_was_seen");
        await rig.UntilAsync(static pool => pool is { QueueLength: 1, Running: 0 });

        rig.Pool.LiftTaint(0);

        Assert.Equal("finally", (await seen)[^1]);
    }

    [Fact(Timeout = Bound)]
    public async Task Kills_by_the_pool_and_from_outside_taint_nothing()
    {
        Rig rig = await StartAsync("devices.py", static p =>
        {
            p.Crash.TaintOn = CrashKinds.All;
            p.Call.CancelGrace = TimeSpan.FromMilliseconds(20);
        });
        using (Pidfd process = new(rig.OnlyWorker().Pid))
        {
            await rig.CallAsync<int>("pid");
            process.Kill();
        }
        Assert.Equal(DeathCause.KilledFromOutside, (await rig.NextAsync<WorkerCrashedEvent>()).Report.Cause);
        await rig.CallAsync<int>("pid");
        await Assert.ThrowsAsync<CallTimeoutException>(async () => await rig.Pool.ExecuteAsync(
            "spin", default, new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(50) }, Cancellation));
        Assert.Equal("it/0#3", await rig.CallAsync<string>("who"));

        Assert.Equal(0, rig.Pool.GetSnapshot().Tainted);
        Assert.Equal(2, (await rig.AllAsync<WorkerCrashedEvent>()).Count);
        Assert.Empty(rig.Seen<WorkerTaintedEvent>());
    }
}
