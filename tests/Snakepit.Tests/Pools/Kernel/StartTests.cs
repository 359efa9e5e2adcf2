using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>L15, L16: starts, their failures and the backoff between them.</summary>
public class StartTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [Trait("Rule", "L15")]
    public void Start_broken_adapter_is_started_at_most_six_times_in_the_first_minute(int size)
    {
        var pool = new KernelDriver(Settings(size));
        long begin = pool.Now;
        var pending = new Queue<WorkerKey>(pool.Start().Of(EffectKind.Launch).Select(static e => e.Worker));
        int starts = pending.Count;
        while (pool.Now < begin + 60_000)
        {
            while (pending.TryDequeue(out WorkerKey worker))
            {
                pool.Signal(SignalKind.Launched, worker);
                pool.Signal(SignalKind.LaunchFailed, worker);
                pool.Exit(worker);
            }
            Effect[] due = pool.Wake();
            foreach (Effect launch in due.Of(EffectKind.Launch))
            {
                pending.Enqueue(launch.Worker);
                starts += pool.Now < begin + 60_000 ? 1 : 0;
            }
        }

        Assert.InRange(starts, 4, 6);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(64)]
    [Trait("Rule", "L15")]
    public void Exited_adapter_that_breaks_under_all_workers_is_started_at_most_six_times_in_the_first_minute(int size)
    {
        KernelDriver pool = Serving(Settings(size));
        for (int slot = 0; slot < size; slot++)
        {
            Effect send = pool.Submit().Effects.Single(EffectKind.Send);
            pool.Reply(send.Worker, send.Call);
        }
        long begin = pool.Now += 60_000;
        WorkerKey[] serving = [.. pool.View.Workers.Select(static worker => worker.Key)];
        var pending = new Queue<WorkerKey>(
            serving.SelectMany(worker => pool.Exit(worker).Of(EffectKind.Launch)).Select(static e => e.Worker));
        Assert.Equal(Math.Min(size, 4), pending.Count);
        int starts = pending.Count;
        while (pool.Now < begin + 60_000)
        {
            while (pending.TryDequeue(out WorkerKey worker))
            {
                pool.Signal(SignalKind.Launched, worker);
                pool.Exit(worker).None(EffectKind.Launch);
            }
            Effect[] due = pool.Wake();
            Assert.InRange(due.Of(EffectKind.Launch).Length, 0, Math.Max(1, 4 - starts));
            foreach (Effect launch in due.Of(EffectKind.Launch))
            {
                pending.Enqueue(launch.Worker);
                starts += pool.Now < begin + 60_000 ? 1 : 0;
            }
        }

        Assert.InRange(starts, 4, 6);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Exited_workers_killed_from_outside_are_all_started_again_at_once()
    {
        KernelDriver pool = Serving(Settings(size: 8));
        var note = new EndNote(9, IsForeign: true);

        Effect[] launched = [.. Enumerable.Range(0, 8).SelectMany(slot => pool.Exit(pool.Current(slot), note).Of(EffectKind.Launch))];

        Assert.Equal(8, launched.Length);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Ready_of_one_start_after_a_loss_lets_the_others_begin()
    {
        KernelDriver pool = Serving(Settings(size: 8));
        pool.Now += 60_000; // long enough for all of them to count as useful
        WorkerKey[] starting =
        [
            .. Enumerable.Range(0, 8).SelectMany(slot => pool.Exit(pool.Current(slot)).Of(EffectKind.Launch)).Select(static e => e.Worker),
        ];
        Assert.Equal(4, starting.Length);

        Assert.Equal(4, pool.Boot(starting[0]).Of(EffectKind.Launch).Length);
    }

    [Fact]
    [Trait("Rule", "L15")]
    [Trait("Rule", "L16")]
    public void Exited_killed_from_outside_before_any_was_ready_is_excused_once()
    {
        var pool = new KernelDriver(Settings(size: 2));
        var note = new EndNote(9, IsForeign: true);
        WorkerKey[] starting = [.. pool.Start().Of(EffectKind.Launch).Select(static e => e.Worker)];
        pool.Now += 10;

        Effect[] launched = [.. starting.SelectMany(worker => pool.Exit(worker, note)).Where(static e => e.Kind == EffectKind.Launch)];
        Assert.Equal(PoolState.Starting, pool.View.State);
        Assert.Equal(1, Assert.Single(pool.View.Restarts).Failures);

        pool.Now += 10;
        pool.Exit(Assert.Single(launched).Worker, note).None(EffectKind.Launch);
        Assert.Equal(PoolState.Failing, pool.View.State);
        Assert.Equal(pool.Now + 400, pool.Kernel.NextWake);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Submit_failing_pool_rejects_at_once_until_a_start_succeeds()
    {
        var pool = new KernelDriver(Settings());
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        CallKey waiting = pool.Accept();

        Effect[] failed = pool.Signal(SignalKind.LaunchFailed, worker);

        Assert.Equal((waiting, Outcome.PoolFailing), (failed.Single(EffectKind.Complete).Call, failed.Single(EffectKind.Complete).Outcome));
        Assert.Equal(Outcome.PoolFailing, pool.Submit().Admission.Rejection);
        Assert.Equal(PoolState.Failing, pool.View.State);

        pool.Boot(pool.Wake().Single(EffectKind.Launch).Worker);
        pool.Submit().Effects.Single(EffectKind.Send);
        Assert.Equal(PoolState.Ready, pool.View.State);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Failed_starts_of_a_pool_that_worked_let_calls_wait_until_they_are_no_chance_any_more()
    {
        KernelDriver pool = Serving(Settings() with { QueueTimeout = 60_000 });
        WorkerKey starting = pool.Exit(pool.Current(), new EndNote(9, IsForeign: true)).Single(EffectKind.Launch).Worker;
        CallKey waiting = pool.Accept();
        for (int failures = 1; failures < 5; failures++)
        {
            Effect[] effects = pool.Exit(starting, new EndNote(1));
            effects.None(EffectKind.Complete);
            Assert.Equal(PoolState.Degraded, pool.View.State);
            while (effects.Find(EffectKind.Launch) is null)
            {
                effects = pool.Wake();
            }
            starting = effects.Single(EffectKind.Launch).Worker;
        }

        Effect end = pool.Exit(starting, new EndNote(1)).Single(EffectKind.Complete);

        Assert.Equal((waiting, Outcome.PoolFailing), (end.Call, end.Outcome));
        Assert.Equal(Outcome.PoolFailing, pool.Submit().Admission.Rejection);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void CannotStart_rejects_calls_at_once_and_is_looked_at_ever_more_slowly_until_Start()
    {
        var pool = new KernelDriver(Settings(size: 2));
        CallKey waiting = pool.Accept();
        var pauses = new List<long>();

        Effect end = pool.CannotStart().Single(EffectKind.Complete);
        for (int i = 0; i < 4; i++)
        {
            pauses.Add(pool.Kernel.NextStart - pool.Now);
            pool.Now = pool.Kernel.NextStart;
            pool.CannotStart();
        }

        Assert.Equal((waiting, Outcome.PoolFailing), (end.Call, end.Outcome));
        Assert.Equal([100, 400, 1_600, 6_400], pauses);
        Assert.Equal(PoolState.Failing, pool.View.State);
        Assert.Equal(Outcome.PoolFailing, pool.Submit().Admission.Rejection);

        Effect[] starts = pool.Start().Of(EffectKind.Launch); // regardless of the remaining backoff
        Assert.Equal(2, starts.Length);
        pool.Boot(starts[0].Worker);
        Assert.Equal(PoolState.Ready, pool.View.State);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void CannotStart_nothing_else_starts_workers_either()
    {
        var pool = new KernelDriver(Settings(size: 2) with { MaxConcurrentStarts = 3 });
        pool.CannotStart();

        pool.Resize(3).None(EffectKind.Launch);
        pool.Recycle().None(EffectKind.Launch);
        Assert.Equal(long.MaxValue, pool.Kernel.NextWake); // Python may be repaired at any time

        Assert.Equal(3, pool.Start().Of(EffectKind.Launch).Length);
    }

    [Fact]
    [Trait("Rule", "L17")]
    public void Shutdown_pool_that_cannot_start_is_stopped_at_once()
    {
        var pool = new KernelDriver(Settings());
        pool.CannotStart();

        pool.Shutdown().Single(EffectKind.PoolStopped);

        Assert.Empty(pool.CannotStart());
        Assert.Empty(pool.Start());
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Exited_workers_that_die_before_their_first_answer_are_started_ever_more_slowly()
    {
        KernelDriver pool = Serving(Settings());
        var pauses = new List<long>();

        for (int i = 0; i < 4; i++)
        {
            long died = pool.Now;
            pool.Exit(pool.Current()).None(EffectKind.Launch);
            Effect[] effects = pool.Wake();
            pauses.Add(pool.Now - died);
            pool.Boot(effects.Single(EffectKind.Launch).Worker);
        }
        Assert.Equal([100, 400, 1_600, 6_400], pauses);

        pool.Reply(pool.Current(), pool.Accept());
        pool.Exit(pool.Current()).Single(EffectKind.Launch); // it has been useful, so at once
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Exited_first_worker_lost_with_its_first_call_is_replaced_at_once_the_next_after_a_pause()
    {
        KernelDriver pool = Serving(Settings());
        CallKey call = pool.Accept();

        WorkerKey second = pool.Exit(pool.Current()).Single(EffectKind.Launch).Worker;
        Assert.Equal(call, pool.Boot(second).Single(EffectKind.Send).Call);
        pool.Exit(second).None(EffectKind.Launch);
        Assert.Equal(pool.Now + 400, pool.Kernel.NextWake);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Exited_many_workers_die_early_ready_ones_do_not_end_the_pause()
    {
        KernelDriver pool = Serving(Settings(size: 2));
        pool.Exit(pool.Current(0));
        WorkerKey next = pool.Wake().Single(EffectKind.Launch).Worker;
        pool.Exit(pool.Current(1));

        pool.Boot(next).None(EffectKind.Launch);
        pool.Wake().Single(EffectKind.Launch);
    }

    [Fact]
    [Trait("Rule", "L12")]
    public void Tick_boot_timeout_kills_and_starts_again_after_its_end_and_a_pause()
    {
        var pool = new KernelDriver(Settings());
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        pool.Signal(SignalKind.Launched, worker);

        pool.TickAt(30_999).None(EffectKind.Kill);
        Effect[] effects = pool.TickAt(31_000);

        Assert.Equal((worker, Reason.BootTimeout), (effects.Single(EffectKind.Kill).Worker, effects.Single(EffectKind.Kill).Reason));
        effects.None(EffectKind.StartFailed); // its end reports where it hung
        pool.Now += 40;
        Assert.Equal(Reason.BootTimeout, pool.Exit(worker).Single(EffectKind.StartFailed).Reason);
        Assert.Equal(31_140, pool.Kernel.NextWake);
        pool.Wake().Single(EffectKind.Launch);
    }

    [Fact]
    [Trait("Rule", "L12")]
    public void Ready_of_a_worker_that_is_killed_for_its_boot_timeout_comes_too_late()
    {
        var pool = new KernelDriver(Settings());
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        pool.Signal(SignalKind.Launched, worker);
        pool.TickAt(31_000).Single(EffectKind.Kill);

        Assert.Empty(pool.Signal(SignalKind.Ready, worker));

        Assert.Equal(Reason.BootTimeout, pool.Exit(worker).Single(EffectKind.StartFailed).Reason);
    }

    [Fact]
    [Trait("Rule", "L12")]
    public void Hung_start_that_cannot_be_killed_fails_after_the_time_for_that()
    {
        var pool = new KernelDriver(Settings());
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        pool.Signal(SignalKind.Launched, worker);
        pool.TickAt(31_000).Single(EffectKind.Kill);

        Effect[] effects = pool.TickAt(31_000 + pool.Plan.KillTimeout);

        Assert.Equal(Reason.BootTimeout, effects.Single(EffectKind.StartFailed).Reason);
        effects.Single(EffectKind.WorkerUnkillable);
        pool.Wake().Single(EffectKind.Launch);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void LaunchFailed_without_a_process_leaves_nothing_to_wait_for()
    {
        var pool = new KernelDriver(Settings());
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;

        pool.Signal(SignalKind.LaunchFailed, worker).Single(EffectKind.StartFailed);

        Assert.Empty(pool.View.Workers);
        Assert.Empty(pool.Exit(worker));
    }

    [Fact]
    [Trait("Rule", "A3")]
    public void Ready_that_overtakes_Launched_counts()
    {
        var pool = new KernelDriver(Settings());
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;

        pool.Signal(SignalKind.Ready, worker).Single(EffectKind.WorkerReady);
        Assert.Empty(pool.Signal(SignalKind.Launched, worker));
        pool.Submit().Effects.Single(EffectKind.Send);
    }

    [Fact]
    [Trait("Rule", "L17")]
    public void Launched_after_the_order_to_kill_is_killed_again()
    {
        var pool = new KernelDriver(Settings());
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        pool.Shutdown().Single(EffectKind.Kill); // no process yet: the order may not have reached one

        Assert.Equal(worker, pool.Signal(SignalKind.Launched, worker).Single(EffectKind.Kill).Worker);
    }

    [Fact]
    [Trait("Rule", "L16")]
    public void Ready_first_worker_serves_while_others_start_within_the_limit()
    {
        var pool = new KernelDriver(Settings(size: 6) with { MaxConcurrentStarts = 3 });
        Effect[] starts = pool.Start().Of(EffectKind.Launch);
        Assert.Equal(3, starts.Length);

        pool.Boot(starts[0].Worker).Single(EffectKind.Launch);
        pool.Submit().Effects.Single(EffectKind.Send);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Submit_swap_in_the_same_step_does_not_start_more_than_the_limit()
    {
        KernelDriver pool = Serving(Settings(size: 4) with { MaxConcurrentStarts = 1, MaxRequests = 1 });
        pool.Exit(pool.Current(2));
        pool.Exit(pool.Current(3));
        pool.Now += 10_000; // two slots are empty and may start, one spare waits, and the next call exhausts another slot's worker

        Effect[] effects = pool.Submit().Effects;

        effects.Single(EffectKind.WorkerDraining);
        effects.Single(EffectKind.Launch);
    }

    [Fact]
    [Trait("Rule", "L16")]
    public void Begun_starts_the_clock_of_a_start_once()
    {
        var pool = new KernelDriver(Settings()) { BeginsAtOnce = false };
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        Assert.Equal(long.MaxValue, pool.Kernel.NextWake);

        pool.Now += 100_000;
        pool.Signal(SignalKind.Begun, worker);
        long due = pool.Now + 30_000;
        pool.Now += 10_000;
        pool.Signal(SignalKind.Begun, worker);

        Assert.Equal(due, pool.Kernel.NextWake);
        Assert.Equal(Reason.BootTimeout, pool.TickAt(due).Single(EffectKind.Kill).Reason);
    }

    [Fact]
    [Trait("Rule", "L16")]
    public void Ready_tells_how_long_the_start_took_without_its_wait()
    {
        var pool = new KernelDriver(Settings()) { BeginsAtOnce = false };
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        pool.Now += 100_000;
        pool.Signal(SignalKind.Begun, worker);
        pool.Now += 300;

        Assert.Equal(300, pool.Boot(worker).Single(EffectKind.WorkerReady).StartTime);
    }
}
