using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Other settings of a running kernel: what takes effect at once.</summary>
[Trait("Rule", "A2")]
public class ReconfigurationTests
{
    [Fact]
    public void Reconfigure_larger_size_starts_workers_and_smaller_one_retires_them()
    {
        KernelDriver pool = Serving(Settings(size: 2));

        pool.BootAll(pool.Reconfigure(pool.Plan with { Size = 4, MaxConcurrentStarts = 4 }));
        Assert.Equal(4, pool.View.Ready);
        Effect[] smaller = pool.Reconfigure(pool.Plan with { Size = 1 });

        Assert.Equal(3, smaller.Of(EffectKind.WorkerDraining).Length);
        Assert.Equal((1, 1), (pool.Kernel.Target, pool.View.Ready));
    }

    [Fact]
    public void Reconfigure_same_size_leaves_a_resized_pool_as_it_is()
    {
        KernelDriver pool = Serving(Settings(size: 2));
        pool.BootAll(pool.Resize(3));

        pool.Reconfigure(pool.Plan with { QueueLimit = 7 });

        Assert.Equal(3, pool.Kernel.Target);
    }

    [Fact]
    public void Reconfigure_spares_come_and_go()
    {
        KernelDriver pool = Serving(Settings());

        WorkerKey spare = pool.Reconfigure(pool.Plan with { Spares = 1 }).Single(EffectKind.Launch).Worker;
        pool.Boot(spare);
        Effect[] none = pool.Reconfigure(pool.Plan with { Spares = 0 });

        Assert.Equal(spare, none.Single(EffectKind.Stop).Worker);
    }

    [Fact]
    public void Reconfigure_lower_queue_limit_rejects_further_calls_and_ends_none_that_waits()
    {
        KernelDriver pool = Serving(Settings());
        for (int i = 0; i < 4; i++)
        {
            pool.Accept();
        }

        pool.Reconfigure(pool.Plan with { QueueLimit = 1 }).None(EffectKind.Complete);

        Assert.Equal(Outcome.QueueFull, pool.Submit().Admission.Rejection);
        Assert.Equal(3, pool.View.Queue.Count);
    }

    [Fact]
    public void Reconfigure_keys_take_turns_from_now_on_and_waiting_calls_are_served()
    {
        KernelDriver pool = Serving(Settings());
        CallKey running = pool.Submit(new CallSpec(long.MaxValue, false, Key: 1)).Admission.Call;
        CallKey first = pool.Submit(new CallSpec(long.MaxValue, false, Key: 1)).Admission.Call;

        pool.Reconfigure(pool.Plan with { KeysTakeTurns = true, LimitPerKey = 2 });
        Admission second = pool.Submit(new CallSpec(long.MaxValue, false, Key: 1)).Admission;
        Outcome third = pool.Submit(new CallSpec(long.MaxValue, false, Key: 1)).Admission.Rejection;

        Assert.True(second.Accepted);
        Assert.Equal(Outcome.KeyQueueFull, third);
        WorkerKey worker = pool.Current(0);
        Assert.Equal(first, pool.Reply(worker, running).Single(EffectKind.Send).Call);
        Assert.Equal(second.Call, pool.Reply(worker, first).Single(EffectKind.Send).Call);
    }

    [Fact]
    public void Reconfigure_lower_limit_of_requests_replaces_workers_that_have_had_more()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey worker = pool.Current(0);
        for (int i = 0; i < 3; i++)
        {
            pool.Reply(worker, pool.Accept());
        }

        Effect[] lower = pool.Reconfigure(pool.Plan with { MaxRequests = 2 });

        lower.Single(EffectKind.Launch);
        Assert.Equal(Reason.MaxRequests, pool.Worker(worker).ReplaceReason);
    }

    [Fact]
    public void Reconfigure_higher_limit_of_requests_keeps_a_worker_that_was_due()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { MaxRequests = 1, MaxConcurrentRecycles = 1 });
        pool.Reply(pool.Current(0), pool.Accept());
        pool.Reply(pool.Current(1), pool.Accept());
        WorkerKey waits = Array.Find([.. pool.View.Workers], w => w.ReplaceReason == Reason.MaxRequests && !HasNext(pool, w.Key.Slot)).Key;

        pool.Reconfigure(pool.Plan with { MaxRequests = 0 });

        Assert.Equal(Reason.None, pool.Worker(waits).ReplaceReason);
    }

    [Fact]
    public void Reconfigure_higher_limit_of_requests_keeps_no_worker_whose_time_has_ended_meanwhile()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { MaxRequests = 1, MaxConcurrentRecycles = 1, Ttl = 10_000 });
        pool.Reply(pool.Current(0), pool.Accept());
        pool.Reply(pool.Current(1), pool.Accept());
        WorkerKey waits = Array.Find([.. pool.View.Workers], w => w.ReplaceReason == Reason.MaxRequests && !HasNext(pool, w.Key.Slot)).Key;
        pool.TickAt(pool.Now + 10_000);

        pool.Reconfigure(pool.Plan with { MaxRequests = 0 });
        pool.TickAt(pool.Now);

        Assert.Equal(Reason.TtlExpired, pool.Worker(waits).ReplaceReason);
    }

    [Fact]
    public void Reconfigure_higher_limit_of_requests_has_a_failing_pool_serve_again()
    {
        KernelDriver pool = Serving(Settings() with { StrictMaxRequests = true });
        pool.Reply(pool.Current(0), pool.Accept());
        Effect[] effects = pool.Reconfigure(pool.Plan with { MaxRequests = 1 });
        for (int i = 0; i < 100 && pool.View.State != PoolState.Failing; i++)
        {
            Array.ForEach(effects.Of(EffectKind.Launch), launch => pool.Signal(SignalKind.LaunchFailed, launch.Worker));
            pool.Now = Math.Max(pool.Now, pool.Kernel.NextWake);
            effects = pool.TickAt(pool.Now);
        }
        Assert.Equal(PoolState.Failing, pool.View.State);
        Assert.Equal(Outcome.PoolFailing, pool.Submit().Admission.Rejection);

        pool.Reconfigure(pool.Plan with { MaxRequests = 0 });

        pool.Submit().Effects.Single(EffectKind.Send);
        Assert.NotEqual(PoolState.Failing, pool.View.State);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Reconfigure_higher_limit_keeps_no_worker_that_has_reached_another_one(bool isTtl, bool isReachedFirst)
    {
        KernelDriver pool = Serving(Settings(size: 2) with { MaxConcurrentRecycles = 1 });
        WorkerKey waits = pool.Current(1);
        pool.Recycle(0); // so the other one waits for its turn
        if (isReachedFirst)
        {
            pool.Limit(waits, Reason.MemoryGrowth);
        }
        pool.Reconfigure(pool.Plan with { Ttl = isTtl ? 1_000 : 0, MaxRequests = isTtl ? 0 : 1 });
        pool.Now += 1_000;
        pool.TickAt(pool.Now);
        pool.Reply(pool.Current(0), pool.Accept());
        pool.Reply(waits, pool.Accept());
        Assert.Equal(isTtl ? Reason.TtlExpired : Reason.MaxRequests, pool.Worker(waits).ReplaceReason);
        if (!isReachedFirst)
        {
            pool.Limit(waits, Reason.MemoryGrowth);
        }

        pool.Reconfigure(pool.Plan with { Ttl = 0, MaxRequests = 0 });

        Assert.Equal(Reason.MemoryGrowth, pool.Worker(waits).ReplaceReason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reconfigure_higher_limit_is_no_reason_any_more_once_a_request_is_cancelled(bool isTtl)
    {
        KernelDriver pool = Serving(
            Settings(size: 2) with { MaxConcurrentRecycles = 1, Ttl = isTtl ? 1_000 : 0, MaxRequests = isTtl ? 0 : 1 });
        WorkerKey waits = pool.Current(1);
        pool.Recycle(0);
        pool.Now += 1_000;
        pool.TickAt(pool.Now);
        pool.Reply(pool.Current(0), pool.Accept());
        pool.Reply(waits, pool.Accept());
        pool.Recycle(1);
        Assert.Equal(Reason.Manual, pool.Worker(waits).ReplaceReason);

        pool.Reconfigure(pool.Plan with { Ttl = 0, MaxRequests = 0 });
        pool.CancelRecycle(1);

        Assert.Equal(Reason.None, pool.Worker(waits).ReplaceReason);
    }

    [Fact]
    public void Reconfigure_ttl_counts_from_the_time_at_which_a_worker_began_to_serve()
    {
        KernelDriver pool = Serving(Settings());
        pool.Now += 5_000;

        Effect[] old = [.. pool.Reconfigure(pool.Plan with { Ttl = 1_000 }), .. pool.TickAt(pool.Now)];

        old.Single(EffectKind.Launch);
        Assert.Equal(Reason.TtlExpired, pool.Worker(pool.Current(0)).ReplaceReason);
    }

    [Fact]
    public void Reconfigure_no_ttl_takes_the_end_of_a_worker_back()
    {
        KernelDriver pool = Serving(Settings() with { Ttl = 10_000 });

        pool.Reconfigure(pool.Plan with { Ttl = 0 });
        pool.Now += 20_000;

        pool.TickAt(pool.Now).None(EffectKind.Launch);
        Assert.Equal(0, pool.Worker(pool.Current(0)).Ttl);
    }

    [Fact]
    public void Reconfigure_pings_and_checks_begin_and_end()
    {
        KernelDriver pool = Serving(Settings());

        pool.Reconfigure(pool.Plan with { PingInterval = 1_000, LivenessTimeout = 5_000, CheckInterval = 3_000 });
        pool.Now += 1_000;
        pool.TickAt(pool.Now).Single(EffectKind.Ping);
        pool.Now += 2_000;
        pool.TickAt(pool.Now).Single(EffectKind.CheckHealth);
        pool.Signal(SignalKind.Pong, pool.Current(0));
        pool.Reconfigure(pool.Plan with { PingInterval = 0, CheckInterval = 0 });
        pool.Now += 60_000;

        Assert.Empty(pool.TickAt(pool.Now));
    }

    [Fact]
    public void Reconfigure_without_idle_timeout_resting_workers_return()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { IdleTimeout = 100 });
        pool.Now += 1_000;
        WorkerKey resting = pool.TickAt(pool.Now).Single(EffectKind.WorkerDraining).Worker;
        pool.Exit(resting);

        pool.Reconfigure(pool.Plan with { IdleTimeout = 0 }).Single(EffectKind.Launch);
    }

    [Fact]
    public void Reconfigure_calls_that_wait_in_a_channel_are_answered_when_no_others_may()
    {
        KernelDriver pool = Serving(Pipelining());
        pool.Teach(tool: 1, runTime: 1);
        CallKey[] calls = [.. Enumerable.Range(0, 3).Select(_ => pool.Accept(tool: 1, bytes: 10))];
        Assert.Equal(3, pool.Worker(pool.Current(0)).Load);

        pool.Reconfigure(pool.Plan with { MaxConcurrent = 5 });
        CallKey later = pool.Accept(tool: 1, bytes: 10);

        Assert.Equal([later], pool.View.Queue);
        Assert.All(calls, call => pool.Reply(pool.Current(0), call, 1).Single(EffectKind.Complete));
        Assert.Equal(1, pool.Worker(pool.Current(0)).Load);
        Assert.True(pool.Kernel.IsConsistent());
    }

    [Fact]
    public void Reconfigure_same_plan_changes_nothing()
    {
        KernelDriver pool = Serving(Settings(size: 3) with { Ttl = 60_000, MaxRequests = 10, PingInterval = 5_000, Spares = 1 });
        pool.Accept();
        long wake = pool.Kernel.NextWake;

        Assert.Empty(pool.Reconfigure(pool.Plan with { }));

        Assert.InRange(pool.Kernel.NextWake, 0, wake);
        Assert.True(pool.Kernel.IsConsistent());
    }

    [Fact]
    public void Reconfigure_stopping_pool_starts_nothing()
    {
        KernelDriver pool = Serving(Settings());
        pool.Shutdown();

        Assert.Empty(pool.Reconfigure(pool.Plan with { Size = 5, Blueprint = 1 }));
    }

    private static bool HasNext(KernelDriver pool, int slot) =>
        pool.View.Workers.Exists(w => w.Key.Slot == slot && w.Role == WorkerRole.Next);
}
