using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>L12: pings, and checks of idle workers.</summary>
[Trait("Rule", "L12")]
public class HealthTests
{
    private static PoolPlan Watched => Settings() with { PingInterval = 1_000, LivenessTimeout = 100 };

    [Fact]
    public void Tick_idle_worker_that_does_not_answer_is_killed_and_replaced()
    {
        KernelDriver pool = Serving(Watched);
        WorkerKey worker = pool.Current();

        Assert.Equal(worker, pool.TickAt(pool.Now + 500).Single(EffectKind.Ping).Worker);
        pool.TickAt(pool.Now + 99).None(EffectKind.Kill);
        Effect kill = pool.TickAt(pool.Now + 1).Single(EffectKind.Kill);

        Assert.Equal((worker, Reason.Unresponsive), (kill.Worker, kill.Reason));
        Assert.Equal(Reason.Unresponsive, pool.Exit(worker).Single(EffectKind.WorkerRecycled).Reason);
    }

    [Fact]
    public void Pong_in_time_and_the_next_question_comes_an_interval_later()
    {
        KernelDriver pool = Serving(Watched);
        pool.TickAt(pool.Now + 500);

        Assert.Empty(pool.Signal(SignalKind.Pong, pool.Current()));

        pool.TickAt(pool.Now + 999).None(EffectKind.Kill);
        pool.TickAt(pool.Now + 1).Single(EffectKind.Ping);
    }

    [Fact]
    public void Pings_of_all_workers_of_all_pools_fall_together_and_none_comes_late()
    {
        const int Interval = 1_000;
        var times = new HashSet<long>();
        foreach (int start in (int[])[1_003, 1_250, 1_777, 1_999])
        {
            var pool = new KernelDriver(Watched with { Size = 8, PingInterval = Interval, MaxConcurrentStarts = 8 }) { Now = start };
            pool.BootAll(pool.Start());
            int pings = 0;
            while (pool.Now < 10_000)
            {
                foreach (Effect ping in pool.Wake().Of(EffectKind.Ping))
                {
                    pool.Signal(SignalKind.Pong, ping.Worker);
                    times.Add(pool.Now);
                    pings++;
                }
            }
            Assert.InRange(pings, 8 * 8, 8 * 10); // once an interval for each worker
        }

        // 32 workers with their own timers would wake it nearly 300 times
        Assert.InRange(times.Count, 1, (4 * (10_000 - 1_000) / Interval) + 1);
    }

    [Fact]
    public void Tick_busy_worker_is_only_marked()
    {
        KernelDriver pool = Serving(Watched);
        pool.TickAt(pool.Now + 500);
        CallKey call = pool.Accept();

        Assert.Equal(pool.Current(), pool.TickAt(pool.Now + 100).Single(EffectKind.WorkerUnresponsive).Worker);
        Assert.True(pool.Worker(pool.Current()).Unresponsive);
        pool.TickAt(pool.Now + 3_600_000).None(EffectKind.Kill);
        pool.Reply(pool.Current(), call);
        Assert.False(pool.Worker(pool.Current()).Unresponsive);
    }

    [Fact]
    public void Tick_busy_worker_is_killed_only_after_its_own_timeout()
    {
        KernelDriver pool = Serving(Watched with { UnresponsiveTimeout = 5_000 });
        pool.TickAt(pool.Now + 500);
        pool.Accept();
        pool.TickAt(pool.Now + 100);

        pool.TickAt(pool.Now + 4_999).None(EffectKind.Kill);
        Assert.Equal(Reason.Unresponsive, pool.TickAt(pool.Now + 1).Single(EffectKind.Kill).Reason);
    }

    [Fact]
    public void Replied_is_a_sign_of_life_and_silence_after_it_counts_anew()
    {
        KernelDriver pool = Serving(Watched with { UnresponsiveTimeout = 200 });
        pool.TickAt(pool.Now + 500);
        CallKey call = pool.Accept();
        pool.TickAt(pool.Now + 100).Single(EffectKind.WorkerUnresponsive);
        pool.Reply(pool.Current(), call);

        pool.TickAt(pool.Now + 200).None(EffectKind.Kill);
        pool.TickAt(pool.Now + 700).Single(EffectKind.Ping);
        pool.TickAt(pool.Now + 100).Single(EffectKind.Kill);
    }

    [Fact]
    public void Tick_that_is_late_itself_asks_again_before_it_kills()
    {
        KernelDriver pool = Serving(Watched);
        pool.TickAt(pool.Now + 500).Single(EffectKind.Ping);

        Effect[] late = pool.TickAt(pool.Now + 60_000); // the host was suspended
        late.Single(EffectKind.Ping);
        late.None(EffectKind.Kill);

        pool.TickAt(pool.Now + 99).None(EffectKind.Kill);
        pool.TickAt(pool.Now + 1).Single(EffectKind.Kill);
    }

    [Fact]
    public void Tick_that_is_late_itself_asks_a_busy_worker_again_before_it_kills()
    {
        KernelDriver pool = Serving(Watched with { UnresponsiveTimeout = 5_000 });
        pool.TickAt(pool.Now + 500);
        CallKey call = pool.Accept();
        pool.TickAt(pool.Now + 100).Single(EffectKind.WorkerUnresponsive);

        pool.TickAt(pool.Now + 60_000).None(EffectKind.Kill);
        pool.Reply(pool.Current(), call);
        pool.TickAt(pool.Now + 100).None(EffectKind.Kill);

        pool.Accept();
        pool.Wake().Single(EffectKind.Ping);
        pool.Wake().Single(EffectKind.WorkerUnresponsive);
        pool.TickAt(pool.Now + 60_000).None(EffectKind.Kill);
        pool.TickAt(pool.Now + 100).Single(EffectKind.Kill);
    }

    [Fact]
    public void SubmitCheck_counts_as_no_request_and_goes_to_that_worker_only()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { CheckInterval = 1_000, MaxRequests = 1_000 });
        Effect[] effects = pool.TickAt(pool.Now + 1_000);
        Assert.Equal(2, effects.Of(EffectKind.CheckHealth).Length);
        WorkerKey worker = pool.Current(1);

        Effect send = pool.Check(worker).Effects.Single(EffectKind.Send);
        Assert.Equal(Outcome.Replied, pool.Reply(worker, send.Call).Single(EffectKind.Complete).Outcome);

        Assert.Equal((worker, 0L, 0L), (send.Worker, pool.Worker(worker).Requests, pool.View.Counts.Accepted));
    }

    [Fact]
    public void SubmitCheck_busy_spare_or_unknown_worker_is_refused()
    {
        KernelDriver pool = Serving(Settings() with { Spares = 1 });
        pool.Accept();

        Assert.False(pool.Check(pool.Current()).Admission.Accepted);
        Assert.False(pool.Check(pool.View.Workers.Find(static w => w.Role == WorkerRole.Next).Key).Admission.Accepted);
        Assert.False(pool.Check(new WorkerKey(0, 99)).Admission.Accepted);
    }

    [Fact]
    [Trait("Rule", "L1")]
    public void Exited_or_recalled_check_ends_and_never_runs_elsewhere()
    {
        KernelDriver pool = Serving(Settings(size: 2));
        CallKey lost = pool.Check(pool.Current(0)).Admission.Call;
        CallKey recalled = pool.Check(pool.Current(1)).Admission.Call;

        Effect[] exited = pool.Exit(pool.Current(0));
        Effect[] came = pool.Recall(pool.Current(1), recalled);

        Assert.Equal(
            (lost, Outcome.WorkerLostNotStarted), (exited.Single(EffectKind.Complete).Call, exited.Single(EffectKind.Complete).Outcome));
        Assert.Equal((recalled, Outcome.Cancelled), (came.Single(EffectKind.Complete).Call, came.Single(EffectKind.Complete).Outcome));
        Assert.Empty(pool.View.Calls);
    }

    [Fact]
    [Trait("Rule", "L5")]
    public void Tick_check_that_does_not_end_costs_the_worker_its_life()
    {
        KernelDriver pool = Serving(Settings());
        pool.Check(pool.Current(), deadline: pool.Now + 100);

        pool.TickAt(pool.Now + 110).Single(EffectKind.Cancel);

        Assert.Equal(Reason.CancelGrace, pool.TickAt(pool.Now + 210).Single(EffectKind.Kill).Reason);
    }
}
