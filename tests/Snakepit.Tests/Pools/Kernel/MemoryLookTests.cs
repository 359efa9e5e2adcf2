using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Memory above the soft limit is judged when the call that allocated it has ended.</summary>
[Trait("Rule", "L9")]
public class MemoryLookTests
{
    [Fact]
    public void Peak_during_a_call_asks_for_a_look_when_the_call_is_over_and_replaces_nobody_when_it_has_gone()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey worker = pool.Current();
        CallKey call = pool.Accept();

        pool.Limit(worker, Reason.MemoryThreshold).None(EffectKind.Launch);
        Assert.Equal(worker, pool.Reply(worker, call).Single(EffectKind.LookAtMemory).Worker);
        Assert.Empty(pool.Limit(worker, Reason.MemoryThreshold, SignalKind.LimitCleared));

        Assert.Equal((Reason.None, WorkerPhase.Serving), (pool.Worker(worker).ReplaceReason, pool.Worker(worker).Phase));
        pool.Submit().Effects.Single(EffectKind.Send);
    }

    [Fact]
    public void Memory_that_is_still_there_after_the_call_has_the_worker_replaced()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey worker = pool.Current();
        CallKey call = pool.Accept();
        pool.Limit(worker, Reason.MemoryThreshold);
        pool.Reply(worker, call).Single(EffectKind.LookAtMemory);

        WorkerKey next = pool.Limit(worker, Reason.MemoryThreshold).Single(EffectKind.Launch).Worker;

        Assert.Equal(Reason.MemoryThreshold, pool.Boot(next).Single(EffectKind.WorkerDraining).Reason);
    }

    [Fact]
    public void Worker_without_a_call_is_looked_at_again_at_once()
    {
        KernelDriver pool = Serving(Settings());

        Effect look = pool.Limit(pool.Current(), Reason.MemoryThreshold).Single(EffectKind.LookAtMemory);

        Assert.Equal(pool.Current(), look.Worker);
    }

    [Fact]
    public void Peak_that_is_over_before_its_call_is_needs_no_look()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey worker = pool.Current();
        CallKey call = pool.Accept();
        pool.Limit(worker, Reason.MemoryThreshold);
        pool.Limit(worker, Reason.MemoryThreshold, SignalKind.LimitCleared);

        pool.Reply(worker, call).None(EffectKind.LookAtMemory);

        pool.Submit().Effects.Single(EffectKind.Send);
    }

    [Fact]
    public void Calls_go_to_others_during_a_look_and_wait_for_it_where_there_is_nobody()
    {
        KernelDriver pool = Serving(Settings(size: 2));
        WorkerKey worker = pool.Current();
        pool.Limit(worker, Reason.MemoryThreshold).Single(EffectKind.LookAtMemory);
        Assert.NotEqual(worker, pool.Submit().Effects.Single(EffectKind.Send).Worker);
        pool.Submit().Effects.None(EffectKind.Send);

        Effect send = pool.Limit(worker, Reason.MemoryThreshold, SignalKind.LimitCleared).Single(EffectKind.Send);

        Assert.Equal(worker, send.Worker);
    }

    [Fact]
    public void Look_that_takes_longer_than_a_second_holds_up_no_call_and_counts_when_it_comes()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey worker = pool.Current();
        pool.Limit(worker, Reason.MemoryThreshold);
        CallKey call = pool.Accept();

        Assert.Equal(worker, pool.TickAt(pool.Now + 1_000).Single(EffectKind.Send).Worker);

        Assert.Empty(pool.Limit(worker, Reason.MemoryThreshold)); // in a call again: to be read after it
        pool.Reply(worker, call).Single(EffectKind.LookAtMemory);
        pool.Limit(worker, Reason.MemoryThreshold).Single(EffectKind.Launch);
    }

    [Fact]
    public void Memory_that_comes_back_takes_back_a_wish_whose_replacement_has_not_begun()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { MaxConcurrentRecycles = 1 });
        pool.LimitStands(pool.Current(), Reason.MemoryThreshold).Single(EffectKind.Launch);
        WorkerKey second = pool.Current(1);
        pool.LimitStands(second, Reason.MemoryThreshold).None(EffectKind.Launch); // waits for its turn
        Assert.Equal(Reason.MemoryThreshold, pool.Worker(second).ReplaceReason);

        pool.Limit(second, Reason.MemoryThreshold, SignalKind.LimitCleared);

        Assert.Equal(Reason.None, pool.Worker(second).ReplaceReason);
    }

    [Fact]
    public void Memory_that_came_back_during_a_start_that_fails_needs_no_other_start()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey worker = pool.Current();
        WorkerKey next = pool.LimitStands(worker, Reason.MemoryThreshold).Single(EffectKind.Launch).Worker;
        pool.Limit(worker, Reason.MemoryThreshold, SignalKind.LimitCleared);

        pool.Signal(SignalKind.LaunchFailed, next).None(EffectKind.ReplacementOverdue);

        Assert.Equal((Reason.None, 0), (pool.Worker(worker).ReplaceReason, pool.Worker(worker).FailedReplacements));
    }

    [Fact]
    public void Memory_that_comes_back_leaves_other_reasons_standing()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { MaxConcurrentRecycles = 1 });
        pool.LimitStands(pool.Current(), Reason.CpuTime).Single(EffectKind.Launch);
        WorkerKey second = pool.Current(1);
        pool.LimitStands(second, Reason.MemoryThreshold);
        pool.Limit(second, Reason.HealthCheckFailed);

        pool.Limit(second, Reason.MemoryThreshold, SignalKind.LimitCleared);

        Assert.Equal(Reason.HealthCheckFailed, pool.Worker(second).ReplaceReason);
    }

    [Fact]
    [Trait("Rule", "L17")]
    public void Pool_that_drains_its_queue_waits_for_no_look()
    {
        KernelDriver pool = Serving(Settings() with { DrainQueueOnStop = true });
        pool.Limit(pool.Current(), Reason.MemoryThreshold);
        pool.Submit().Effects.None(EffectKind.Send);

        pool.Shutdown().Single(EffectKind.Send);
    }

    [Fact]
    [Trait("Rule", "L12")]
    public void Worker_is_not_checked_during_a_look()
    {
        KernelDriver pool = new(Settings() with { CheckInterval = 500 }) { CanCheck = true };
        pool.BootAll(pool.Start());
        pool.Limit(pool.Current(), Reason.MemoryThreshold);

        pool.TickAt(pool.Now + 500).None(EffectKind.CheckHealth);
        Assert.False(pool.Check(pool.Current()).Admission.Accepted);
    }
}
