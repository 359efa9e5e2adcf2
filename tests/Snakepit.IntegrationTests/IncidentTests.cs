using Snakepit.IntegrationTests.Fixture;
using Snakepit.Pools;
using Snakepit.Simulation;

namespace Snakepit.IntegrationTests;

/// <summary>Tests that a kernel without workers repeats the decisions of a pool about real workers in trouble.</summary>
[Trait("Rule", "A6")]
public sealed class IncidentTests : IntegrationTest
{
    private const int Rounds = 12;
    private const int Callers = 8;
    private const int CallsPerRound = 60;

    [Fact(Timeout = Bound)]
    public async Task DumpTrace_under_kills_cancels_timeouts_and_recycles_replays_to_the_same_decisions()
    {
        Rig rig = await StartAsync(configure: static p =>
        {
            p.Size = 3;
            p.Recycle.MaxRequests = 500;
            p.Start.MaxConcurrent = 3;
        });
        var dumps = new List<string>();
        for (int round = 0; round < Rounds; round++)
        {
            Task[] load = [.. Enumerable.Range(0, Callers).Select(_ => CallAsync(rig))];
            await TroubleAsync(rig, round);
            dumps.Add(rig.Pool.DumpTrace());
            await Task.WhenAll(load);
        }
        await rig.DisposeAsync();
        dumps.Add(rig.Pool.DumpTrace());

        Assert.All(dumps, static text =>
        {
            var dump = TraceDump.Parse(text);
            var replay = Replay.Run(dump);
            Assert.True(
                replay.FirstDifference < 0,
                $"Step {replay.FirstDifference} of {dump.Steps.Length} comes out differently: {replay.Steps[^1]}");
            Assert.Equal(dump.Steps.Length, replay.Steps.Count);
        });
        Assert.InRange(TraceDump.Parse(dumps[^1]).Steps.Length, 4_096, int.MaxValue);
        Assert.InRange(rig.Seen<WorkerCrashedEvent>().Count(), Rounds / 4, int.MaxValue);
        Assert.Contains(rig.Seen<WorkerRecycledEvent>(), static recycled => recycled.Reason == RecycleReason.Manual);
    }

    private async Task TroubleAsync(Rig rig, int round)
    {
        switch (round % 4)
        {
            case 0:
                while (!await KillAsync(rig))
                {
                    // the worker was being replaced
                }
                break;
            case 1:
                while (!await RecycleAsync(rig, round % 3))
                {
                    // the worker was being replaced
                }
                break;
            case 2:
                Gate gate = NewGate();
                var slow = new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(50) };
                await Assert.ThrowsAnyAsync<SnakepitException>(() => rig.Pool
                    .ExecuteAsync<string>("hold", ToolArguments.Positional(gate.Path, $"late{round}"), slow, Cancellation)
                    .AsTask());
                break;
            default:
                Gate held = NewGate();
                using (var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancellation))
                {
                    Task call = rig.Pool
                        .ExecuteAsync<string>("hold", ToolArguments.Positional(held.Path, $"given up {round}"), null, caller.Token)
                        .AsTask();
                    await caller.CancelAsync();
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
                }
                break;
        }
    }

    /// <summary>Replaces the worker of a slot. Returns false if it was replaced for another reason: it was due, or it crashed.</summary>
    private static async Task<bool> RecycleAsync(Rig rig, int slot)
    {
        RecycleReport report = await rig.Pool.RecycleAsync(slot, Cancellation);
        SlotRecycle done = Assert.Single(report.Slots);
        if (done.Outcome != SlotRecycleOutcome.Replaced)
        {
            return false;
        }
        WorkerEvent end = await rig.NextAsync<WorkerEvent>(
            happened => happened is WorkerCrashedEvent or WorkerRecycledEvent && happened.Worker == done.Old);
        return end is WorkerRecycledEvent { Reason: RecycleReason.Manual };
    }

    /// <summary>Kills a worker that serves. Returns false if it was replaced at the same moment, so that its end was no crash.</summary>
    private static async Task<bool> KillAsync(Rig rig)
    {
        PoolSnapshot now = await rig.UntilAsync(static pool => pool.Workers.Any(static worker => worker.State == WorkerState.Serving));
        WorkerSnapshot victim = now.Workers.First(static worker => worker.State == WorkerState.Serving);
        Pidfd.TryKill(victim.Pid);
        WorkerEvent end = await rig.NextAsync<WorkerEvent>(
            happened => happened is WorkerCrashedEvent or WorkerRecycledEvent && happened.Worker == victim.Id);
        return end is WorkerCrashedEvent;
    }

    /// <summary>Makes a call that may fail with its worker, as the test intends.</summary>
    private static async Task CallAsync(Rig rig)
    {
        for (int i = 0; i < CallsPerRound; i++)
        {
            try
            {
                await rig.CallAsync<int>("add", i, 2);
            }
            catch (WorkerLostException)
            {
                // the fault of the round
            }
        }
    }
}
