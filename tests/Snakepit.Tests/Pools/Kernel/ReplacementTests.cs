using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>L6, L9, L10: planned replacement of workers.</summary>
public class ReplacementTests
{
    [Fact]
    [Trait("Rule", "L6")]
    public void Recycle_old_worker_serves_until_the_step_in_which_the_new_one_does()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey old = pool.Current();

        WorkerKey next = pool.Recycle(0).Single(EffectKind.Launch).Worker;
        CallKey call = pool.Submit().Admission.Call;
        Assert.Equal(old, pool.View.Calls.Find(c => c.Key == call).Worker);

        Effect[] swap = pool.Boot(next);
        Assert.Equal(old, swap.Single(EffectKind.WorkerDraining).Worker);
        swap.None(EffectKind.Stop);
        Assert.Equal(next, pool.Submit().Effects.Single(EffectKind.Send).Worker);

        Assert.Equal(old, pool.Reply(old, call).Single(EffectKind.Stop).Worker);
        Effect report = pool.Exit(old).Single(EffectKind.WorkerRecycled);
        Assert.Equal((old, Reason.Manual, next, 0), (report.Worker, report.Reason, report.Replacement, report.LostCalls));
    }

    [Fact]
    [Trait("Rule", "L8")]
    public void Submit_fast_pace_starts_the_replacement_before_the_limit()
    {
        var pool = new KernelDriver(Settings() with { MaxRequests = 100 });
        WorkerKey old = pool.Start().Single(EffectKind.Launch).Worker;
        pool.Now += 500; // a start takes 500: at 10 per call, 75 calls ahead
        pool.Boot(old);
        WorkerKey? next = null;
        int served = 0;
        for (; next is null; served++)
        {
            pool.Now += 10;
            (Admission admission, Effect[] effects) = pool.Submit();
            next = effects.Find(EffectKind.Launch)?.Worker;
            pool.Reply(old, admission.Call);
        }

        Assert.InRange(served, 25, 30);
        pool.Boot(next.Value).None(EffectKind.WorkerDraining); // ready early, so it waits
        Assert.Equal(old, pool.Submit().Effects.Single(EffectKind.Send).Worker);
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Recycle_all_goes_one_after_another_within_the_budget()
    {
        KernelDriver pool = Serving(Settings(size: 3) with { MaxConcurrentRecycles = 1 });
        Effect[] effects = pool.Recycle();
        var slots = new List<int>();

        for (int i = 0; i < 3; i++)
        {
            WorkerKey next = effects.Single(EffectKind.Launch).Worker;
            WorkerKey old = pool.Current(next.Slot);
            slots.Add(next.Slot);
            pool.Boot(next).None(EffectKind.Launch);
            Assert.Equal(3, pool.View.Ready);
            effects = pool.Exit(old);
            Assert.Equal(old, effects.Single(EffectKind.WorkerRecycled).Worker);
        }
        effects.None(EffectKind.Launch);
        Assert.Equal([0, 1, 2], slots.Order());
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Recycle_twice_joins_in_one_replacement_and_one_report()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey old = pool.Current();

        WorkerKey next = pool.Recycle(0).Single(EffectKind.Launch).Worker;
        Assert.Empty(pool.Recycle(0));
        pool.Boot(next).None(EffectKind.WorkerRecycled);
        pool.Exit(old).Single(EffectKind.WorkerRecycled);
        Assert.Equal(next, pool.Current());
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Recycle_worker_that_dies_first_is_reported_as_already_replaced()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey old = pool.Current();
        WorkerKey next = pool.Recycle(0).Single(EffectKind.Launch).Worker;

        Effect report = pool.Exit(old).Single(EffectKind.AlreadyReplaced);

        Assert.Equal((old, next), (report.Worker, report.Replacement));
        pool.Boot(next).None(EffectKind.WorkerDraining);
        Assert.Equal(next, pool.Current());
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Recycle_slot_nobody_serves_in_is_answered_without_touching_the_worker_that_still_drains()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey old = pool.Current();
        pool.Accept();
        WorkerKey next = pool.Recycle(0).Single(EffectKind.Launch).Worker;
        pool.Boot(next);
        pool.Exit(next);

        Assert.Equal(next, pool.Recycle(0).Single(EffectKind.AlreadyReplaced).Worker);
        Assert.Equal(old, pool.Exit(old).Single(EffectKind.WorkerRecycled).Worker);
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Recycle_all_with_a_waiting_spare_elsewhere_replaces_nobody_twice()
    {
        KernelDriver pool = Serving(Settings(size: 3) with { MaxRequests = 1, MaxConcurrentRecycles = 2 });
        WorkerKey first = pool.Current(0);
        pool.Recycle(0);
        pool.BootAll(pool.Exit(first)); // now slots 1 and 2 have a spare and slot 0 has none
        WorkerKey[] old = [pool.Current(1), pool.Current(2)];

        Effect[] effects = pool.Recycle();

        Assert.Equal(old, effects.Of(EffectKind.WorkerDraining).Select(static e => e.Worker));
        Assert.All(effects.Of(EffectKind.WorkerDraining), static e => Assert.Equal(Reason.Manual, e.Reason));
        Assert.Equal(pool.Current(0), Assert.Single(pool.View.Workers, static w => w.ReplaceReason == Reason.Manual).Key);
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void CancelRecycle_all_spares_the_slots_that_wait_and_not_the_one_under_way()
    {
        KernelDriver pool = Serving(Settings(size: 3));
        WorkerKey next = pool.Recycle().Single(EffectKind.Launch).Worker;

        Assert.Empty(pool.CancelRecycle());
        WorkerKey old = pool.Current(next.Slot);
        pool.Boot(next).Single(EffectKind.WorkerDraining);
        pool.Exit(old).None(EffectKind.Launch);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void LaunchFailed_manual_replacement_keeps_the_old_worker_and_says_so()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey old = pool.Current();
        WorkerKey next = pool.Recycle(0).Single(EffectKind.Launch).Worker;
        pool.Signal(SignalKind.Launched, next);

        Effect[] effects = pool.Signal(SignalKind.LaunchFailed, next);

        Assert.Equal(
            (old, Reason.BootFailed), (effects.Single(EffectKind.WorkerKept).Worker, effects.Single(EffectKind.WorkerKept).Reason));
        effects.Single(EffectKind.StartFailed);
        pool.Exit(next).None(EffectKind.Launch);
        Assert.Equal(old, pool.Submit().Effects.Single(EffectKind.Send).Worker);
        Assert.Equal(PoolState.Ready, pool.View.State);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void LaunchFailed_replacement_of_a_used_up_worker_is_tried_again()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { MaxRequests = 2 });
        pool.Now += 1_000; // a slow pace: no reason to plan ahead
        WorkerKey old = pool.Submit().Effects.Single(EffectKind.Send).Worker;
        pool.Reply(old, pool.View.Calls[0].Key);
        WorkerKey next = pool.Submit().Effects.Single(EffectKind.Launch).Worker;

        Effect[] failed = pool.Signal(SignalKind.LaunchFailed, next);

        failed.None(EffectKind.WorkerKept); // no request waits for it
        Assert.Equal(old.Slot, pool.Wake().Single(EffectKind.Launch).Worker.Slot);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void LaunchFailed_manual_replacement_of_an_overdue_worker_leaves_its_own_reason()
    {
        KernelDriver pool = Serving(Settings() with { Capacity = 2 });
        CallKey stuck = pool.Accept();
        pool.Accept();
        pool.Abandon(stuck);
        WorkerKey next = pool.TickAt(1_210).Single(EffectKind.Launch).Worker;
        pool.Recycle(0);

        pool.Signal(SignalKind.LaunchFailed, next).Single(EffectKind.WorkerKept);

        Assert.Equal(Reason.CancelGrace, pool.Worker(pool.Current()).ReplaceReason);
        pool.Wake().Single(EffectKind.Launch);
    }
}
