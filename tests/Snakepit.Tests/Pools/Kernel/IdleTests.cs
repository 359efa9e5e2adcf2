using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Idle workers stop, and start again when calls wait.</summary>
[Trait("Rule", "L9")]
public class IdleTests
{
    private static PoolPlan Resting(int size) => Settings(size) with { IdleTimeout = 1_000, MinReady = 1 };

    [Fact]
    public void Tick_idle_workers_rest_but_for_the_least_that_must_be_ready()
    {
        KernelDriver pool = Serving(Resting(3));

        Effect[] effects = pool.TickAt(pool.Now + 1_000);

        Assert.Equal([Reason.Idle, Reason.Idle], effects.Of(EffectKind.WorkerDraining).Select(static e => e.Reason));
        Assert.Equal((2, 2, 1, PoolState.Ready), (effects.Of(EffectKind.Stop).Length, pool.View.Resting, pool.View.Ready, pool.View.State));
        pool.Exit(effects.Of(EffectKind.Stop)[0].Worker).None(EffectKind.Launch);
    }

    [Fact]
    public void Submit_call_that_must_wait_wakes_one()
    {
        KernelDriver pool = Serving(Resting(3));
        pool.TickAt(pool.Now + 1_000);

        pool.Submit().Effects.None(EffectKind.Launch); // a worker is starting already
        (Admission waiting, Effect[] effects) = pool.Submit();

        Assert.Equal(waiting.Call, pool.Boot(effects.Single(EffectKind.Launch).Worker).Single(EffectKind.Send).Call);
        Assert.Equal(1, pool.View.Resting);
    }

    [Fact]
    public void Tick_no_least_all_rest_and_the_pool_is_ready()
    {
        KernelDriver pool = Serving(Resting(2) with { MinReady = 0 });

        pool.TickAt(pool.Now + 1_000);

        Assert.Equal((0, PoolState.Ready), (pool.View.Ready, pool.View.State));
        pool.Submit().Effects.Single(EffectKind.Launch);
    }

    [Fact]
    public void Exited_calls_that_come_back_wake_as_many()
    {
        KernelDriver pool = Serving(Resting(3) with { Capacity = 3 });
        pool.TickAt(pool.Now + 1_000);
        WorkerKey worker = pool.Current(pool.View.Workers.Find(static w => w.Role == WorkerRole.Current).Key.Slot);
        for (int i = 0; i < 3; i++)
        {
            pool.Accept();
        }

        pool.Exit(worker);

        Assert.Equal(0, pool.View.Resting);
    }

    [Fact]
    public void Tick_busy_worker_and_checked_worker()
    {
        KernelDriver pool = Serving(Resting(2) with { MinReady = 0 });
        CallKey call = pool.Accept();
        WorkerKey busy = pool.View.Calls[0].Worker;
        WorkerKey idle = pool.Current(1 - busy.Slot);
        pool.Now += 900;
        Admission check = pool.Check(idle).Admission;
        pool.Reply(idle, check.Call);

        Assert.Equal(idle, pool.TickAt(pool.Now + 100).Single(EffectKind.Stop).Worker); // a health check does not count as use
        pool.Reply(busy, call);
        pool.TickAt(pool.Now + 999).None(EffectKind.Stop);
        pool.TickAt(pool.Now + 1).Single(EffectKind.Stop);
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Tick_idle_worker_rests_with_the_replacement_that_nobody_wants_any_more()
    {
        KernelDriver pool = Serving(Resting(2));
        WorkerKey canary = pool.ChangeCode().Single(EffectKind.Launch).Worker;
        WorkerKey other = pool.Resize(3).Single(EffectKind.Launch).Worker;
        pool.Signal(SignalKind.LaunchFailed, other).Single(EffectKind.CodeRejected);
        pool.Boot(canary).None(EffectKind.WorkerDraining);
        WorkerKey old = pool.Current(canary.Slot);

        Effect[] effects = pool.TickAt(pool.Now + 1_000);

        Assert.Contains(effects.Of(EffectKind.WorkerDraining), drains => drains.Worker == old && drains.Reason == Reason.Idle);
        Assert.Contains(effects.Of(EffectKind.Stop), stop => stop.Worker == canary);
        Assert.True(pool.View.Workers.Count(static w => w.Role != WorkerRole.Leaving) <= pool.View.Target - pool.View.Resting);
    }
}
