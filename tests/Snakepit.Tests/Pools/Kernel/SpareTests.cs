using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Spare workers take over vacant and due slots at once.</summary>
[Trait("Rule", "L6")]
public class SpareTests
{
    private static WorkerKey Spare(KernelDriver pool) =>
        pool.View.Workers.Find(static w => w is { Role: WorkerRole.Next, Phase: WorkerPhase.Ready }).Key;

    [Fact]
    [Trait("Rule", "L2")]
    public void Submit_spare_gets_no_call()
    {
        KernelDriver pool = Serving(Settings() with { Spares = 1 });
        pool.Accept();

        pool.Submit().Effects.None(EffectKind.Send);

        Assert.False(Spare(pool).IsNone);
    }

    [Fact]
    public void Exited_spare_takes_the_place_in_the_same_step()
    {
        KernelDriver pool = Serving(Settings() with { Spares = 1 });
        pool.Reply(pool.Current(), pool.Accept());
        WorkerKey spare = Spare(pool);
        CallKey running = pool.Accept();
        CallKey waiting = pool.Accept();

        Effect[] effects = pool.Exit(pool.Current(), running);

        Assert.Equal((spare, waiting), (effects.Single(EffectKind.Send).Worker, effects.Single(EffectKind.Send).Call));
        effects.Single(EffectKind.Launch); // the next spare
    }

    [Fact]
    public void Recycle_spare_takes_over_in_the_same_step()
    {
        KernelDriver pool = Serving(Settings() with { Spares = 1 });
        WorkerKey old = pool.Current();
        WorkerKey spare = Spare(pool);

        Effect[] effects = pool.Recycle(0);

        Assert.Equal(old, effects.Single(EffectKind.Stop).Worker);
        Assert.Equal(spare, pool.Exit(old).Single(EffectKind.WorkerRecycled).Replacement);
        Assert.Equal(1, pool.View.Ready);
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Submit_one_call_per_worker_uses_spares_within_the_budget()
    {
        KernelDriver pool = Serving(Settings() with { MaxRequests = 1, Spares = 2 });
        WorkerKey first = pool.Current();
        CallKey one = pool.Accept();
        pool.Submit().Effects.Single(EffectKind.Send); // sent to the first spare
        Effect[] third = pool.Submit().Effects;

        third.None(EffectKind.Send); // the budget is used up until the first worker has ended
        pool.Reply(first, one).Single(EffectKind.Stop);
        pool.Exit(first).Single(EffectKind.Send);
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void LimitReached_spare_above_its_soft_limit_is_not_exchanged_for_another()
    {
        KernelDriver pool = Serving(Settings() with { Spares = 1, MinLifetime = 1_000 });
        WorkerKey spare = Spare(pool);

        Assert.Empty(pool.Limit(spare, Reason.MemoryThreshold));
        pool.Recycle(0);
        Assert.Equal(Reason.None, pool.Worker(spare).ReplaceReason);
        Assert.Equal(Reason.MemoryThreshold, pool.TickAt(pool.Now + 1_000) is var _ ? pool.Worker(spare).ReplaceReason : default);
    }

    [Fact]
    public void LimitReached_sick_spare_is_exchanged()
    {
        KernelDriver pool = Serving(Settings() with { Spares = 1 });
        WorkerKey spare = Spare(pool);

        Effect[] effects = pool.Limit(spare, Reason.HealthCheckFailed);

        Assert.Equal(spare, effects.Single(EffectKind.Stop).Worker);
        effects.Single(EffectKind.Launch);
    }
}
