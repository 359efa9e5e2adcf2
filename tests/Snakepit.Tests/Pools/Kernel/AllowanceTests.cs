using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>L9: what a pool does with its share of what all pools have together.</summary>
[Trait("Rule", "L9")]
public class AllowanceTests
{
    private static PoolPlan Shared(int size) => Settings(size) with { SharesMemory = true };

    [Fact]
    public void Start_first_worker_needs_no_permission_the_others_do()
    {
        var pool = new KernelDriver(Shared(3));

        WorkerKey first = pool.Start().Single(EffectKind.Launch).Worker;
        pool.Boot(first).None(EffectKind.Launch);

        Assert.Equal(2, pool.SetAllowance(workers: 3).Of(EffectKind.Launch).Length);
    }

    [Fact]
    public void SetAllowance_below_what_is_there_ends_nobody_and_starts_nobody()
    {
        KernelDriver pool = Serving(Settings(3));

        Assert.Empty(pool.SetAllowance(workers: 1));
        pool.Exit(pool.Current(2));

        pool.TickAt(pool.Now + 200).None(EffectKind.Launch);
        pool.SetAllowance(workers: 3).Single(EffectKind.Launch);
    }

    [Fact]
    public void SetAllowance_starts_that_have_not_begun_are_withdrawn()
    {
        var pool = new KernelDriver(Settings(3)) { BeginsAtOnce = false };
        Effect[] launches = pool.Start().Of(EffectKind.Launch);
        pool.Signal(SignalKind.Begun, launches[0].Worker);

        Effect[] kills = pool.SetAllowance(workers: 2).Of(EffectKind.Kill);

        Assert.Equal(launches[1].Worker, Assert.Single(kills).Worker);
        pool.Exit(kills[0].Worker).None(EffectKind.Launch);
        Assert.Equal(PoolState.Starting, pool.View.State);
    }

    [Fact]
    public void SetAllowance_without_overlap_withdraws_a_replacement_and_stops_the_old_worker_first()
    {
        KernelDriver pool = Serving(Settings(1));
        pool.BeginsAtOnce = false;
        WorkerKey old = pool.Current();
        WorkerKey replacement = pool.Recycle(0).Single(EffectKind.Launch).Worker;

        Effect[] effects = pool.SetAllowance(mayOverlap: false);

        Assert.Equal(replacement, effects.Single(EffectKind.Kill).Worker);
        Assert.Equal(old, effects.Single(EffectKind.WorkerDraining).Worker);
        pool.Exit(replacement).None(EffectKind.Launch);
        pool.Boot(pool.Exit(old).Single(EffectKind.Launch).Worker).Single(EffectKind.SlotRefilled);
    }

    [Fact]
    public void SetAllowance_without_overlap_lets_a_replacement_that_has_begun_take_over()
    {
        KernelDriver pool = Serving(Settings(1));
        WorkerKey replacement = pool.Recycle(0).Single(EffectKind.Launch).Worker;

        pool.SetAllowance(mayOverlap: false).None(EffectKind.Kill);

        pool.Boot(replacement).Single(EffectKind.WorkerDraining);
    }

    [Fact]
    public void Recycle_without_a_turn_waits_for_it()
    {
        KernelDriver pool = Serving(Settings(2) with { MaxConcurrentRecycles = 2, SharesReplacements = true });
        pool.Recycle().None(EffectKind.Launch);
        Assert.Equal(new PoolNeeds(2, 0, 2), pool.Kernel.Needs);

        WorkerKey first = pool.SetAllowance(replacements: 1).Single(EffectKind.Launch).Worker;
        Assert.Equal(new PoolNeeds(2, 1, 2), pool.Kernel.Needs);
        WorkerKey old = pool.Boot(first).Single(EffectKind.WorkerDraining).Worker;

        pool.Exit(old).Single(EffectKind.Launch); // the turn is still the pool's
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void Exit_a_worker_that_died_is_replaced_without_a_turn()
    {
        KernelDriver pool = Serving(Settings(2) with { SharesReplacements = true });

        pool.Exit(pool.Current());

        pool.Wake().Single(EffectKind.Launch);
    }
}
