using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Admission, assignment and queueing of calls, and their single outcome.</summary>
public class CallTests
{
    [Fact]
    [Trait("Rule", "L1")]
    public void Replied_second_reply_is_ignored()
    {
        KernelDriver pool = Serving(Settings());
        CallKey call = pool.Accept();

        Assert.Equal(Outcome.Replied, pool.Reply(pool.Current(), call).Single(EffectKind.Complete).Outcome);
        Assert.Empty(pool.Reply(pool.Current(), call));
        Assert.Empty(pool.Abandon(call));
        Assert.Empty(pool.View.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Rule", "L1")]
    [Trait("Rule", "L5")]
    public void Abandon_and_reply_race_first_step_wins(bool replyFirst)
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey worker = pool.Current();
        CallKey call = pool.Accept();

        Effect[] first = replyFirst ? pool.Reply(worker, call) : pool.Abandon(call);
        Effect[] second = replyFirst ? pool.Abandon(call) : pool.Reply(worker, call);

        Assert.Equal(replyFirst ? Outcome.Replied : Outcome.Cancelled, first.Single(EffectKind.Complete).Outcome);
        second.None(EffectKind.Complete);
        Assert.True(pool.Worker(worker).Available);
    }

    [Fact]
    [Trait("Rule", "L2")]
    public void Submit_before_any_ready_waits_and_is_sent_at_ready()
    {
        var pool = new KernelDriver(Settings());
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        (Admission admission, Effect[] effects) = pool.Submit();

        effects.None(EffectKind.Send);
        pool.Signal(SignalKind.Launched, worker).None(EffectKind.Send);
        Assert.Equal(admission.Call, pool.Signal(SignalKind.Ready, worker).Single(EffectKind.Send).Call);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("Rule", "L2")]
    public void Submit_worker_at_capacity_makes_calls_wait(int capacity)
    {
        KernelDriver pool = Serving(Settings() with { Capacity = capacity });

        for (int i = 0; i < capacity; i++)
        {
            pool.Submit().Effects.Single(EffectKind.Send);
        }
        pool.Submit().Effects.None(EffectKind.Send);
        Assert.Equal(capacity, pool.Worker(pool.Current()).Load);
    }

    [Fact]
    public void Submit_least_loaded_worker_is_chosen()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { Capacity = 2 });

        WorkerKey first = pool.Submit().Effects.Single(EffectKind.Send).Worker;
        WorkerKey second = pool.Submit().Effects.Single(EffectKind.Send).Worker;

        Assert.NotEqual(first, second);
    }

    [Fact]
    [Trait("Rule", "L4")]
    public void Replied_waiting_calls_are_sent_in_order_of_admission()
    {
        KernelDriver pool = Serving(Settings());
        CallKey[] calls = [pool.Accept(), pool.Accept(), pool.Accept()];

        Assert.Equal(calls[1], pool.Reply(pool.Current(), calls[0]).Single(EffectKind.Send).Call);
        Assert.Equal(calls[2], pool.Reply(pool.Current(), calls[1]).Single(EffectKind.Send).Call);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [Trait("Rule", "L4")]
    public void Submit_full_queue_rejects_at_once_and_reports_once_per_episode(int limit)
    {
        KernelDriver pool = Serving(Settings() with { QueueLimit = limit });
        CallKey running = pool.Accept();
        for (int i = 0; i < limit; i++)
        {
            pool.Accept();
        }

        (Admission rejected, Effect[] effects) = pool.Submit();
        Assert.Equal(new Admission(default, Outcome.QueueFull, limit, limit), rejected);
        effects.Single(EffectKind.QueueSaturated);
        pool.Submit().Effects.None(EffectKind.QueueSaturated);

        foreach (CallKey queued in pool.View.Queue.ToArray())
        {
            pool.Abandon(queued);
        }
        pool.Reply(pool.Current(), running);
        for (int i = 0; i <= limit; i++)
        {
            pool.Accept();
        }
        pool.Submit().Effects.Single(EffectKind.QueueSaturated);
    }

    [Fact]
    [Trait("Rule", "L4")]
    public void Submit_deadline_already_passed_is_rejected()
    {
        KernelDriver pool = Serving(Settings());

        (Admission admission, Effect[] effects) = pool.Submit(deadline: pool.Now);

        Assert.Equal(Outcome.DeadlineInQueue, admission.Rejection);
        Assert.Empty(effects);
    }

    [Theory]
    [InlineData(1_050, 5_000)]
    [InlineData(long.MaxValue, 50)]
    [Trait("Rule", "L4")]
    public void Tick_call_that_waited_too_long_is_rejected(long deadline, long queueTimeout)
    {
        KernelDriver pool = Serving(Settings() with { QueueTimeout = queueTimeout });
        pool.Accept();
        CallKey waiting = pool.Accept(deadline);

        pool.TickAt(1_049).None(EffectKind.Complete);
        Effect complete = pool.TickAt(1_060).Single(EffectKind.Complete);

        Assert.Equal((waiting, Expected(deadline)), (complete.Call, complete.Outcome));
    }

    [Theory]
    [InlineData(1_051, 5_000)]
    [InlineData(long.MaxValue, 51)]
    [Trait("Rule", "L4")]
    public void Replied_waiting_call_past_its_time_is_not_started(long deadline, long queueTimeout)
    {
        KernelDriver pool = Serving(Settings() with { QueueTimeout = queueTimeout });
        CallKey running = pool.Accept();
        CallKey late = pool.Accept(deadline);
        pool.Now = 1_010;
        CallKey next = pool.Accept();

        pool.Now = 1_051; // due, but the wheel's next tick is 1,060
        Effect[] effects = pool.Reply(pool.Current(), running);

        Assert.Equal(next, effects.Single(EffectKind.Send).Call);
        Assert.Equal(Expected(deadline), Assert.Single(effects.Of(EffectKind.Complete), e => e.Call == late).Outcome);
    }

    [Fact]
    [Trait("Rule", "L5")]
    public void Abandon_running_call_releases_caller_and_kills_worker_after_the_grace()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey worker = pool.Current();
        CallKey call = pool.Accept();

        Effect[] effects = pool.Abandon(call);

        Assert.Equal(Outcome.Cancelled, effects.Single(EffectKind.Complete).Outcome);
        Assert.Equal((worker, call), (effects.Single(EffectKind.Cancel).Worker, effects.Single(EffectKind.Cancel).Call));
        pool.TickAt(1_199).None(EffectKind.Kill);
        effects = pool.TickAt(1_210);
        Assert.Equal((worker, Reason.CancelGrace), (effects.Single(EffectKind.Kill).Worker, effects.Single(EffectKind.Kill).Reason));
        effects.Single(EffectKind.Launch);
    }

    [Fact]
    [Trait("Rule", "L5")]
    public void Replied_within_the_grace_keeps_the_worker()
    {
        KernelDriver pool = Serving(Settings());
        CallKey call = pool.Accept(deadline: 1_100);

        Assert.Equal(Outcome.DeadlineRunning, pool.TickAt(1_100).Single(EffectKind.Complete).Outcome);
        Assert.Empty(pool.Reply(pool.Current(), call));
        Assert.Empty(pool.TickAt(5_000));
        Assert.True(pool.Worker(pool.Current()).Available);
    }

    [Fact]
    [Trait("Rule", "L5")]
    public void Tick_overdue_call_beside_others_replaces_the_worker_and_lets_the_others_finish()
    {
        KernelDriver pool = Serving(Settings() with { Capacity = 2 });
        WorkerKey old = pool.Current();
        CallKey stuck = pool.Accept();
        CallKey other = pool.Accept();
        pool.Abandon(stuck);

        WorkerKey next = pool.TickAt(1_210).Single(EffectKind.Launch).Worker;
        pool.Submit().Effects.None(EffectKind.Send);
        pool.Boot(next).Single(EffectKind.Send);
        Assert.Equal(WorkerPhase.Draining, pool.Worker(old).Phase);

        Effect[] effects = pool.Reply(old, other);
        Assert.Equal(Outcome.Replied, effects.Single(EffectKind.Complete).Outcome);
        Assert.Equal(old, effects.Single(EffectKind.Kill).Worker);
    }

    private static Outcome Expected(long deadline) => deadline == long.MaxValue ? Outcome.QueueTimeout : Outcome.DeadlineInQueue;
}
