using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Slots whose workers get no calls for a time.</summary>
public class TaintTests
{
    private static readonly EndNote s_crash = new(Cause: 11, Taints: true);

    [Fact]
    public void Taint_worker_gets_no_call_until_the_end_and_then_at_once()
    {
        KernelDriver pool = Serving(Settings());
        pool.Taint(0, 2_000).Single(EffectKind.SlotTainted);
        CallKey call = pool.Accept();

        Assert.Equal((0, 1), (pool.View.Ready, pool.View.Queue.Count));
        Assert.Equal(call, pool.TickAt(pool.Now + 2_000).Single(EffectKind.Send).Call);
    }

    [Fact]
    public void Pool_of_whose_workers_none_takes_calls_is_not_ready_whatever_MinReady_is()
    {
        KernelDriver pool = Serving(Settings() with { MinReady = 0 });
        Assert.Equal(PoolState.Ready, pool.View.State);

        pool.Taint(0, 2_000);
        Assert.Equal(PoolState.Degraded, pool.View.State);

        pool.TickAt(pool.Now + 2_000);
        Assert.Equal(PoolState.Ready, pool.View.State);
    }

    [Fact]
    public void Crash_during_a_start_taints_its_place()
    {
        var pool = new KernelDriver(Settings() with { TaintTime = 2_000 });
        WorkerKey starting = pool.Start().Single(EffectKind.Launch).Worker;

        Assert.Equal(starting, pool.Exit(starting, s_crash).Single(EffectKind.SlotTainted).Worker);
    }

    [Fact]
    public void LiftTaint_calls_that_wait_are_sent()
    {
        KernelDriver pool = Serving(Settings());
        pool.Taint(0, 2_000);
        CallKey call = pool.Accept();

        Assert.Equal(call, pool.LiftTaint().Single(EffectKind.Send).Call);
    }

    [Fact]
    public void Exited_replacement_in_a_tainted_place_waits_ready_until_the_end()
    {
        KernelDriver pool = Serving(Settings(2) with { TaintTime = 2_000 });
        Effect send = pool.Submit().Effects.Single(EffectKind.Send);
        WorkerKey worker = send.Worker;
        pool.Reply(worker, send.Call);
        pool.BootAll(pool.Exit(worker, s_crash));

        Assert.True(pool.Current(worker.Slot).IsNone);
        Assert.Equal(1, pool.View.Ready);
        pool.TickAt(pool.Now + 2_000);
        Assert.Equal(2, pool.View.Ready);
    }

    [Fact]
    public void Taint_no_time_taints_nothing()
    {
        KernelDriver pool = Serving(Settings());

        pool.Taint(0, 0).None(EffectKind.SlotTainted);
        pool.Exit(pool.Current(), s_crash).None(EffectKind.SlotTainted);
    }

    [Fact]
    public void Taint_again_the_later_end_wins()
    {
        KernelDriver pool = Serving(Settings());
        long begun = pool.Now;
        pool.Taint(0, 2_000);
        pool.Taint(0, 1_000).None(EffectKind.SlotTainted);
        pool.TickAt(begun + 1_000);
        pool.Taint(0, 2_000).Single(EffectKind.SlotTainted);
        pool.TickAt(begun + 2_000);

        Assert.Equal(0, pool.View.Ready);
        pool.TickAt(begun + 3_000);
        Assert.Equal(1, pool.View.Ready);
    }

    [Fact]
    public void Taint_without_end_lasts_until_it_is_lifted()
    {
        KernelDriver pool = Serving(Settings());
        Assert.Equal(long.MaxValue, pool.Taint(0, long.MaxValue).Single(EffectKind.SlotTainted).Duration);

        Assert.Equal(long.MaxValue, pool.Kernel.NextWake);
        pool.LiftTaint();
        Assert.Equal(1, pool.View.Ready);
    }

    [Fact]
    public void Taint_all_places_calls_wait_no_longer_than_others()
    {
        KernelDriver pool = Serving(Settings(2));
        pool.Taint(0, 60_000);
        pool.Taint(1, 60_000);
        CallKey call = pool.Accept();

        Assert.Equal(PoolState.Degraded, pool.View.State);
        Effect end = pool.TickAt(pool.Now + pool.Plan.QueueTimeout).Single(EffectKind.Complete);
        Assert.Equal((call, Outcome.QueueTimeout), (end.Call, end.Outcome));
    }

    [Fact]
    public void Taint_running_call_goes_on_and_those_behind_it_are_recalled()
    {
        KernelDriver pool = Serving(Pipelining());
        pool.Teach(tool: 1, runTime: 5);
        CallKey running = pool.Accept(tool: 1);
        CallKey waiting = pool.Accept(tool: 1);

        Effect[] effects = pool.Taint(0, 2_000);
        effects.Single(EffectKind.Recall);
        effects.None(EffectKind.Cancel);
        pool.Recall(pool.Current(), waiting).None(EffectKind.Send);
        Assert.Equal(Outcome.Replied, pool.Reply(pool.Current(), running).Single(EffectKind.Complete).Outcome);
        Assert.Equal([waiting], pool.View.Queue);
    }

    [Fact]
    public void TaintDevice_all_places_with_that_device_get_no_calls()
    {
        var pool = new KernelDriver(Settings(3)) { Device = 1 };
        Effect[] launches = pool.Start().Of(EffectKind.Launch);
        pool.Boot(launches[0].Worker);
        pool.Boot(launches[1].Worker);
        pool.Device = 2;
        pool.Boot(launches[2].Worker);

        Assert.Equal([0, 1], pool.TaintDevice(1, 2_000).Of(EffectKind.SlotTainted).Select(static e => e.Worker.Slot));
        pool.TaintDevice(0, 2_000).None(EffectKind.SlotTainted); // there is no such device
        Assert.Equal(2, pool.Submit().Effects.Single(EffectKind.Send).Worker.Slot);
    }

    [Fact]
    public void Exited_death_that_taints_taints_its_device_too_and_asks_no_dead_worker_for_its_calls()
    {
        KernelDriver pool = new(Pipelining(2) with { TaintTime = 2_000 }) { Device = 1 };
        pool.BootAll(pool.Start());
        pool.Teach(tool: 1, runTime: 5);
        for (int i = 0; i < 4; i++)
        {
            pool.Accept(tool: 1);
        }

        Effect[] effects = pool.Exit(pool.Current(0), s_crash);
        Assert.Equal([0, 1], effects.Of(EffectKind.SlotTainted).Select(static e => e.Worker.Slot).Order());
        Assert.Equal(pool.Current(1), effects.Single(EffectKind.Recall).Worker);
        effects.None(EffectKind.Send);
    }

    [Fact]
    public void Check_worker_in_a_tainted_place_is_checked()
    {
        KernelDriver pool = Serving(Settings());
        pool.Taint(0, 2_000);

        pool.Check(pool.Current()).Effects.Single(EffectKind.Send);
    }

    [Fact]
    public void Tick_replacement_that_was_held_for_the_one_that_died_waits_for_the_end_of_the_taint()
    {
        var pool = new KernelDriver(Settings() with { Ttl = 10_000, TaintTime = 60_000 });
        pool.Now += 1_000; // the duration of a start
        Effect launch = pool.Start().Single(EffectKind.Launch);
        pool.Now += 1_000;
        pool.Boot(launch.Worker);
        Effect send = pool.Submit().Effects.Single(EffectKind.Send);
        pool.Reply(send.Worker, send.Call);
        WorkerKey next = pool.Wake().Single(EffectKind.Launch).Worker;
        pool.Boot(next);
        pool.Exit(send.Worker, s_crash);

        pool.Wake();
        Assert.Equal(WorkerPhase.Ready, pool.Worker(next).Phase);
        Assert.Equal(0, pool.View.Ready);
    }

    [Fact]
    public void Taint_place_of_the_only_worker_wakes_one_that_rests()
    {
        KernelDriver pool = Serving(Settings(2) with { IdleTimeout = 1_000 });
        WorkerKey rests = pool.TickAt(pool.Now + 1_000).Single(EffectKind.Stop).Worker;
        pool.Exit(rests);

        Assert.Equal(rests.Slot, pool.Taint(1 - rests.Slot, 60_000).Single(EffectKind.Launch).Worker.Slot);
    }

    [Fact]
    public void Taint_place_of_a_start_wakes_another_for_calls_that_wait()
    {
        KernelDriver pool = Serving(Settings(2) with { IdleTimeout = 1_000, MinReady = 0 });
        foreach (Effect stop in pool.TickAt(pool.Now + 1_000).Of(EffectKind.Stop))
        {
            pool.Exit(stop.Worker);
        }
        WorkerKey woken = pool.Submit().Effects.Single(EffectKind.Launch).Worker;

        Assert.Equal(1 - woken.Slot, pool.Taint(woken.Slot, 60_000).Single(EffectKind.Launch).Worker.Slot);
    }

    [Fact]
    public void Recycle_place_where_there_is_no_room_for_two_is_refilled_before_the_end()
    {
        KernelDriver pool = Serving(Settings(2) with { StopFirst = true });
        pool.Taint(0, long.MaxValue);
        WorkerKey old = pool.Recycle(0).Single(EffectKind.Stop).Worker;
        WorkerKey next = pool.Exit(old).Single(EffectKind.Launch).Worker;

        Assert.Equal(next, pool.Boot(next).Single(EffectKind.SlotRefilled).Worker);
        Assert.DoesNotContain(SlotPhase.Replacing, pool.View.Slots);
        pool.LiftTaint().None(EffectKind.SlotRefilled);
        Assert.Equal(2, pool.View.Ready);
    }

    [Fact]
    public void Recycle_no_room_for_two_and_no_spare_but_in_tainted_places_the_old_worker_goes_first()
    {
        KernelDriver pool = Serving(Settings(2) with { StopFirst = true, Spares = 1 });
        WorkerKey spare = pool.View.Workers.Find(static w => w.Role == WorkerRole.Next).Key;
        pool.Taint(spare.Slot, long.MaxValue);
        WorkerKey old = pool.Recycle(0).Single(EffectKind.Stop).Worker;
        WorkerKey next = pool.Exit(old).Single(EffectKind.Launch).Worker;

        Assert.Equal(next, pool.Boot(next).Single(EffectKind.SlotRefilled).Worker);
        Assert.Equal(2, pool.View.Ready);
    }

    [Fact]
    public void CodeChanged_spare_in_a_tainted_place_makes_room_for_the_one_that_tries_it()
    {
        KernelDriver pool = Serving(Settings() with { StopFirst = true, MinReady = 0, Spares = 1 });
        WorkerKey spare = pool.View.Workers.Find(static w => w.Role == WorkerRole.Next).Key;
        pool.Taint(spare.Slot, long.MaxValue);

        pool.Now++;
        Assert.Equal(spare, pool.ChangeCode().Single(EffectKind.Stop).Worker);
    }

    [Fact]
    public void Submit_call_that_waits_for_the_end_of_a_taint_is_not_rejected_as_too_late()
    {
        KernelDriver pool = Serving(Settings(4) with { RejectLate = true });
        for (int i = 0; i < 20; i++)
        {
            Effect send = pool.Submit(tool: 1).Effects.Single(EffectKind.Send);
            pool.Reply(send.Worker, send.Call, runTime: 1_000);
        }
        for (int slot = 0; slot < 3; slot++)
        {
            pool.Taint(slot, 100);
        }
        for (int i = 0; i < 4; i++)
        {
            pool.Accept(tool: 1);
        }

        Assert.True(pool.Submit(deadline: pool.Now + 2_500, tool: 1).Admission.Accepted);
    }

    [Fact]
    public void Resize_worker_in_a_tainted_place_goes_first()
    {
        KernelDriver pool = Serving(Settings(3));
        pool.Taint(0, 2_000);

        Assert.Equal(0, pool.Resize(2).Single(EffectKind.Stop).Worker.Slot);
        Assert.Equal(2, pool.View.Ready);
    }

    [Fact]
    public void Shutdown_calls_that_wait_for_the_end_of_a_taint_are_rejected_at_once()
    {
        KernelDriver pool = Serving(Settings() with { DrainQueueOnStop = true });
        pool.Taint(0, 500);
        CallKey call = pool.Accept();

        Effect end = pool.Shutdown().Single(EffectKind.Complete);
        Assert.Equal((call, Outcome.PoolStopping), (end.Call, end.Outcome));
    }
}
