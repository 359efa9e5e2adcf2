using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>The number of workers changes while the pool runs.</summary>
[Trait("Rule", "L9")]
public class ResizeTests
{
    [Fact]
    public void Resize_to_the_same_size_changes_nothing() => Assert.Empty(Serving(Settings(size: 2)).Resize(2));

    [Fact]
    public void Resize_up_starts_what_is_missing()
    {
        KernelDriver pool = Serving(Settings(size: 2));

        pool.BootAll(pool.Resize(5));

        Assert.Equal((5, 5), (pool.View.Ready, pool.Kernel.SlotCount));
    }

    [Fact]
    public void Resize_down_drains_the_last_and_those_that_are_to_go_anyway()
    {
        KernelDriver pool = Serving(Settings(size: 4));
        WorkerKey asked = pool.Recycle(0).Single(EffectKind.Launch).Worker;

        Effect[] effects = pool.Resize(2);

        Assert.Equal([0, 3], effects.Of(EffectKind.WorkerDraining).Select(static e => e.Worker.Slot));
        Assert.Equal(0, effects.Single(EffectKind.AlreadyReplaced).Worker.Slot);
        Assert.Equal(asked, effects.Single(EffectKind.Kill).Worker); // its replacement is not needed
        Assert.Equal(2, pool.View.Ready);
    }

    [Fact]
    public void Resize_down_a_worker_that_takes_no_more_calls_goes_first()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { MaxRequests = 2 });
        pool.Now += 10; // a pace at which nothing is planned yet
        WorkerKey worker = pool.Submit().Effects.Single(EffectKind.Send).Worker;
        pool.Reply(worker, pool.View.Calls[0].Key);
        pool.Recycle(1 - worker.Slot);
        pool.Submit();

        Assert.Equal(worker, pool.Resize(1).Single(EffectKind.WorkerDraining).Worker);
        Assert.Equal(1, pool.View.Ready);
    }

    [Fact]
    public void Resize_down_those_that_rest_go_first()
    {
        KernelDriver pool = Serving(Settings(size: 4) with { MinReady = 2, IdleTimeout = 1_000 });
        pool.TickAt(pool.Now + 1_000);

        pool.Resize(2).None(EffectKind.WorkerDraining);

        Assert.Equal((0, 2), (pool.View.Resting, pool.View.Ready));
    }

    [Fact]
    public void Resize_closed_pool_stays_closed()
    {
        KernelDriver pool = Serving(Settings());
        pool.Shutdown();

        Assert.Empty(pool.Resize(3));
    }
}
