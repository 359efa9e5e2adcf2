using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>The C# of docs/lifecycle.md, on taints.</summary>
public sealed class TaintSnippets
{
    [Fact]
    public async Task Device_is_taken_out_of_service_and_back()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var workers = new FakeWorkers { Device = worker => $"cuda:{worker.Id.Slot}" };
        await using var snakepit = await SnakepitRuntime.StartAsync(
            s => s.UseFakeWorkers(workers.Add("draw", _ => 1)).AddPool("image", p => (p.Size, p.Crash.TaintOn) = (2, CrashKinds.All)),
            cancel);
        IWorkerPool pool = snakepit.GetPool("image");

        // snippet: order
        int workersOnIt = pool.TaintDevice("cuda:0", TimeSpan.FromHours(1)); // for maintenance: what runs there ends, nothing new begins
        IEnumerable<WorkerSnapshot> waiting = pool.GetSnapshot().Workers.Where(static worker => worker.TaintedUntil is not null);
        int slotsFreed = pool.LiftTaint(); // back in service
        // end snippet

        Assert.Equal((1, "cuda:0", 1), (workersOnIt, Assert.Single(waiting).Device, slotsFreed));
    }
}
