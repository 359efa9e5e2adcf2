using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>L3: the exit of a worker decides the outcomes of its calls.</summary>
[Trait("Rule", "L3")]
public class JudgementTests
{
    [Fact]
    public void Exited_begun_call_is_lost()
    {
        KernelDriver pool = Serving(Settings());
        CallKey call = pool.Accept();

        Effect complete = pool.Exit(pool.Current(), call).Single(EffectKind.Complete);

        Assert.Equal((call, Outcome.WorkerLostMayHaveRun), (complete.Call, complete.Outcome));
    }

    [Fact]
    public void Exited_call_not_begun_is_queued_again_with_place_and_deadline()
    {
        KernelDriver pool = Serving(Settings() with { Capacity = 2 });
        CallKey first = pool.Accept(deadline: 9_000);
        CallKey second = pool.Accept();
        CallKey third = pool.Accept();

        Effect[] effects = pool.Exit(pool.Current());

        effects.None(EffectKind.Complete);
        Assert.Equal([first, second, third], pool.View.Queue);
        Assert.Equal(9_000, pool.View.Calls.Find(c => c.Key == first).Deadline);
    }

    [Fact]
    public void Exited_begun_idempotent_call_runs_again_until_attempts_are_used_up()
    {
        KernelDriver pool = Serving(Settings() with { MaxAttempts = 2 });
        CallKey call = pool.Accept(idempotent: true);

        Effect[] effects = pool.Exit(pool.Current(), call);
        effects.None(EffectKind.Complete);
        Effect again = pool.Boot(effects.Single(EffectKind.Launch).Worker).Single(EffectKind.Send);
        Assert.Equal((call, 2), (again.Call, again.Attempt));

        Assert.Equal(Outcome.WorkerLostMayHaveRun, pool.Exit(again.Worker, call).Single(EffectKind.Complete).Outcome);
    }

    [Fact]
    public void Exited_call_that_no_worker_survives_to_begin_is_lost_in_the_end()
    {
        KernelDriver pool = Serving(Settings() with { MaxAssignments = 2, QueueTimeout = long.MaxValue / 4 });
        CallKey call = pool.Accept();

        Effect[] effects = pool.Exit(pool.Current());
        effects.None(EffectKind.Complete);
        WorkerKey second = pool.Boot(effects.Single(EffectKind.Launch).Worker).Single(EffectKind.Send).Worker;

        Effect complete = pool.Exit(second).Single(EffectKind.Complete);
        Assert.Equal((call, Outcome.WorkerLostNotStarted), (complete.Call, complete.Outcome));
    }

    [Fact]
    public void Exited_abandoned_call_gets_no_second_outcome()
    {
        KernelDriver pool = Serving(Settings());
        CallKey call = pool.Accept(idempotent: true);
        pool.Abandon(call);

        pool.Exit(pool.Current(), call).None(EffectKind.Complete);
        Assert.Empty(pool.View.Calls);
    }

    [Fact]
    public void Kill_before_exit_judges_nothing()
    {
        KernelDriver pool = Serving(Settings() with { Capacity = 2 });
        WorkerKey old = pool.Current();
        CallKey call = pool.Accept();
        pool.Recycle(0);
        pool.Boot(pool.View.Workers.Find(static w => w.Role == WorkerRole.Next).Key);

        Effect[] killed = pool.TickAt(2_000);

        Assert.Equal(Reason.DrainTimeout, killed.Single(EffectKind.Kill).Reason);
        killed.None(EffectKind.Complete);
        Assert.Equal(Outcome.Replied, pool.Reply(old, call).Single(EffectKind.Complete).Outcome);
    }

    [Fact]
    public void Tick_unkillable_worker_may_still_run_its_calls_so_nobody_else_does()
    {
        KernelDriver pool = Serving(Settings() with { Capacity = 2 });
        WorkerKey old = pool.Current();
        CallKey call = pool.Accept(idempotent: true);
        pool.Recycle(0);
        pool.Boot(pool.View.Workers.Find(static w => w.Role == WorkerRole.Next).Key);
        pool.TickAt(2_000).Single(EffectKind.Kill);

        Effect[] effects = pool.TickAt(2_500);

        Assert.Equal(old, effects.Single(EffectKind.WorkerUnkillable).Worker);
        effects.None(EffectKind.Send);
        Assert.Equal(
            (call, Outcome.WorkerLostMayHaveRun), (effects.Single(EffectKind.Complete).Call, effects.Single(EffectKind.Complete).Outcome));
    }
}
