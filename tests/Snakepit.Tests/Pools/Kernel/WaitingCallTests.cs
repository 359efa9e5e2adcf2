using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>P8, P9: cancellation, crash, recycling and shutdown with calls that wait in a channel.</summary>
[Trait("Rule", "P8")]
[Trait("Rule", "P9")]
public class WaitingCallTests
{
    private const int Fast = 1;

    [Fact]
    [Trait("Rule", "L5")]
    public void Tick_waiting_call_without_caller_never_costs_the_worker_its_life()
    {
        KernelDriver pool = Taught(Pipelining() with { StallCheck = 5_000 });
        CallKey[] calls = Fill(pool, 2);

        Effect[] effects = pool.Abandon(calls[1]);
        Assert.Equal(calls[1], effects.Single(EffectKind.Cancel).Call);
        Assert.Equal(Outcome.Cancelled, effects.Single(EffectKind.Complete).Outcome);

        Assert.Equal(EffectKind.Recall, Assert.Single(pool.TickAt(1_200)).Kind);
        Assert.Equal(EffectKind.Recall, Assert.Single(pool.TickAt(6_000)).Kind); // the worker has stalled, too
        Assert.Equal(EffectKind.Recall, Assert.Single(pool.TickAt(6_200)).Kind);
        Assert.Empty(pool.Recall(pool.Current(), calls[1]));
        Assert.Equal(Outcome.Replied, pool.Reply(pool.Current(), calls[0], 10).Single(EffectKind.Complete).Outcome);
    }

    [Fact]
    [Trait("Rule", "L5")]
    public void Replied_call_without_caller_that_comes_to_the_front_has_its_grace_from_then()
    {
        KernelDriver pool = Taught(Pipelining());
        CallKey[] calls = Fill(pool, 3);
        pool.Abandon(calls[1]);
        pool.Now = 1_190;
        WorkerKey worker = pool.Current();
        pool.Reply(worker, calls[0], 10);

        pool.TickAt(1_389).None(EffectKind.Kill);
        Effect[] effects = pool.TickAt(1_390);

        Assert.Equal((worker, Reason.CancelGrace), (effects.Single(EffectKind.Kill).Worker, effects.Single(EffectKind.Kill).Reason));
        effects.None(EffectKind.Complete);
        WorkerKey next = effects.Single(EffectKind.Launch).Worker;
        pool.Exit(worker, calls[1]).None(EffectKind.Complete);
        Assert.Equal(calls[2], pool.Boot(next).Single(EffectKind.Send).Call);
    }

    [Fact]
    [Trait("Rule", "L5")]
    public void Tick_running_call_without_caller_costs_waiting_ones_nothing()
    {
        KernelDriver pool = Taught(Pipelining());
        WorkerKey worker = pool.Current();
        CallKey[] calls = Fill(pool, 2);
        pool.Abandon(calls[0]);

        pool.TickAt(1_200).Single(EffectKind.Kill);
        pool.Exit(worker, calls[0]).None(EffectKind.Complete);

        Assert.Equal([calls[1]], pool.View.Queue);
    }

    [Fact]
    [Trait("Rule", "L5")]
    public void Tick_deadline_of_a_waiting_call_releases_its_caller()
    {
        KernelDriver pool = Taught(Pipelining() with { StallCheck = 5_000 });
        pool.Accept(tool: Fast);
        CallKey waiting = pool.Accept(deadline: 1_100, tool: Fast);

        Effect[] effects = pool.TickAt(1_100);

        Assert.Equal(
            (waiting, Outcome.DeadlineRunning), (effects.Single(EffectKind.Complete).Call, effects.Single(EffectKind.Complete).Outcome));
        Assert.Equal(waiting, effects.Single(EffectKind.Cancel).Call);
    }

    [Fact]
    [Trait("Rule", "L3")]
    public void Exited_waiting_calls_return_to_their_places()
    {
        KernelDriver pool = Taught(Pipelining(size: 2));
        CallKey[] calls = Fill(pool, 6);
        CallKey last = pool.Accept(); // of an unknown tool: waits for an idle worker
        WorkerKey dead = pool.View.Calls.Find(call => call.Key == calls[0]).Worker;
        CallKey[] its =
        [
            .. pool.View.Calls.Where(call => call.Worker == dead).OrderBy(static call => call.Ticket).Select(static call => call.Key),
        ];
        pool.Abandon(its[2]);

        Effect[] effects = pool.Exit(dead, its[0]);

        Assert.Equal(
            (its[0], Outcome.WorkerLostMayHaveRun),
            (effects.Single(EffectKind.Complete).Call, effects.Single(EffectKind.Complete).Outcome));
        // The first of them went to the other worker at once.
        Assert.Equal(its[1], effects.Single(EffectKind.Send).Call);
        Assert.Equal([last], pool.View.Queue);
    }

    [Fact]
    [Trait("Rule", "L3")]
    public void Exited_calls_return_by_their_tickets_between_those_that_wait()
    {
        KernelDriver pool = Taught(Pipelining());
        WorkerKey worker = pool.Current();
        CallKey[] calls = Fill(pool, 3);
        pool.TickAt(1_050);
        pool.Recall(worker, calls[2]);
        CallKey queued = pool.Accept(tool: Fast);
        Assert.Equal([calls[2], queued], pool.View.Queue);

        pool.Exit(worker, calls[0]);

        Assert.Equal([calls[1], calls[2], queued], pool.View.Queue);
    }

    [Fact]
    [Trait("Rule", "L3")]
    public void Exited_call_that_only_waited_is_never_taken_for_the_cause()
    {
        KernelDriver pool = Taught(Pipelining() with { MaxAssignments = 1, MaxAttempts = 1, QueueTimeout = long.MaxValue / 4 });
        CallKey[] calls = Fill(pool, 2);

        Effect[] effects = pool.Exit(pool.Current());

        Assert.Equal(
            (calls[0], Outcome.WorkerLostNotStarted),
            (effects.Single(EffectKind.Complete).Call, effects.Single(EffectKind.Complete).Outcome));
        Assert.Equal([calls[1]], pool.View.Queue);
        Assert.Equal(0, pool.View.Calls[0].Attempts);
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Recalled_worker_that_was_used_up_takes_calls_until_its_replacement_serves()
    {
        KernelDriver pool = Taught(Pipelining() with { MaxRequests = 10, StrictMaxRequests = true });
        WorkerKey worker = pool.Current();
        CallKey[] calls = Fill(pool, 2); // the ninth and the tenth
        WorkerKey next = pool.View.Workers.Find(static w => w.Role == WorkerRole.Next).Key;
        Assert.Equal(0, pool.View.Ready);
        pool.TickAt(1_050).Single(EffectKind.Recall);

        Effect[] effects = pool.Recall(worker, calls[1]);
        Assert.Equal(1, pool.View.Ready);
        Assert.Equal(PoolState.Ready, effects.Single(EffectKind.StateChanged).After);
        Assert.Equal(calls[1], pool.Reply(worker, calls[0], 10).Single(EffectKind.Send).Call);
        Assert.Equal(10, pool.Worker(worker).Requests);

        pool.Boot(next).Single(EffectKind.WorkerDraining);
        pool.Reply(worker, calls[1], 10).Single(EffectKind.Stop);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Recalled_worker_that_serves_again_ends_the_failing_state()
    {
        KernelDriver pool = Taught(Pipelining() with { MaxRequests = 10, StrictMaxRequests = true, InitialBackoff = 1 });
        WorkerKey worker = pool.Current();
        CallKey[] calls = Fill(pool, 2);
        FailBeyondChance(pool, pool.View.Workers.Find(static w => w.Role == WorkerRole.Next).Key);
        Assert.Equal(PoolState.Failing, pool.View.State);
        Assert.Equal(Outcome.PoolFailing, pool.Submit().Admission.Rejection);

        pool.Recall(worker, calls[1]).None(EffectKind.Complete);

        Assert.True(pool.Submit().Admission.Accepted);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Recalled_call_of_a_failing_pool_is_rejected()
    {
        KernelDriver pool = Taught(Pipelining() with { InitialBackoff = 1 });
        WorkerKey old = pool.Current();
        CallKey[] calls = Fill(pool, 2);
        pool.Boot(pool.Recycle(0).Single(EffectKind.Launch).Worker);
        FailBeyondChance(
            pool, pool.Exit(pool.Current()).Find(EffectKind.Launch)?.Worker ?? pool.TickAt(1_100).Single(EffectKind.Launch).Worker);
        Assert.Equal(PoolState.Failing, pool.View.State);

        Effect complete = pool.Recall(old, calls[1]).Single(EffectKind.Complete);

        Assert.Equal((calls[1], Outcome.PoolFailing), (complete.Call, complete.Outcome));
    }

    [Fact]
    [Trait("Rule", "L6")]
    public void Recycle_draining_worker_finishes_what_waits_in_its_channel()
    {
        KernelDriver pool = Taught(Pipelining());
        WorkerKey old = pool.Current();
        CallKey[] calls = Fill(pool, 3);
        Effect[] effects = pool.Boot(pool.Recycle(0).Single(EffectKind.Launch).Worker);
        effects.None(EffectKind.Recall);
        Assert.Equal(1, effects.Single(EffectKind.WorkerDraining).RunningCalls); // one call runs
        Assert.Equal(WorkerPhase.Draining, pool.Worker(old).Phase);

        pool.Reply(old, calls[0], 10).None(EffectKind.Stop);
        pool.Reply(old, calls[1], 10).None(EffectKind.Stop);
        pool.Reply(old, calls[2], 10).Single(EffectKind.Stop);
    }

    [Fact]
    [Trait("Rule", "L6")]
    public void Recycle_draining_worker_that_stalls_loses_what_waits_to_its_replacement()
    {
        KernelDriver pool = Taught(Pipelining());
        WorkerKey old = pool.Current();
        CallKey[] calls = Fill(pool, 2);
        pool.Boot(pool.Recycle(0).Single(EffectKind.Launch).Worker);

        Assert.Equal(old, pool.TickAt(1_050).Single(EffectKind.Recall).Worker);
        Effect send = pool.Recall(old, calls[1]).Single(EffectKind.Send);
        Assert.Equal((pool.Current(), calls[1]), (send.Worker, send.Call));
        pool.Reply(old, calls[0], 10).Single(EffectKind.Stop);
    }

    [Fact]
    [Trait("Rule", "L6")]
    public void Recalled_last_call_of_a_draining_worker_stops_it()
    {
        KernelDriver pool = Taught(Pipelining());
        WorkerKey old = pool.Current();
        CallKey skipped = pool.Accept(tool: Fast);
        pool.Boot(pool.Recycle(0).Single(EffectKind.Launch).Worker);

        Effect[] effects = pool.Recall(old, skipped);

        effects.Single(EffectKind.Stop);
        Assert.Equal(skipped, effects.Single(EffectKind.Send).Call);
    }

    [Fact]
    [Trait("Rule", "L17")]
    public void Shutdown_lets_waiting_calls_finish()
    {
        KernelDriver pool = Taught(Pipelining());
        WorkerKey worker = pool.Current();
        CallKey[] calls = Fill(pool, 2);

        pool.Shutdown().None(EffectKind.Recall);
        pool.Reply(worker, calls[0], 10).None(EffectKind.Stop);
        pool.Reply(worker, calls[1], 10).Single(EffectKind.Stop);
    }

    [Fact]
    [Trait("Rule", "L17")]
    public void Recalled_call_of_a_stopping_pool_that_does_not_drain_is_rejected()
    {
        KernelDriver pool = Taught(Pipelining());
        CallKey[] calls = Fill(pool, 2);
        WorkerKey worker = pool.Current();
        pool.Shutdown();
        pool.TickAt(1_050).Single(EffectKind.Recall);

        Effect complete = pool.Recall(worker, calls[1]).Single(EffectKind.Complete);

        Assert.Equal((calls[1], Outcome.PoolStopping, default(WorkerKey)), (complete.Call, complete.Outcome, complete.Worker));
    }

    [Fact]
    [Trait("Rule", "L17")]
    public void Recalled_call_of_a_stopping_pool_that_drains_still_runs()
    {
        KernelDriver pool = Taught(Pipelining(size: 2) with { DrainQueueOnStop = true });
        CallKey[] calls = Fill(pool, 3);
        WorkerKey stuck = pool.View.Workers.Find(static worker => worker.Load == 2).Key;
        CallKey waiting = calls[2];
        WorkerKey other = pool.View.Workers.Find(worker => worker.Key != stuck).Key;
        pool.Shutdown();
        // Calls that wait elsewhere may still come to this worker.
        pool.Reply(other, pool.View.Calls.Find(call => call.Worker == other).Key, 10).None(EffectKind.Stop);
        pool.TickAt(1_050).Single(EffectKind.Recall);

        Effect[] effects = pool.Recall(stuck, waiting);

        Assert.Equal((other, waiting), (effects.Single(EffectKind.Send).Worker, effects.Single(EffectKind.Send).Call));
        pool.Reply(other, waiting, 10).Single(EffectKind.Stop);
    }

    [Fact]
    [Trait("Rule", "L17")]
    public void Tick_end_of_the_drain_is_kept_though_calls_wait_in_channels()
    {
        KernelDriver pool = Taught(Pipelining() with { DrainQueueOnStop = true, StallCheck = 60_000 });
        Fill(pool, 2);
        pool.Shutdown();

        pool.TickAt(3_000); // Stop.Timeout less Stop.KillTimeout
        pool.Wake().Single(EffectKind.Terminate);
        pool.Wake().Single(EffectKind.Kill);
    }

    /// <summary>Fails a start twice. A pool that has been ready gives up at the second failure.</summary>
    private static void FailBeyondChance(KernelDriver pool, WorkerKey starting)
    {
        for (int failures = 1; failures < 5; failures++)
        {
            Effect[] effects = pool.Signal(SignalKind.LaunchFailed, starting);
            Assert.NotEqual(PoolState.Failing, pool.View.State);
            while (effects.Find(EffectKind.Launch) is null)
            {
                effects = pool.Wake();
            }
            starting = effects.Single(EffectKind.Launch).Worker;
        }
        pool.Signal(SignalKind.LaunchFailed, starting);
    }

    private static KernelDriver Taught(PoolPlan plan)
    {
        KernelDriver pool = Serving(plan);
        pool.Teach(Fast, 10);
        return pool;
    }

    private static CallKey[] Fill(KernelDriver pool, int calls) => [.. Enumerable.Range(0, calls).Select(_ => pool.Accept(tool: Fast))];
}
