using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>The fate of a worker whose replacement never becomes ready, for every recycle reason.</summary>
[Trait("Rule", "L10")]
public class OverdueTests
{
    private const int Attempts = 6;
    private const int Size = 2;

    public static TheoryData<string> Lasting { get; } =
    [
        nameof(Reason.TtlExpired), nameof(Reason.MaxRequests), nameof(Reason.MemoryThreshold), nameof(Reason.MemoryGrowth),
        nameof(Reason.CpuTime),
        nameof(Reason.Errors), nameof(Reason.HealthCheckFailed), nameof(Reason.WorkerRequested), nameof(Reason.Custom),
    ];

    [Theory]
    [MemberData(nameof(Lasting))]
    public void Worker_whose_replacement_cannot_start_serves_on_and_that_is_told_once(string name)
    {
        Reason reason = Enum.Parse<Reason>(name);
        KernelDriver pool = Serving(PlanFor(reason));
        pool.Now += 1_000;
        Effect first = pool.Submit().Effects.Single(EffectKind.Send);
        WorkerKey old = first.Worker;
        pool.Reply(old, first.Call);

        List<Effect> told = FailStarts(pool, Trigger(pool, old, reason));

        Assert.Equal((reason, WorkerPhase.Serving), (pool.Worker(old).ReplaceReason, pool.Worker(old).Phase));
        Assert.Equal(
            Attempts,
            pool.View.Workers.Where(static worker => worker.Role == WorkerRole.Current).Sum(static worker => worker.FailedReplacements));
        Effect overdue = told.ToArray().Single(EffectKind.ReplacementOverdue);
        Assert.Equal((old, reason), (overdue.Worker, overdue.Reason));
        AssertBothServe(pool);

        WorkerKey next = UntilLaunch(pool, []);
        Assert.Equal(reason, pool.Boot(next).Single(EffectKind.WorkerDraining).Reason);
        AssertBothServe(pool);
    }

    [Fact]
    public void Worker_that_a_caller_wants_replaced_is_kept_and_the_caller_told()
    {
        KernelDriver pool = Serving(PlanFor(Reason.Manual));
        WorkerKey old = pool.Current();

        Effect[] effects = pool.Signal(SignalKind.LaunchFailed, pool.Recycle(0).Single(EffectKind.Launch).Worker);

        Assert.Equal(old, effects.Single(EffectKind.WorkerKept).Worker);
        effects.None(EffectKind.ReplacementOverdue);
        Assert.Equal(
            (Reason.None, long.MaxValue, 0),
            (pool.Worker(old).ReplaceReason, pool.Worker(old).DueSince, pool.Worker(old).FailedReplacements));
        AssertBothServe(pool);
    }

    [Fact]
    public void Workers_whose_code_has_changed_to_what_does_not_start_stay_and_that_is_told()
    {
        KernelDriver pool = Serving(PlanFor(Reason.CodeChanged));

        Effect[] effects = pool.Signal(SignalKind.LaunchFailed, pool.ChangeCode().Single(EffectKind.Launch).Worker);

        effects.Single(EffectKind.CodeRejected);
        effects.None(EffectKind.ReplacementOverdue);
        Assert.All(
            pool.View.Workers.Where(static worker => worker.Role == WorkerRole.Current),
            static worker => Assert.Equal(Reason.None, worker.ReplaceReason));
        AssertBothServe(pool);
    }

    [Fact]
    public void Worker_with_too_much_memory_is_gone_at_once_and_the_others_serve()
    {
        KernelDriver pool = Serving(PlanFor(Reason.MemoryLimit));

        Effect[] effects = pool.Limit(pool.Current(), Reason.MemoryLimit);

        effects.Single(EffectKind.Kill);
        pool.Signal(SignalKind.LaunchFailed, UntilLaunch(pool, effects));
        Assert.Equal(1, pool.View.Ready);
        pool.Submit().Effects.Single(EffectKind.Send);
    }

    [Fact]
    public void Idle_worker_does_not_rest_while_starts_fail()
    {
        KernelDriver pool = Serving(PlanFor(Reason.Idle) with { MinReady = 1, IdleTimeout = 5_000, InitialBackoff = 20_000 });
        pool.Signal(SignalKind.LaunchFailed, pool.Recycle(0).Single(EffectKind.Launch).Worker);

        pool.TickAt(pool.Now + 6_000).None(EffectKind.WorkerDraining);

        Assert.Equal(Size, pool.View.Ready);
    }

    [Fact]
    [Trait("Rule", "L12")]
    public void Worker_whose_replacement_cannot_start_is_checked_on()
    {
        KernelDriver pool = Serving(
            PlanFor(Reason.WorkerRequested) with { CheckInterval = 60_000, InitialBackoff = 300_000, MaxBackoff = 300_000 });
        WorkerKey old = pool.Current();
        pool.Signal(SignalKind.LaunchFailed, pool.Limit(old, Reason.WorkerRequested).Single(EffectKind.Launch).Worker);

        Effect[] effects = pool.TickAt(pool.Now + 60_000);

        Assert.Contains(effects, effect => effect.Kind == EffectKind.CheckHealth && effect.Worker == old);
    }

    [Fact]
    [Trait("Rule", "L7")]
    public void Stopped_first_no_second_worker_goes_while_the_first_is_missing()
    {
        KernelDriver pool = Serving(PlanFor(Reason.MaxRequests) with { StopFirst = true, MinReady = 1 });
        pool.Recycle();
        WorkerKey stopped = pool.View.Workers.Single(static worker => worker.Role == WorkerRole.Leaving).Key;

        FailStarts(pool, pool.Exit(stopped), ready: 1);

        Assert.Equal(1, pool.View.Ready);
    }

    [Fact]
    [Trait("Rule", "L2")]
    public void Without_a_spare_left_workers_serve_on()
    {
        KernelDriver pool = Serving(PlanFor(Reason.WorkerRequested) with { Spares = 1 });
        WorkerKey first = pool.Current();
        Effect[] effects = pool.Limit(first, Reason.WorkerRequested);
        Assert.Equal(first, effects.Single(EffectKind.WorkerDraining).Worker); // the spare has taken over
        WorkerKey second = pool.Current(1);
        effects = [.. effects, .. pool.Exit(first), .. pool.Limit(second, Reason.WorkerRequested)];

        FailStarts(pool, effects);

        Assert.Equal(WorkerPhase.Serving, pool.Worker(second).Phase);
        Assert.Equal(Size, pool.View.Ready);
    }

    [Fact]
    public void Worker_of_a_tainted_place_stays_where_its_replacement_cannot_start()
    {
        KernelDriver pool = Serving(PlanFor(Reason.WorkerRequested));
        WorkerKey old = pool.Current();
        pool.Taint(0, 10_000_000);

        FailStarts(pool, pool.Limit(old, Reason.WorkerRequested), ready: 1);

        Assert.Equal((WorkerPhase.Serving, Reason.WorkerRequested), (pool.Worker(old).Phase, pool.Worker(old).ReplaceReason));
    }

    [Fact]
    [Trait("Rule", "L17")]
    public void Closing_pool_tells_nobody_of_replacements_that_do_not_come()
    {
        KernelDriver pool = Serving(PlanFor(Reason.WorkerRequested));
        WorkerKey next = pool.Limit(pool.Current(), Reason.WorkerRequested).Single(EffectKind.Launch).Worker;
        pool.Shutdown();

        pool.Signal(SignalKind.LaunchFailed, next).None(EffectKind.ReplacementOverdue);
    }

    private static PoolPlan PlanFor(Reason reason) => Settings(Size) with
    {
        MinReady = Size,
        MaxConcurrentStarts = 1,
        MaxRequests = reason == Reason.MaxRequests ? 2 : 0,
        Ttl = reason == Reason.TtlExpired ? 100_000 : 0,
        MaxConsecutiveErrors = reason == Reason.Errors ? 1 : 0,
        RestartWindow = 1_000_000,
    };

    private static Effect[] Trigger(KernelDriver pool, WorkerKey worker, Reason reason)
    {
        switch (reason)
        {
            case Reason.TtlExpired:
                return pool.TickAt(pool.Now + pool.Kernel.EffectiveTtl(worker.Slot));
            case Reason.MaxRequests or Reason.Errors:
                (Admission call, Effect[] sent) = pool.Submit(); // to the worker that ran a call last
                return [.. sent, .. pool.Reply(worker, call.Call, failed: reason == Reason.Errors)];
            default:
                return pool.LimitStands(worker, reason);
        }
    }

    /// <summary>Fails a few starts in a row. <paramref name="ready"/> workers serve all the time.</summary>
    private static List<Effect> FailStarts(KernelDriver pool, Effect[] effects, int ready = Size)
    {
        var told = new List<Effect>(effects);
        for (int i = 0; i < Attempts; i++)
        {
            WorkerKey next = UntilLaunch(pool, effects);
            effects = pool.Signal(SignalKind.LaunchFailed, next);
            told.AddRange(effects);
            Assert.Equal(ready, pool.View.Ready);
        }
        return told;
    }

    private static WorkerKey UntilLaunch(KernelDriver pool, Effect[] effects)
    {
        while (effects.Find(EffectKind.Launch) is null)
        {
            effects = pool.Wake();
        }
        return effects.Single(EffectKind.Launch).Worker;
    }

    private static void AssertBothServe(KernelDriver pool)
    {
        Assert.Equal((Size, PoolState.Ready), (pool.View.Ready, pool.View.State));
        Effect[] sent = [pool.Submit().Effects.Single(EffectKind.Send), pool.Submit().Effects.Single(EffectKind.Send)];
        Assert.Equal(Size, sent.Select(static send => send.Worker.Slot).Distinct().Count());
        foreach (Effect send in sent)
        {
            pool.Reply(send.Worker, send.Call);
        }
    }
}
