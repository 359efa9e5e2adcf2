using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>L9, L10: a request to recycle ends within one backoff and one start, whatever else is due.</summary>
public class RecycleRequestTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20)]
    [Trait("Rule", "L10")]
    public void Recycle_all_slots_of_a_broken_adapter_are_kept_within_two_starts(int size)
    {
        KernelDriver pool = Serving(Settings(size) with { MaxConcurrentRecycles = 1 });
        var world = new StartWorld(pool, static _ => false);
        long begin = pool.Now;

        world.See(pool.Recycle());
        world.RunUntil(begin + 1_000);

        Assert.Equal(size, world.Effects.Count(static seen => seen.Effect.Kind == EffectKind.WorkerKept));
        Assert.InRange(world.Failed.Count, 1, 3);
        Assert.Equal(size, pool.View.Ready);
        Assert.DoesNotContain(pool.View.Workers, static worker => worker.ReplaceReason != Reason.None);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_000)]
    [InlineData(50_000)]
    [Trait("Rule", "L10")]
    public void Recycle_while_the_adapter_is_broken_ends_within_one_pause_and_one_start(long after)
    {
        KernelDriver pool = Serving(Settings(size: 3) with { MaxConcurrentRecycles = 1, Ttl = 1_000 }); // all workers are due, all the time
        var world = new StartWorld(pool, static _ => false);
        world.RunUntil(pool.Now + 5_000 + after);
        long begin = pool.Now;

        for (int slot = 0; slot < 3; slot++)
        {
            world.See(pool.Recycle(slot));
        }
        world.RunUntil(begin + pool.Plan.MaxBackoff + 200);

        Assert.Equal(3, world.Effects.Count(static seen => seen.Effect.Kind == EffectKind.WorkerKept));
        Assert.Equal(3, pool.View.Ready);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void Recycle_of_the_others_goes_on_though_one_slot_cannot_start()
    {
        KernelDriver pool = Serving(Settings(size: 3) with { MaxConcurrentRecycles = 1 });
        var world = new StartWorld(pool, static worker => worker.Slot != 0);

        world.See(pool.Recycle());
        world.RunUntil(pool.Now + 1_000);

        Assert.Equal([0], Slots(world, EffectKind.WorkerKept));
        Assert.Equal([1, 2], Slots(world, EffectKind.WorkerRecycled));
    }

    [Fact]
    [Trait("Rule", "L7")]
    [Trait("Rule", "L10")]
    public void Recycle_stop_first_tells_that_the_replacement_could_not_start()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { StopFirst = true, MinReady = 1 });
        var world = new StartWorld(pool, static worker => worker.Generation > 2 && worker.Slot == 0);

        world.See(pool.Recycle());
        world.RunUntil(pool.Now + 5_000);

        Effect told = Assert.Single(world.Effects, static seen => seen.Effect.Kind == EffectKind.SlotNotRefilled).Effect;
        Assert.Equal(1, told.StoppedFirst.Generation);
        Assert.Equal([1 - told.Worker.Slot], Slots(world, EffectKind.WorkerKept)); // stopping it too would leave none
        Assert.InRange(pool.View.Ready, 1, 2);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void Recycle_that_never_gets_its_turn_is_given_up()
    {
        KernelDriver pool = Serving(Settings(size: 1));
        pool.SetMemoryShort(true);
        long begin = pool.Now;

        pool.Recycle(0).None(EffectKind.WorkerDraining); // it is the last one that serves
        Effect[] end = [];
        while (end.Find(EffectKind.WorkerKept) is null)
        {
            end = pool.Wake();
        }

        Assert.Equal(
            (pool.Current(), Reason.None), (end.Single(EffectKind.WorkerKept).Worker, end.Single(EffectKind.WorkerKept).Reason));
        Assert.Equal(pool.Plan.BootTimeout + pool.Plan.MaxBackoff, pool.Now - begin);
    }

    private static int[] Slots(StartWorld world, EffectKind kind) =>
        [.. world.Effects.Where(seen => seen.Effect.Kind == kind).Select(static seen => seen.Effect.Worker.Slot).Order()];
}
