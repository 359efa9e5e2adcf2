using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>L7: pools that cannot afford two workers per slot.</summary>
[Trait("Rule", "L7")]
public class StopFirstTests
{
    private static PoolPlan Tight(int size) => Settings(size) with { StopFirst = true, MinReady = size - 1 };

    [Fact]
    public void Recycle_replacement_is_launched_when_the_old_one_is_gone_and_then_reported()
    {
        KernelDriver pool = Serving(Tight(1));
        WorkerKey old = pool.Current();
        CallKey call = pool.Accept();

        pool.Recycle(0).None(EffectKind.Launch);
        pool.Reply(old, call).None(EffectKind.Launch);
        Effect[] gone = pool.Exit(old);
        Assert.True(gone.Single(EffectKind.WorkerRecycled).Replacement.IsNone);
        WorkerKey next = gone.Single(EffectKind.Launch).Worker;

        Effect report = pool.Boot(next).Single(EffectKind.SlotRefilled);
        Assert.Equal((next, old), (report.Worker, report.StoppedFirst));
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Recycle_all_never_leaves_fewer_than_the_least()
    {
        KernelDriver pool = Serving(Tight(3) with { MaxConcurrentRecycles = 3 });

        pool.Recycle().Single(EffectKind.WorkerDraining);

        Assert.Equal(2, pool.View.Ready);
    }

    [Theory]
    [Trait("Rule", "L10")]
    [InlineData(false)]
    [InlineData(true)]
    public void Submit_used_up_worker_is_stopped_though_others_must_wait_only_when_the_limit_is_strict(bool strict)
    {
        KernelDriver pool = Serving(Tight(3) with { MinReady = 2, MaxRequests = 2, StrictMaxRequests = strict, MaxConcurrentRecycles = 2 });
        pool.Recycle(2);
        WorkerKey worker = pool.Submit().Effects.Single(EffectKind.Send).Worker;
        pool.Reply(worker, pool.View.Calls[0].Key);
        pool.Recycle(1 - worker.Slot); // two workers serve, so it has to wait

        Effect[] last = pool.Submit().Effects;

        Assert.Equal(strict ? worker : default, last.Find(EffectKind.WorkerDraining)?.Worker ?? default);
        Assert.Equal(strict ? 1 : 2, pool.View.Ready);
    }

    [Fact]
    public void Recycle_after_the_pool_was_made_too_small_still_works()
    {
        KernelDriver pool = Serving(Tight(3));
        foreach (Effect stop in pool.Resize(1).Of(EffectKind.Stop))
        {
            pool.Exit(stop.Worker);
        }

        pool.Recycle(0).Single(EffectKind.WorkerDraining);
    }

    [Fact]
    public void SetMemoryShort_comes_and_goes()
    {
        KernelDriver pool = Serving(Settings(size: 2));
        pool.SetMemoryShort(true);
        WorkerKey old = pool.Recycle(0).Single(EffectKind.WorkerDraining).Worker;
        pool.SetMemoryShort(false).None(EffectKind.Launch); // the old worker has not ended

        pool.Boot(pool.Exit(old).Single(EffectKind.Launch).Worker).Single(EffectKind.SlotRefilled);
        pool.Recycle(1).Single(EffectKind.Launch);
    }

    [Fact]
    public void Resize_place_that_is_not_needed_any_more_is_given_up()
    {
        KernelDriver pool = Serving(Tight(3));
        WorkerKey old = pool.Recycle(0).Single(EffectKind.WorkerDraining).Worker;

        Effect report = pool.Resize(2).Single(EffectKind.SlotRefilled);

        Assert.Equal((new WorkerKey(0, 0), old), (report.Worker, report.StoppedFirst));
        pool.Exit(old).None(EffectKind.Launch);
        pool.Recycle(1).Single(EffectKind.WorkerDraining); // the budget is free
    }

    [Fact]
    public void Recycle_with_spares_the_spare_takes_over_and_the_next_one_waits_for_room()
    {
        KernelDriver pool = Serving(Tight(1) with { Spares = 1 });
        WorkerKey old = pool.Current();

        Effect[] effects = pool.Recycle(0);

        Assert.Equal((old, 1), (effects.Single(EffectKind.Stop).Worker, pool.View.Ready));
        effects.None(EffectKind.Launch);
        pool.Exit(old).Single(EffectKind.Launch);
    }

    [Fact]
    public void Recycle_the_only_one_that_does_not_rest_wakes_another_first()
    {
        KernelDriver pool = Serving(Tight(2) with { IdleTimeout = 1_000 });
        pool.TickAt(pool.Now + 1_000).Single(EffectKind.WorkerDraining);
        int slot = pool.View.Workers.Find(static w => w.Role == WorkerRole.Current).Key.Slot;

        WorkerKey woken = pool.Recycle(slot).Single(EffectKind.Launch).Worker;

        Assert.Equal(slot, pool.Boot(woken).Single(EffectKind.WorkerDraining).Worker.Slot);
    }
}
