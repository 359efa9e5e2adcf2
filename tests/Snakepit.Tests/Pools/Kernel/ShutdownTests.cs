using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>L17: the shutdown of the pool.</summary>
[Trait("Rule", "L17")]
public class ShutdownTests
{
    [Fact]
    public void Shutdown_idle_pool_stops_its_workers_and_reports_when_the_last_is_gone()
    {
        KernelDriver pool = Serving(Settings(size: 2));
        WorkerKey[] workers = [pool.Current(0), pool.Current(1)];

        Assert.Equal(workers, pool.Shutdown().Of(EffectKind.Stop).Select(static e => e.Worker));
        pool.Exit(workers[0]).None(EffectKind.PoolStopped);
        pool.Exit(workers[1]).Single(EffectKind.PoolStopped);
        Assert.Equal(PoolState.Stopped, pool.View.State);
        Assert.Equal(long.MaxValue, pool.Kernel.NextWake);
    }

    [Fact]
    public void Shutdown_running_call_finishes_waiting_call_is_rejected()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey worker = pool.Current();
        CallKey running = pool.Accept();
        CallKey waiting = pool.Accept();

        Effect rejected = pool.Shutdown().Single(EffectKind.Complete);

        Assert.Equal((waiting, Outcome.PoolStopping), (rejected.Call, rejected.Outcome));
        Assert.Equal(Outcome.PoolStopping, pool.Submit().Admission.Rejection);
        Effect[] effects = pool.Reply(worker, running);
        Assert.Equal(Outcome.Replied, effects.Single(EffectKind.Complete).Outcome);
        effects.Single(EffectKind.Stop);
    }

    [Fact]
    public void Shutdown_draining_the_queue_runs_what_waits_and_then_stops()
    {
        KernelDriver pool = Serving(Settings() with { DrainQueueOnStop = true });
        WorkerKey worker = pool.Current();
        CallKey running = pool.Accept();
        CallKey waiting = pool.Accept();

        pool.Shutdown().None(EffectKind.Complete);
        Assert.Equal(waiting, pool.Reply(worker, running).Single(EffectKind.Send).Call);
        pool.Reply(worker, waiting).Single(EffectKind.Stop);
    }

    [Fact]
    [Trait("Rule", "L17")]
    public void Shutdown_draining_the_queue_goes_on_with_used_up_workers()
    {
        KernelDriver pool = Serving(Settings() with { DrainQueueOnStop = true, MaxRequests = 2 });
        WorkerKey worker = pool.Current();
        CallKey[] calls = [pool.Accept(), pool.Accept(), pool.Accept()];
        pool.Shutdown().None(EffectKind.Complete);

        Assert.Equal(calls[1], pool.Reply(worker, calls[0]).Single(EffectKind.Send).Call);
        Assert.Equal(calls[2], pool.Reply(worker, calls[1]).Single(EffectKind.Send).Call);
        pool.Reply(worker, calls[2]).Single(EffectKind.Stop);
    }

    [Fact]
    public void Shutdown_draining_the_queue_gives_up_when_no_worker_takes_calls_any_more()
    {
        KernelDriver pool = Serving(Settings() with { DrainQueueOnStop = true, MaxRequests = 2, StrictMaxRequests = true });
        WorkerKey worker = pool.Current();
        CallKey running = pool.Accept();
        CallKey second = pool.Accept();
        CallKey third = pool.Accept();
        pool.Shutdown().None(EffectKind.Complete);

        Effect[] effects = pool.Reply(worker, running);

        Assert.Equal(second, effects.Single(EffectKind.Send).Call);
        Assert.Equal(Outcome.PoolStopping, Assert.Single(effects.Of(EffectKind.Complete), e => e.Call == third).Outcome);
        pool.Reply(worker, second).Single(EffectKind.Stop);
    }

    [Fact]
    public void Shutdown_worker_that_ignores_everything_is_given_up_within_the_budget()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey worker = pool.Current();
        CallKey call = pool.Accept();
        pool.Shutdown();

        Assert.Equal(worker, pool.TickAt(3_000).Single(EffectKind.Terminate).Worker);
        Assert.Equal(worker, pool.TickAt(3_500).Single(EffectKind.Kill).Worker);
        Effect[] last = pool.TickAt(4_000);

        last.Single(EffectKind.WorkerUnkillable);
        Assert.Equal(
            (call, Outcome.WorkerLostMayHaveRun), (last.Single(EffectKind.Complete).Call, last.Single(EffectKind.Complete).Outcome));
        last.Single(EffectKind.PoolStopped);
    }

    [Fact]
    public void Shutdown_call_of_a_strict_session_that_comes_back_from_an_ending_worker_is_told_that_the_pool_stops()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey worker = pool.Current();
        CallKey call = pool.Submit(new CallSpec { Deadline = long.MaxValue, Session = 8, Affinity = Affinity.StrictQueue })
            .Effects.Single(EffectKind.Send).Call;
        pool.Shutdown();
        pool.TickAt(3_000).Single(EffectKind.Terminate);

        Effect[] effects = pool.Recall(worker, call);

        Assert.Equal(Outcome.PoolStopping, effects.Single(EffectKind.Complete).Outcome);
    }

    [Fact]
    public void Shutdown_starting_worker_is_killed_and_nobody_is_told_of_a_failure()
    {
        var pool = new KernelDriver(Settings());
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        pool.Signal(SignalKind.Launched, worker);

        Assert.Equal(worker, pool.Shutdown().Single(EffectKind.Kill).Worker);
        Assert.Empty(pool.Signal(SignalKind.Ready, worker));
        Effect[] effects = pool.Exit(worker);
        effects.None(EffectKind.StartFailed);
        effects.Single(EffectKind.PoolStopped);
    }

    [Fact]
    public void Shutdown_launch_that_fails_afterwards_ends_the_pool()
    {
        var pool = new KernelDriver(Settings());
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        pool.Shutdown();

        pool.Signal(SignalKind.LaunchFailed, worker).Single(EffectKind.PoolStopped);
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Shutdown_open_recycle_requests_are_answered()
    {
        KernelDriver pool = Serving(Settings(size: 2));
        pool.Recycle();

        Effect[] reports = pool.Shutdown().Of(EffectKind.WorkerKept);

        Assert.Equal([0, 1], reports.Select(static e => e.Worker.Slot));
        Assert.All(reports, static e => Assert.Equal(Reason.Shutdown, e.Reason));
        Assert.Equal(2, pool.Recycle().Of(EffectKind.WorkerKept).Length); // requests after the begin of the shutdown end at once
    }

    [Fact]
    public void Shutdown_before_the_start_stops_at_once()
    {
        var pool = new KernelDriver(Settings());

        pool.Shutdown().Single(EffectKind.PoolStopped);
        Assert.Empty(pool.Start());
        Assert.Empty(pool.Shutdown());
    }
}
