using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>L10, L15: a slot whose replacement cannot start has its own backoff, and the other slots keep their turns.</summary>
public class SlotRestartTests
{
    private static PoolPlan Aging(int size = 3) => Settings(size) with { Ttl = 2_000, MaxConcurrentRecycles = 1, RestartWindow = 60_000 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Rule", "L10")]
    public void TtlExpired_slot_that_cannot_start_holds_up_no_other(bool stopFirst)
    {
        KernelDriver pool = Serving(Aging() with { StopFirst = stopFirst, MinReady = stopFirst ? 1 : 3 });
        var world = new StartWorld(pool, static worker => worker.Slot != 1);

        world.RunUntil(pool.Now + 120_000);

        Assert.InRange(LongestService(world, [0, 2]), 1_000, 2_500);
        Assert.NotEmpty(world.Failed);
        Assert.InRange(MostPerMinute(world), 2, 6);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void Exhausted_worker_whose_replacement_cannot_start_holds_up_no_other()
    {
        KernelDriver pool = Serving(Aging() with { MaxRequests = 2, StrictMaxRequests = true, MaxBackoff = 100 });
        pool.Now += 10; // a pace at which nothing is planned yet
        Effect send = pool.Submit().Effects.Single(EffectKind.Send);
        var world = new StartWorld(pool, worker => worker.Slot != send.Worker.Slot);
        world.See(pool.Reply(send.Worker, send.Call));
        Effect last = pool.Submit().Effects.Single(EffectKind.Send);
        Assert.Equal(send.Worker, last.Worker);
        world.See(pool.Reply(last.Worker, last.Call));

        world.RunUntil(pool.Now + 60_000);

        Assert.InRange(LongestService(world, [.. Enumerable.Range(0, 3).Where(slot => slot != send.Worker.Slot)]), 1_000, 3_000);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void Exited_slot_that_cannot_start_again_holds_up_no_replacement()
    {
        KernelDriver pool = Serving(Aging());
        var world = new StartWorld(pool, static worker => worker.Slot != 1);
        world.See(pool.Exit(pool.Current(1)));

        world.RunUntil(pool.Now + 60_000);

        Assert.InRange(LongestService(world, [0, 2]), 1_000, 2_500);
        Assert.InRange(MostPerMinute(world), 2, 6);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void Exited_slots_that_cannot_start_again_take_turns_with_replacements_that_are_due()
    {
        KernelDriver pool = Serving(Aging(size: 4) with { MaxBackoff = 100 });
        var world = new StartWorld(pool, static worker => worker.Slot == 3);
        for (int slot = 0; slot < 3; slot++)
        {
            world.See(pool.Exit(pool.Current(slot)));
        }

        world.RunUntil(pool.Now + 60_000);

        Assert.InRange(LongestService(world, [3]), 1_000, 3_000);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void TtlExpired_half_of_the_slots_that_cannot_start_hold_up_the_others_for_a_pause_at_most()
    {
        KernelDriver pool = Serving(Aging(size: 4));
        var world = new StartWorld(pool, static worker => worker.Slot % 2 == 0);

        world.RunUntil(pool.Now + 120_000);

        Assert.InRange(LongestService(world, [0, 2]), 1_000, 10_000);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(20)]
    [Trait("Rule", "L15")]
    public void TtlExpired_adapter_that_breaks_is_started_six_times_at_most_in_the_first_minute(int size)
    {
        KernelDriver pool = Serving(Aging(size) with { Ttl = 20_000 }); // slots fall due one after another
        var world = new StartWorld(pool, static _ => false);

        world.RunUntil(pool.Now + 200_000);

        long first = world.Failed[0].At;
        Assert.InRange(world.Failed.Count(failure => failure.At < first + 60_000), 4, 6);
        Assert.Equal(size, pool.View.Ready);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Failed_slot_tries_less_and_less_though_others_succeed()
    {
        KernelDriver pool = Serving(Aging());
        var world = new StartWorld(pool, static worker => worker.Slot != 1);
        long begin = pool.Now;

        world.RunUntil(begin + 300_000);

        Assert.InRange(world.Failed.Count(failure => failure.At > begin + 180_000), 2, 6);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Failed_slot_serves_within_one_pause_once_it_can()
    {
        bool isMended = false;
        KernelDriver pool = Serving(Aging());
        var world = new StartWorld(pool, worker => isMended || worker.Slot != 1);
        WorkerKey old = pool.Current(1);
        world.RunUntil(pool.Now + 90_000);
        Assert.Equal(old, pool.Current(1));

        isMended = true;
        world.RunUntil(pool.Now + pool.Plan.MaxBackoff + 1_000);

        Assert.NotEqual(old, pool.Current(1));
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Exited_while_it_starts_in_a_pool_that_worked_leaves_three_at_a_time_to_find_out()
    {
        KernelDriver pool = Serving(Settings(size: 6));
        pool.Now += 10_000;
        var foreign = new EndNote(9, IsForeign: true);
        WorkerKey starting = pool.Exit(pool.Current(0), foreign).Single(EffectKind.Launch).Worker;
        pool.Now += 100;
        List<WorkerKey> launched = [.. pool.Exit(starting, new EndNote(1)).Of(EffectKind.Launch).Select(static e => e.Worker)];
        launched.AddRange(
            Enumerable.Range(1, 5)
                .SelectMany(slot => pool.Exit(pool.Current(slot), foreign).Of(EffectKind.Launch))
                .Select(static e => e.Worker));
        Assert.Equal(3, launched.Count);

        pool.Now += 100;
        Assert.Equal(3, pool.Boot(launched[0]).Of(EffectKind.Launch).Length); // the failure was chance
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(8, 2)]
    [InlineData(8, 3)]
    [InlineData(8, 4)]
    [InlineData(20, 8)]
    [Trait("Rule", "L15")]
    public void Exited_one_after_another_adapter_that_breaks_is_started_six_times_at_most_in_the_first_minute(int size, int atOnce)
    {
        foreach (int between in new[] { 0, 10, 30, 70, 400 })
        {
            KernelDriver pool = Serving(Settings(size) with { MaxConcurrentStarts = atOnce });
            var world = new StartWorld(pool, static _ => false);
            for (int slot = 0; slot < size; slot++)
            {
                pool.Reply(pool.Current(slot), pool.Accept());
            }
            pool.Now += 60_000;
            for (int slot = 0; slot < size; slot++)
            {
                world.See(pool.Exit(pool.Current(slot), new EndNote(1)));
                world.RunUntil(pool.Now + between);
            }

            world.RunUntil(pool.Now + 120_000);

            long first = world.Failed[0].At;
            Assert.InRange(world.Failed.Count(failure => failure.At < first + 60_000), 4, 6);
        }
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void Request_that_is_given_up_leaves_the_reason_that_stands_its_turn()
    {
        KernelDriver pool = Serving(Settings(size: 3) with { MaxBackoff = 1_000, RestartWindow = 60_000 });
        var world = new StartWorld(pool, static worker => worker.Slot != 1);
        world.See(pool.Exit(pool.Current(1)));
        world.RunUntil(pool.Now + 6_000);
        WorkerKey old = pool.Current(2);
        world.See(pool.Recycle(2));
        world.See(pool.Limit(old, Reason.CpuTime));
        long asked = pool.Now;

        world.RunUntil(asked + 10_000);

        Effect[] since = [.. world.Effects.Where(seen => seen.At >= asked).Select(static seen => seen.Effect)];
        Assert.Equal(old, since.Single(EffectKind.WorkerKept).Worker);
        Assert.Equal([1, 2], since.Of(EffectKind.Launch).Take(2).Select(static launch => launch.Worker.Slot));
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Start_that_hangs_holds_up_no_other()
    {
        KernelDriver pool = Serving(Settings(size: 6));
        pool.Now += 10_000;
        var foreign = new EndNote(9, IsForeign: true);
        WorkerKey[] starting =
        [
            .. Enumerable.Range(0, 6)
                .SelectMany(slot => pool.Exit(pool.Current(slot), foreign).Of(EffectKind.Launch))
                .Select(static e => e.Worker),
        ];
        var world = new StartWorld(pool, static _ => true);
        pool.Now += 1;
        world.See(pool.Exit(starting[0], new EndNote(1))); // a single start probes for all slots
        foreach (WorkerKey hanging in starting[1..])
        {
            pool.Signal(SignalKind.Launched, hanging);
        }
        long begin = pool.Now;

        world.RunUntil(begin + 2_000);

        Assert.Equal(6, starting.Length);
        Assert.Equal(1, pool.View.Ready);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Killed_from_outside_while_they_start_the_others_start_at_once()
    {
        KernelDriver pool = Serving(Settings(size: 6));
        pool.Now += 10;
        var note = new EndNote(9, IsForeign: true);
        WorkerKey starting = pool.Exit(pool.Current(0), note).Single(EffectKind.Launch).Worker;
        pool.Now += 10;
        pool.Exit(starting, note);

        Effect[] launched =
        [
            .. Enumerable.Range(1, 5)
                .SelectMany(slot => pool.Exit(pool.Current(slot), note))
                .Where(static e => e.Kind == EffectKind.Launch),
        ];

        Assert.Equal(5, launched.Length);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void Start_that_fails_after_the_changed_code_was_rejected_is_no_failed_replacement()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { MaxConcurrentRecycles = 2, MaxConcurrentStarts = 2 });
        WorkerKey canary = pool.ChangeCode().Single(EffectKind.Launch).Worker;
        WorkerKey asked = pool.Recycle(1 - canary.Slot).Single(EffectKind.Launch).Worker;
        pool.Signal(SignalKind.LaunchFailed, asked).Single(EffectKind.CodeRejected);

        pool.Signal(SignalKind.LaunchFailed, canary);

        Assert.All(pool.View.Workers, static worker => Assert.Equal(0, worker.FailedReplacements));
        pool.Limit(new WorkerKey(canary.Slot, 1), Reason.CpuTime).None(EffectKind.ReplacementOverdue);
    }

    private static long LongestService(StartWorld world, int[] slots)
    {
        var longest = 0L;
        bool IsInSlots(Effect effect) => effect.Kind == EffectKind.WorkerDraining && slots.Contains(effect.Worker.Slot);
        foreach ((long at, Effect draining) in world.Effects.Where(seen => IsInSlots(seen.Effect)))
        {
            long ready = draining.Worker.Generation == 1 ? 1_000 : world.TimeOf(EffectKind.WorkerReady, draining.Worker);
            longest = Math.Max(longest, at - ready);
        }
        return longest;
    }

    private static int MostPerMinute(StartWorld world) =>
        world.Failed.Max(first => world.Failed.Count(next => next.At >= first.At && next.At < first.At + 60_000));
}
