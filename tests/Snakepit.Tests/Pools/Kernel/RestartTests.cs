using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>L15: restart rows count failures by cause, and delay starts.</summary>
public class RestartTests
{
    private static PoolPlan Checked => Settings() with { CheckInterval = 100, MaxBackoff = 10_000, RestartWindow = 60_000 };

    [Fact]
    [Trait("Rule", "L15")]
    public void Failed_start_of_another_cause_begins_a_row_of_its_own()
    {
        var pool = new KernelDriver(Settings());
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        worker = Fail(pool, worker, cause: 1, pause: 100);
        worker = Fail(pool, worker, cause: 1, pause: 400);
        worker = Fail(pool, worker, cause: 2, pause: 100);
        Fail(pool, worker, cause: 1, pause: 1_600);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Failed_start_long_after_the_one_before_begins_anew()
    {
        var pool = new KernelDriver(Settings() with { RestartWindow = 1_000 });
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        worker = Fail(pool, worker, cause: 1, pause: 100);
        pool.Now += 5_000;
        Fail(pool, worker, cause: 1, pause: 100);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Failed_starts_of_ever_new_causes_are_one_cause_after_a_while()
    {
        var pool = new KernelDriver(Settings());
        long begin = pool.Now;
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;
        int starts = 1;
        for (int cause = 1; pool.Now < begin + 60_000; cause++, starts++)
        {
            worker = Fail(pool, worker, cause, pause: null);
        }
        Assert.InRange(starts, 10, 16);
        Assert.InRange(pool.View.Restarts.Count, 1, 9);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Killed_from_outside_while_they_start_the_first_is_excused_and_many_at_a_time_are_one()
    {
        KernelDriver pool = Serving(Settings(size: 3));
        var note = new EndNote(9, IsForeign: true);
        pool.Now += 10;
        WorkerKey[] starting =
        [
            .. Enumerable.Range(0, 3).Select(slot => pool.Exit(pool.Current(slot), note).Single(EffectKind.Launch).Worker),
        ];
        pool.Now += 10;

        WorkerKey[] again = [.. starting.SelectMany(worker => pool.Exit(worker, note).Of(EffectKind.Launch)).Select(static e => e.Worker)];
        Assert.NotEmpty(again);

        pool.Now += 10;
        pool.Exit(again[0], note).None(EffectKind.Launch);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Killed_from_outside_once_ready_is_repaired_at_once_however_often()
    {
        KernelDriver pool = Serving(Settings(size: 1));
        for (int i = 0; i < 20; i++)
        {
            WorkerKey next = pool.Exit(pool.Current(), new EndNote(9, IsForeign: true)).Single(EffectKind.Launch).Worker;
            pool.Boot(next);
        }

        Assert.Empty(pool.View.Restarts);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Killed_from_outside_while_they_start_again_and_again_the_pauses_do_not_grow_and_calls_wait()
    {
        KernelDriver pool = Serving(Settings(size: 1));
        var note = new EndNote(9, IsForeign: true);
        WorkerKey starting = pool.Exit(pool.Current(), note).Single(EffectKind.Launch).Worker;
        long begin = pool.Now;
        for (int i = 0; i < 20; i++)
        {
            Effect[] effects = pool.Exit(starting, note);
            while (effects.Find(EffectKind.Launch) is null)
            {
                effects = pool.Wake();
            }
            starting = effects.Single(EffectKind.Launch).Worker;
        }

        Assert.InRange(pool.Now - begin, 1, 5_000);
        Assert.Equal(PoolState.Degraded, pool.View.State);
        Assert.True(pool.Submit().Admission.Accepted);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Limit_a_check_that_always_fails_replaces_ever_more_slowly_and_says_so_once()
    {
        KernelDriver pool = Serving(Checked);
        long begin = pool.Now;
        int replaced = 0;
        int told = 0;
        while (pool.Now < begin + 60_000)
        {
            Effect[] effects = pool.Limit(pool.Current(), Reason.HealthCheckFailed);
            while (effects.Find(EffectKind.Launch) is null)
            {
                effects = pool.Wake();
            }
            Effect[] swapped = pool.Boot(effects.Single(EffectKind.Launch).Worker);
            told += swapped.Of(EffectKind.ReplacementsBraked).Length;
            pool.Exit(swapped.Single(EffectKind.WorkerDraining).Worker);
            replaced++;
        }
        Assert.InRange(replaced, 5, 12);
        Assert.Equal(1, told);
        Assert.Equal(PoolState.Degraded, pool.View.State);
        Assert.Equal(1, pool.View.Ready);

        pool.Limit(pool.Current(), Reason.HealthCheckFailed, SignalKind.LimitCleared); // the check has passed
        Assert.Equal(PoolState.Ready, pool.View.State);
        pool.Limit(pool.Current(), Reason.HealthCheckFailed).Single(EffectKind.Launch);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Limit_of_workers_that_have_been_of_use_is_not_held_back()
    {
        KernelDriver pool = Serving(Settings());
        for (int i = 0; i < 5; i++)
        {
            pool.Reply(pool.Current(), pool.Accept());
            WorkerKey next = pool.Limit(pool.Current(), Reason.WorkerRequested).Single(EffectKind.Launch).Worker;
            pool.Exit(pool.Boot(next).Single(EffectKind.WorkerDraining).Worker);
        }
        Assert.Empty(pool.View.Restarts);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Success_of_the_replacement_itself_shows_that_replacing_helps()
    {
        KernelDriver pool = Serving(Settings());
        for (int i = 0; i < 5; i++)
        {
            // Before the worker has answered a call.
            WorkerKey next = pool.LimitStands(pool.Current(), Reason.MemoryThreshold).Single(EffectKind.Launch).Worker;
            pool.Now += 1_000;
            pool.Exit(pool.Boot(next).Single(EffectKind.WorkerDraining).Worker);
            pool.Reply(next, pool.Accept());
            Assert.Empty(pool.View.Restarts);
            next = pool.LimitStands(next, Reason.MemoryThreshold).Single(EffectKind.Launch).Worker;
            pool.Exit(pool.Boot(next).Single(EffectKind.WorkerDraining).Worker);
        }
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Ready_of_a_worker_that_started_before_the_failure_disproves_nothing()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { MaxConcurrentRecycles = 2 });
        WorkerKey[] starting = [.. pool.Recycle().Of(EffectKind.Launch).Select(static e => e.Worker)];
        Assert.Equal(2, starting.Length);
        pool.Now += 1;
        pool.Signal(SignalKind.LaunchFailed, starting[0]);
        pool.Now += 1;
        pool.Boot(starting[1]).Single(EffectKind.WorkerReady);
        Assert.Single(pool.View.Restarts);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void ChangeCode_forgets_failures()
    {
        var pool = new KernelDriver(Settings());
        Fail(pool, pool.Start().Single(EffectKind.Launch).Worker, cause: 1, pause: null);
        WorkerKey again = pool.View.Workers.Single().Key;
        pool.Exit(again).None(EffectKind.Launch);

        pool.ChangeCode().Single(EffectKind.Launch);
        Assert.Empty(pool.View.Restarts);
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Recycle_slot_that_never_served_names_no_predecessor()
    {
        var pool = new KernelDriver(Settings());
        WorkerKey worker = pool.Start().Single(EffectKind.Launch).Worker;

        Effect report = pool.Recycle(0).Single(EffectKind.AlreadyReplaced);

        Assert.Equal((0, worker), (report.Worker.Generation, report.Replacement));
        Assert.Equal(1, worker.Generation);
    }

    /// <summary>Fails one start; the next one begins after the backoff.</summary>
    private static WorkerKey Fail(KernelDriver pool, WorkerKey worker, int cause, long? pause)
    {
        long failed = pool.Now;
        pool.Signal(SignalKind.Launched, worker);
        pool.Exit(worker, new EndNote(cause)).None(EffectKind.Launch);
        Effect[] effects = pool.Wake();
        while (effects.Find(EffectKind.Launch) is null)
        {
            effects = pool.Wake();
        }
        Assert.Equal(pause ?? pool.Now - failed, pool.Now - failed);
        return effects.Single(EffectKind.Launch).Worker;
    }
}
