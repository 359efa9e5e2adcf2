using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Consecutive errors count against their worker.</summary>
[Trait("Rule", "L9")]
public class ErrorTests
{
    private static PoolPlan Strict => Settings() with { MaxConsecutiveErrors = 2, MinLifetime = 1_000 };

    private static Effect[] Fail(KernelDriver pool, bool failed = true) => pool.Reply(pool.Current(), pool.Accept(), failed: failed);

    [Fact]
    public void Replied_failures_in_a_row_replace_the_worker()
    {
        KernelDriver pool = Serving(Strict);
        pool.Now += 1_000;

        Fail(pool).None(EffectKind.Launch);
        Fail(pool, failed: false).None(EffectKind.Launch);
        Fail(pool).None(EffectKind.Launch);
        Fail(pool).Single(EffectKind.Launch);

        Assert.Equal(Reason.Errors, pool.Worker(pool.Current()).ReplaceReason);
    }

    [Fact]
    public void Replied_young_worker_has_time_to_recover()
    {
        KernelDriver pool = Serving(Strict);
        Fail(pool);
        Fail(pool).None(EffectKind.Launch);

        Fail(pool, failed: false);

        pool.TickAt(pool.Now + 1_000).None(EffectKind.Launch);
    }

    [Fact]
    public void Tick_young_worker_that_does_not_recover_is_replaced_when_it_has_lived()
    {
        KernelDriver pool = Serving(Strict);
        Fail(pool);
        Fail(pool);

        Assert.Equal(pool.Now + 1_000, pool.Kernel.NextWake);
        pool.Wake().Single(EffectKind.Launch);
    }

    [Fact]
    public void Replied_failure_nobody_waits_for_does_not_count()
    {
        KernelDriver pool = Serving(Strict with { MaxConsecutiveErrors = 1, MinLifetime = 0 });
        CallKey call = pool.Accept();
        pool.Abandon(call);

        pool.Reply(pool.Current(), call, failed: true).None(EffectKind.Launch);
    }
}
