using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Limits that code outside the kernel judges.</summary>
[Trait("Rule", "L9")]
public class LimitTests
{
    [Theory]
    [InlineData("MemoryThreshold", true)]
    [InlineData("MemoryGrowth", true)]
    [InlineData("Custom", true)]
    [InlineData("CpuTime", false)]
    [InlineData("WorkerRequested", false)]
    [InlineData("HealthCheckFailed", false)]
    public void LimitReached_fresh_worker_is_held_back_for_some_reasons_only(string name, bool waits)
    {
        Reason reason = Enum.Parse<Reason>(name);
        KernelDriver pool = Serving(Settings() with { MinLifetime = 1_000 });

        Effect[] effects = pool.LimitStands(pool.Current(), reason);
        effects = waits ? pool.TickAt(pool.Now + 1_000) : effects;

        Assert.Equal(reason, pool.Boot(effects.Single(EffectKind.Launch).Worker).Single(EffectKind.WorkerDraining).Reason);
    }

    [Fact]
    public void LimitCleared_before_it_counts_nothing_happens()
    {
        KernelDriver pool = Serving(Settings() with { MinLifetime = 1_000 });
        pool.LimitStands(pool.Current(), Reason.MemoryThreshold);

        pool.Limit(pool.Current(), Reason.MemoryThreshold, SignalKind.LimitCleared);

        pool.TickAt(pool.Now + 1_000).None(EffectKind.Launch);
    }

    [Fact]
    public void LimitReached_too_much_memory_kills_in_a_call_and_judges_it_at_the_exit()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey worker = pool.Current();
        CallKey call = pool.Accept();

        Effect[] killed = pool.Limit(worker, Reason.MemoryLimit);

        Assert.Equal(Reason.MemoryLimit, killed.Single(EffectKind.Kill).Reason);
        Assert.Empty(pool.Limit(worker, Reason.MemoryLimit)); // repeated
        Effect[] gone = pool.Exit(worker, call);
        Assert.Equal(Outcome.WorkerLostMayHaveRun, gone.Single(EffectKind.Complete).Outcome);
        Assert.Equal(Reason.MemoryLimit, gone.Single(EffectKind.WorkerRecycled).Reason);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void LimitReached_every_fresh_worker_has_too_much_memory_they_are_started_ever_more_slowly()
    {
        KernelDriver pool = Serving(Settings());
        var pauses = new List<long>();
        for (int i = 0; i < 3; i++)
        {
            long killed = pool.Now;
            WorkerKey worker = pool.Current();
            pool.Limit(worker, Reason.MemoryLimit).None(EffectKind.Launch);
            pool.Exit(worker);
            Effect[] effects = pool.Wake();
            pauses.Add(pool.Now - killed);
            pool.Boot(effects.Single(EffectKind.Launch).Worker);
        }

        Assert.Equal([100, 400, 1_600], pauses);
    }

    [Fact]
    [Trait("Rule", "A3")]
    public void LimitReached_leaving_starting_or_unknown_worker_changes_nothing()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey old = pool.Current();
        pool.Accept();
        WorkerKey next = pool.Recycle(0).Single(EffectKind.Launch).Worker;

        Assert.Empty(pool.Limit(next, Reason.CpuTime));
        pool.Boot(next);
        Assert.Empty(pool.Limit(old, Reason.CpuTime));
        Assert.Empty(pool.Limit(new WorkerKey(0, 99), Reason.MemoryLimit));
        Assert.Empty(pool.Limit(new WorkerKey(99, 1), Reason.MemoryLimit));
        // The memory of the worker counts until its end.
        Assert.Equal(Reason.MemoryLimit, pool.Limit(old, Reason.MemoryLimit).Single(EffectKind.Kill).Reason);
    }
}
