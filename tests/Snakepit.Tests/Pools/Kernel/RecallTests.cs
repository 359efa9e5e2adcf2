using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>P9: calls that wait behind a stalled worker return to the queue, as if they had never been sent.</summary>
[Trait("Rule", "P9")]
public class RecallTests
{
    private const int Fast = 1;

    [Fact]
    public void Tick_worker_without_progress_is_asked_for_its_waiting_calls()
    {
        KernelDriver pool = Taught(Pipelining());
        CallKey[] calls = Fill(pool, 3);

        Assert.Empty(pool.TickAt(1_049));
        Effect recall = pool.TickAt(1_050).Single(EffectKind.Recall);

        Assert.Equal(pool.Current(), recall.Worker);
        Assert.True(pool.Worker(recall.Worker).Stalled);
        pool.Recall(recall.Worker, calls[1]).None(EffectKind.Send);
        pool.Recall(recall.Worker, calls[2]).None(EffectKind.Send);
        Assert.Equal([calls[1], calls[2]], pool.View.Queue);
        Assert.Equal((1, 0), (pool.Worker(recall.Worker).Load, pool.Worker(recall.Worker).Waiting));
    }

    [Fact]
    public void Tick_reply_or_call_that_began_at_once_is_progress()
    {
        KernelDriver pool = Taught(Pipelining());
        CallKey[] calls = Fill(pool, 4);

        pool.Now = 1_040;
        pool.Reply(pool.Current(), calls[0], 10);
        pool.TickAt(1_050).None(EffectKind.Recall);
        pool.Now = 1_080;
        pool.Reply(pool.Current(), calls[1], 10);
        pool.TickAt(1_090).None(EffectKind.Recall);
        pool.TickAt(1_130).Single(EffectKind.Recall);
    }

    [Fact]
    public void Tick_worker_that_keeps_waiting_calls_is_asked_again()
    {
        KernelDriver pool = Taught(Pipelining());
        Fill(pool, 2);

        pool.TickAt(1_050).Single(EffectKind.Recall);
        pool.TickAt(1_099).None(EffectKind.Recall);
        pool.TickAt(1_100).Single(EffectKind.Recall);
    }

    [Fact]
    public void Submit_stalled_worker_takes_nothing_beyond_capacity_until_its_next_reply()
    {
        KernelDriver pool = Taught(Pipelining());
        CallKey running = Fill(pool, 2)[0];
        pool.TickAt(1_050);
        pool.Recall(pool.Current(), pool.View.Calls[^1].Key);

        pool.Submit(tool: Fast).Effects.None(EffectKind.Send);
        Assert.Equal(2, pool.Reply(pool.Current(), running, 10).Of(EffectKind.Send).Length);
    }

    [Fact]
    public void Submit_worker_that_runs_a_call_for_too_long_gets_nothing_to_wait_behind_it()
    {
        KernelDriver pool = Taught(Pipelining(size: 2));
        pool.Accept(tool: Fast);
        WorkerKey stuck = pool.View.Workers.Find(static worker => worker.Load == 1).Key;
        pool.Now = 1_060;
        pool.Accept(tool: Fast);

        WorkerKey[] taken = [.. Enumerable.Range(0, 4).Select(_ => pool.Submit(tool: Fast).Effects.Single(EffectKind.Send).Worker)];

        Assert.DoesNotContain(stuck, taken);
        Assert.True(pool.Worker(stuck).Stalled);
    }

    [Fact]
    public void Tick_waiting_calls_behind_what_has_turned_out_slow_are_taken_back_too()
    {
        KernelDriver pool = Taught(Pipelining());
        CallKey[] calls = Fill(pool, 8);
        for (int i = 0; i < 4; i++)
        {
            pool.Now += 15;
            pool.Reply(pool.Current(), calls[i], 1_000);
        }

        Assert.Equal(pool.Current(), pool.Wake().Single(EffectKind.Recall).Worker);
    }

    [Fact]
    public void Recalled_call_keeps_place_deadline_and_attempts_and_gives_its_count_back()
    {
        KernelDriver pool = Taught(Pipelining() with { MaxRequests = 100 });
        WorkerKey worker = pool.Current();
        CallKey running = pool.Accept(tool: Fast);
        CallKey waiting = pool.Accept(deadline: 9_000, tool: Fast);
        CallKey queued = pool.Accept();
        long requests = pool.Worker(worker).Requests;
        pool.TickAt(1_050).Single(EffectKind.Recall);

        pool.Recall(worker, waiting);

        Assert.Equal([waiting, queued], pool.View.Queue);
        Assert.Equal((CallPhase.Queued, true, 0, 9_000L), Describe(pool.View.Calls.Find(call => call.Key == waiting)));
        Assert.Equal(requests - 1, pool.Worker(worker).Requests);
        Assert.Equal(1, pool.Reply(worker, running, 10).Single(EffectKind.Send).Attempt);
    }

    [Fact]
    public void Recalled_call_goes_to_an_idle_worker_at_once()
    {
        KernelDriver pool = Taught(Pipelining(size: 2));
        CallKey[] calls = Fill(pool, 4);
        WorkerKey stuck = pool.View.Calls.Find(call => call.Key == calls[0]).Worker;
        WorkerKey other = pool.View.Calls.Find(call => call.Key == calls[1]).Worker;
        CallKey waiting = pool.View.Calls.Find(call => call.Worker == stuck && call.Key != calls[0]).Key;
        pool.Now = 1_040;
        foreach (CallView call in pool.View.Calls.Where(call => call.Worker == other).ToArray())
        {
            pool.Reply(other, call.Key, 10);
        }
        Assert.Equal(stuck, pool.TickAt(1_050).Single(EffectKind.Recall).Worker);

        Effect send = pool.Recall(stuck, waiting).Single(EffectKind.Send);

        Assert.Equal((other, waiting), (send.Worker, send.Call));
    }

    [Fact]
    public void Recalled_any_number_of_times_does_not_lose_the_call()
    {
        KernelDriver pool = Taught(Pipelining() with { MaxAssignments = 2, MaxAttempts = 2, QueueLimit = 0 });
        CallKey first = pool.Accept(tool: Fast);
        CallKey waiting = pool.Accept(tool: Fast);
        for (int i = 0; i < 20; i++)
        {
            // The worker does not stall, so the kernel sends the call to it again.
            Assert.Equal(
                (waiting, 1),
                (pool.Recall(pool.Current(), waiting).Single(EffectKind.Send) is var send ? send.Call : default, send.Attempt));
        }

        pool.Reply(pool.Current(), first, 10);
        Assert.Equal(Outcome.Replied, pool.Reply(pool.Current(), waiting, 10).Single(EffectKind.Complete).Outcome);
    }

    [Fact]
    public void Recalled_call_without_caller_is_freed()
    {
        KernelDriver pool = Taught(Pipelining());
        CallKey[] calls = Fill(pool, 2);
        pool.Abandon(calls[1]).Single(EffectKind.Cancel);

        Assert.Empty(pool.Recall(pool.Current(), calls[1]));

        Assert.Equal(calls[0], Assert.Single(pool.View.Calls).Key);
        pool.Submit(tool: Fast).Effects.Single(EffectKind.Send);
    }

    [Fact]
    [Trait("Rule", "A3")]
    public void Recalled_stale_or_unknown_call_is_ignored()
    {
        KernelDriver pool = Taught(Pipelining(size: 2));
        WorkerKey worker = pool.Current(0);
        WorkerKey other = pool.Current(1);
        CallKey[] calls = Fill(pool, 6);
        CallKey others = pool.View.Calls.Find(call => call.Worker == other).Key;
        CallKey queued = pool.Accept();

        Assert.Empty(pool.Recall(worker, others));
        Assert.Empty(pool.Recall(worker, queued));
        Assert.Empty(pool.Recall(worker, CallKey.Create(99, 1)));
        Assert.Empty(pool.Recall(new WorkerKey(0, 99), calls[0]));
        pool.Reply(pool.View.Calls.Find(call => call.Key == calls[0]).Worker, calls[0], 10);
        Assert.Empty(pool.Recall(worker, calls[0]));
    }

    [Theory]
    [InlineData(1_200, 5_000)]
    [InlineData(long.MaxValue, 100)]
    [Trait("Rule", "L4")]
    public void Recalled_call_obeys_deadline_and_queue_timeout(long deadline, long queueTimeout)
    {
        KernelDriver pool = Taught(Pipelining() with { QueueTimeout = queueTimeout });
        pool.Accept(tool: Fast);
        CallKey waiting = pool.Accept(deadline, tool: Fast);
        pool.TickAt(1_100);
        pool.Recall(pool.Current(), waiting);

        Effect complete = pool.TickAt(1_200).Single(EffectKind.Complete);

        Assert.Equal(
            (waiting, deadline == long.MaxValue ? Outcome.QueueTimeout : Outcome.DeadlineInQueue), (complete.Call, complete.Outcome));
    }

    [Fact]
    public void Recalled_full_queue_does_not_reject()
    {
        KernelDriver pool = Taught(Pipelining() with { QueueLimit = 0 });
        CallKey[] calls = Fill(pool, 3);
        pool.TickAt(1_050);

        pool.Recall(pool.Current(), calls[1]).None(EffectKind.Complete);
        pool.Recall(pool.Current(), calls[2]).None(EffectKind.Complete);

        Assert.Equal([calls[1], calls[2]], pool.View.Queue);
    }

    private static KernelDriver Taught(PoolPlan plan)
    {
        KernelDriver pool = Serving(plan);
        pool.Teach(Fast, 10);
        return pool;
    }

    private static (CallPhase Phase, bool Open, int Attempts, long Deadline) Describe(in CallView call) =>
        (call.Phase, call.Open, call.Attempts, call.Deadline);

    private static CallKey[] Fill(KernelDriver pool, int calls) => [.. Enumerable.Range(0, calls).Select(_ => pool.Accept(tool: Fast))];
}
