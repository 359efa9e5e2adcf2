using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Pools whose size follows their load.</summary>
[Trait("Rule", "A2")]
public class ScalingTests
{
    private const int Delay = 100;
    private const int Patience = 60_000;
    private const int StartTime = 400;
    private const int Minute = 60_000;

    private static PoolPlan Scaling(int least, int size, int most) => Settings(size) with
    {
        MinSize = least,
        MaxSize = most,
        MaxConcurrentStarts = most,
        ScaleDelay = Delay,
        ScalePatience = Patience,
    };

    [Fact]
    public void A_step_from_a_fifth_to_nine_tenths_is_answered_within_two_starts()
    {
        LoadWorld world = Begin(Scaling(2, 2, 16), out KernelDriver pool);
        world.Run(10 * 1_000, load: 8 * 0.2);
        Assert.Empty(world.Scalings);

        long step = pool.Now;
        world.Run(30 * 1_000, load: 8 * 0.9);

        long quiet = world.Delays.FindLast(static delay => delay.Waited > Delay).Time;
        Assert.True(quiet - step <= Delay + (2 * StartTime), $"calls waited too long until {quiet - step} ms after the step");
        Assert.InRange(pool.Kernel.Target, 9, 16); // enough to catch up with what has waited
        Assert.Equal(SizeReason.QueueDelay, world.Scalings[0].Effect.SizeReason);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(70)]
    [InlineData(90)]
    [InlineData(130)]
    public void A_square_wave_makes_the_pool_flap_at_most_once_in_ten_minutes(int seconds)
    {
        LoadWorld world = Begin(Scaling(1, 2, 8), out KernelDriver pool);
        long end = pool.Now + (10 * Minute);
        while (pool.Now < end)
        {
            world.Run(seconds * 1_000, load: 6);
            world.Run(seconds * 1_000, load: 1);
        }

        Assert.True(world.Flaps <= 1, string.Join('\n', world.Scalings));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(2.6)]
    [InlineData(5.4)]
    public void A_steady_load_never_makes_the_pool_flap(double load)
    {
        LoadWorld world = Begin(Scaling(1, 2, 8), out _);

        world.Run(20 * Minute, load);

        Assert.Equal(0, world.Flaps);
        Assert.InRange(world.Scalings.Count, 1, 4);
    }

    [Fact]
    public void A_pool_without_calls_shrinks_to_its_least_size_after_the_patience_and_asks_for_no_wake_then()
    {
        LoadWorld world = Begin(Scaling(2, 5, 8), out KernelDriver pool);

        world.Run(Patience - 1_000, load: 0);
        Assert.Equal(5, pool.Kernel.Target);
        world.Run(Patience, load: 0);

        Assert.Equal((5, 2, SizeReason.Idle), Facts(Assert.Single(world.Scalings).Effect));
        Assert.Equal(long.MaxValue, pool.Kernel.NextWake);
    }

    [Fact]
    public void A_pool_that_shrank_too_early_learns_patience_and_forgets_it_again()
    {
        LoadWorld world = Begin(Scaling(1, 4, 4), out KernelDriver pool);
        world.Run(2 * Patience, load: 0);
        Assert.Equal(1, pool.Kernel.Target);

        world.Run(5_000, load: 3);
        long learned = pool.Kernel.Patience;
        Assert.InRange(learned, 2 * Patience, 5 * Patience);
        world.Run(learned - 10_000, load: 0);
        Assert.InRange(pool.Kernel.Target, 2, 4);
        world.Run(30_000, load: 0);
        Assert.Equal(1, pool.Kernel.Target);

        world.Run(11 * Patience, load: 0.5); // nobody is missed
        Assert.Equal(learned / 2, pool.Kernel.Patience);
    }

    [Fact]
    public void A_worker_with_a_call_or_a_session_stays()
    {
        LoadWorld world = Begin(Scaling(1, 3, 4), out KernelDriver pool);
        pool.Accept(); // never ends
        WorkerKey busy = pool.View.Workers.Find(static worker => worker.Load > 0).Key;
        var spec = new CallSpec(long.MaxValue, false, Session: 7, Affinity: Affinity.StrictQueue);
        Effect send = pool.Submit(spec).Effects.Single(EffectKind.Send);
        pool.Reply(send.Worker, send.Call, 1);

        world.Run(3 * Patience, load: 0);

        Assert.Equal(2, pool.Kernel.Target);
        Assert.Equivalent((WorkerKey[])[busy, send.Worker], pool.View.Workers.Select(static worker => worker.Key), strict: true);
    }

    [Fact]
    public void A_pool_grows_no_further_than_memory_allows()
    {
        LoadWorld world = Begin(Scaling(1, 2, 8), out KernelDriver pool);
        pool.SetAllowance(workers: 4, mayOverlap: false);

        world.Run(5_000, load: 7);
        Assert.Equal(4, pool.Kernel.Target);

        pool.SetAllowance(workers: 5);
        pool.SetMemoryShort(true);
        world.Run(5_000, load: 7);
        Assert.Equal(4, pool.Kernel.Target);

        pool.SetMemoryShort(false);
        world.Run(5_000, load: 7);
        Assert.Equal(5, pool.Kernel.Target);
    }

    [Fact]
    public void Resize_stays_between_the_sizes()
    {
        Begin(Scaling(2, 3, 5), out KernelDriver pool);

        pool.Resize(9);
        Assert.Equal(5, pool.Kernel.Target);
        pool.Resize(1);
        Assert.Equal(2, pool.Kernel.Target);
    }

    [Fact]
    public void A_pool_without_a_range_keeps_its_size()
    {
        LoadWorld world = Begin(Settings(2), out KernelDriver pool);

        world.Run(5_000, load: 8);
        world.Run(5 * Minute, load: 0);

        Assert.Equal(2, pool.Kernel.Target);
        Assert.Empty(world.Scalings);
    }

    [Fact]
    public void A_reload_keeps_the_number_of_workers_within_the_new_bounds()
    {
        LoadWorld world = Begin(Scaling(2, 2, 16), out KernelDriver pool);
        world.Run(30 * 1_000, load: 7);
        Assert.InRange(pool.Kernel.Target, 8, 16);

        world.Reconfigure(pool.Plan with { MaxSize = 4 });
        Assert.Equal(4, pool.Kernel.Target);
        world.Reconfigure(pool.Plan with { MinSize = 6, MaxSize = 10 });
        Assert.Equal(6, pool.Kernel.Target);
        world.Reconfigure(pool.Plan with { Size = 9, QueueLimit = 700 });
        Assert.Equal(6, pool.Kernel.Target); // Size is what a pool begins with
        world.Reconfigure(pool.Plan with { MinSize = 9, MaxSize = 9 });
        Assert.Equal(9, pool.Kernel.Target); // without a range there are Size workers
    }

    [Fact]
    public void A_reload_lets_the_number_of_workers_follow_the_load_and_stay()
    {
        LoadWorld world = Begin(Settings(2), out KernelDriver pool);
        world.Run(10 * 1_000, load: 3);
        Assert.Empty(world.Scalings);

        world.Reconfigure(Scaling(1, 2, 8));
        world.Run(10 * 1_000, load: 3);
        Assert.InRange(pool.Kernel.Target, 4, 8);

        world.Reconfigure(Settings(2));
        world.Scalings.Clear();
        world.Run(10 * Minute, load: 1);
        Assert.Empty(world.Scalings);
        Assert.Equal(2, pool.Kernel.Target);
    }

    [Fact]
    public void A_reload_ends_a_longer_patience_that_was_learned_with_another()
    {
        LoadWorld world = Begin(Scaling(1, 2, 8), out KernelDriver pool);
        for (int i = 0; i < 3; i++)
        {
            world.Run(90 * 1_000, load: 6);
            world.Run(90 * 1_000, load: 1);
        }
        Assert.True(pool.Kernel.Patience > Patience);

        world.Reconfigure(pool.Plan with { ScaleDelay = 2 * Delay });

        Assert.Equal(Patience, pool.Kernel.Patience);
    }

    private static (int Before, int After, SizeReason Reason) Facts(Effect effect) =>
        (effect.SizeBefore, effect.SizeAfter, effect.SizeReason);

    private static LoadWorld Begin(PoolPlan plan, out KernelDriver pool)
    {
        pool = new KernelDriver(plan);
        var world = new LoadWorld(pool, StartTime, service: 50);
        world.Begin();
        world.Run(StartTime + 1, load: 0);
        return world;
    }
}
