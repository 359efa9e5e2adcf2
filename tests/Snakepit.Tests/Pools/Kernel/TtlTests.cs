using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Workers are replaced by the end of their TTL, and not all at once.</summary>
[Trait("Rule", "L8")]
public class TtlTests
{
    [Fact]
    public void EffectiveTtl_slots_are_staggered_evenly_within_a_tenth()
    {
        var pool = new KernelDriver(Settings(size: 5) with { Ttl = 10_000 });

        Assert.Equal([10_000, 9_800, 9_600, 9_400, 9_200], Enumerable.Range(0, 5).Select(pool.Kernel.EffectiveTtl));
    }

    [Fact]
    public void Tick_replacement_is_started_ahead_and_takes_over_when_the_time_is_up()
    {
        var pool = new KernelDriver(Settings() with { Ttl = 10_000 });
        WorkerKey old = pool.Start().Single(EffectKind.Launch).Worker;
        pool.Now += 400; // a start takes 400: begun 600 before the end
        pool.Boot(old);
        long end = pool.Now + 10_000;

        Assert.Equal(end - 600, pool.Kernel.NextWake);
        WorkerKey next = pool.Wake().Single(EffectKind.Launch).Worker;
        pool.Now += 400;
        pool.Boot(next).None(EffectKind.WorkerDraining); // too early

        pool.TickAt(end - 1).None(EffectKind.WorkerDraining);
        Effect drains = pool.TickAt(end).Single(EffectKind.WorkerDraining);
        Assert.Equal((old, Reason.TtlExpired), (drains.Worker, drains.Reason));
        Assert.Equal(next, pool.Current());
    }

    [Fact]
    public void Tick_ttl_shorter_than_a_start_keeps_one_worker_serving()
    {
        var pool = new KernelDriver(Settings() with { Ttl = 100 });
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        for (int i = 0; i < 5; i++)
        {
            pool.Now += 1_000;
            WorkerKey old = pool.Current();
            pool.Boot(worker);
            pool.Exit(old);
            Assert.Equal((worker, 1), (pool.Current(), pool.View.Ready));
            worker = pool.Wake().Single(EffectKind.Launch).Worker;
            pool.TickAt(pool.Now + 500).None(EffectKind.Launch);
        }
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Tick_all_due_together_go_one_after_another()
    {
        KernelDriver pool = Serving(Settings(size: 3) with { Ttl = 10_000 });
        WorkerKey next = pool.TickAt(pool.Now + 10_000).Single(EffectKind.Launch).Worker;

        WorkerKey old = pool.Boot(next).Single(EffectKind.WorkerDraining).Worker;

        Assert.Equal(3, pool.View.Ready);
        Assert.NotEqual(old.Slot, pool.Exit(old).Single(EffectKind.Launch).Worker.Slot);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void LaunchFailed_request_by_hand_for_an_old_worker_leaves_its_age_a_reason()
    {
        KernelDriver pool = Serving(Settings() with { Ttl = 10_000 });
        pool.Recycle(0);
        WorkerKey next = pool.View.Workers.Find(static w => w.Role == WorkerRole.Next).Key;
        pool.Recycle(0); // a second request
        pool.TickAt(pool.Now + 10_000);

        pool.Signal(SignalKind.LaunchFailed, next).Single(EffectKind.WorkerKept);

        Assert.Equal(Reason.TtlExpired, pool.Worker(pool.Current()).ReplaceReason);
    }
}
