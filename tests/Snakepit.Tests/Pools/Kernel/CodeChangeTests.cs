using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>L10: one worker tries changed code before the others get it.</summary>
[Trait("Rule", "L10")]
public class CodeChangeTests
{
    [Fact]
    public void CodeChanged_one_tries_it_then_the_others_follow()
    {
        KernelDriver pool = Serving(Settings(size: 3) with { MaxConcurrentRecycles = 3 });
        pool.Now += 10;

        WorkerKey canary = pool.ChangeCode().Single(EffectKind.Launch).Worker;
        Effect[] proven = pool.Boot(canary);

        Assert.Equal(Reason.CodeChanged, proven.Single(EffectKind.WorkerDraining).Reason);
        Assert.Equal(2, proven.Of(EffectKind.Launch).Length);
    }

    [Fact]
    public void LaunchFailed_all_old_workers_stay_and_nobody_else_tries()
    {
        KernelDriver pool = Serving(Settings(size: 3));
        pool.Now += 10;
        WorkerKey canary = pool.ChangeCode().Single(EffectKind.Launch).Worker;

        Effect[] failed = pool.Signal(SignalKind.LaunchFailed, canary);

        failed.Single(EffectKind.CodeRejected);
        pool.TickAt(pool.Now + 60_000).None(EffectKind.Launch);
        Assert.Equal(3, pool.View.Ready);
        pool.ChangeCode().Single(EffectKind.Launch); // the next change counts on its own
    }

    [Fact]
    public void LaunchFailed_worker_used_up_meanwhile_is_still_replaced()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { MaxRequests = 2 });
        pool.Now += 10;
        WorkerKey canary = pool.ChangeCode().Single(EffectKind.Launch).Worker;
        WorkerKey worker = pool.Submit().Effects.Single(EffectKind.Send).Worker;
        pool.Reply(worker, pool.View.Calls[0].Key);
        Assert.Equal(worker, pool.Submit().Effects.Single(EffectKind.Send).Worker);

        Effect[] rejected = pool.Signal(SignalKind.LaunchFailed, canary);

        rejected.Single(EffectKind.CodeRejected);
        Assert.Equal(Reason.MaxRequests, pool.Worker(worker).ReplaceReason);
        Assert.Equal(worker.Slot, rejected.Single(EffectKind.Launch).Worker.Slot);
    }

    [Fact]
    public void CancelRecycle_request_by_hand_leaves_the_changed_code_a_reason()
    {
        KernelDriver pool = Serving(Settings(size: 2));
        pool.Now += 10;
        int other = 1 - pool.ChangeCode().Single(EffectKind.Launch).Worker.Slot;
        pool.Recycle(other);

        pool.CancelRecycle(other);

        Assert.Equal(Reason.CodeChanged, pool.Worker(pool.Current(other)).ReplaceReason);
    }

    [Fact]
    public void CodeChanged_spares_stay_until_the_changed_code_is_proven()
    {
        KernelDriver pool = Serving(Settings() with { Spares = 2 });
        pool.Now += 10;

        Effect[] changed = pool.ChangeCode();
        WorkerKey canary = changed.Single(EffectKind.Launch).Worker;
        changed.None(EffectKind.Stop);
        Effect[] proven = pool.Boot(canary);

        Assert.Equal(3, proven.Of(EffectKind.Stop).Length); // two spares and the old worker
    }

    [Fact]
    [Trait("Rule", "L7")]
    public void CodeChanged_stop_first_one_place_is_enough_to_try()
    {
        KernelDriver pool = Serving(Settings(size: 3) with { StopFirst = true, MaxConcurrentRecycles = 3 });
        pool.Now += 10;

        WorkerKey old = pool.ChangeCode().Single(EffectKind.WorkerDraining).Worker;
        WorkerKey canary = pool.Exit(old).Single(EffectKind.Launch).Worker;
        pool.Signal(SignalKind.LaunchFailed, canary).Single(EffectKind.CodeRejected);

        Assert.Equal(2, pool.View.Ready);
    }

    [Fact]
    [Trait("Rule", "L7")]
    public void CodeChanged_stop_first_with_spares_one_spare_makes_room_to_try()
    {
        KernelDriver pool = Serving(Settings() with { StopFirst = true, MinReady = 0, Spares = 2 });
        pool.Now += 10;

        Effect[] changed = pool.ChangeCode();

        changed.Single(EffectKind.Stop);
        changed.Single(EffectKind.Launch);
        Assert.Equal(1, pool.View.Ready);
    }
}
