using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Calls that only one worker may run.</summary>
[Trait("Rule", "L4")]
public class BoundCallTests
{
    [Fact]
    public void Submit_call_whose_worker_is_busy_waits_and_holds_up_nobody()
    {
        KernelDriver pool = Serving(Settings(2));
        WorkerKey target = pool.Current(0);
        CallKey running = Bound(pool, target).Effects.Single(EffectKind.Send).Call;
        CallKey waiting = Bound(pool, target).Admission.Call;

        Assert.Equal(pool.Current(1), pool.Submit().Effects.Single(EffectKind.Send).Worker);
        Assert.Equal(1, pool.Kernel.QueueLength);
        Effect send = pool.Reply(target, running).Single(EffectKind.Send);
        Assert.Equal((target, waiting), (send.Worker, send.Call));
    }

    [Fact]
    public void Submit_worker_is_idle_while_others_are_waited_for_gets_the_call_at_once()
    {
        KernelDriver pool = Serving(Settings(2) with { MaxConcurrentStarts = 1 });
        WorkerKey idle = pool.Current(0);
        pool.Taint(0, duration: 100);
        WorkerKey busy = pool.Submit().Effects.Single(EffectKind.Send).Worker;
        pool.Accept();
        Assert.NotEqual(idle, busy);

        CallKey bound = Bound(pool, idle).Admission.Call;
        Effect[] sent = pool.LiftTaint().Of(EffectKind.Send);

        Assert.Equal((idle, pool.View.Queue.Count), (Assert.Single(sent).Worker, 0)); // in the order of arrival, one at a time
        Assert.NotEqual(bound, sent[0].Call);
        Assert.Equal(bound, pool.Reply(idle, sent[0].Call).Single(EffectKind.Send).Call);
    }

    [Fact]
    public void Reply_call_that_came_first_goes_first_bound_or_not()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey only = pool.Current();
        CallKey running = pool.Accept();
        CallKey bound = Bound(pool, only).Admission.Call;
        CallKey free = pool.Accept();
        CallKey later = Bound(pool, only).Admission.Call;

        CallKey[] order = [Next(running), Next(bound), Next(free)];

        Assert.Equal([bound, free, later], order);
        CallKey Next(CallKey over) => pool.Reply(only, over).Single(EffectKind.Send).Call;
    }

    [Fact]
    public void Submit_worker_that_is_not_there_is_rejected()
    {
        KernelDriver pool = Serving(Settings());

        Assert.Equal(Outcome.WorkerLostNotStarted, Bound(pool, new WorkerKey(0, 7)).Admission.Rejection);
    }

    [Fact]
    public void Exit_calls_that_wait_for_the_worker_are_lost_not_started()
    {
        KernelDriver pool = Serving(Settings(2));
        WorkerKey target = pool.Current(0);
        CallKey running = Bound(pool, target).Admission.Call;
        CallKey waiting = Bound(pool, target).Admission.Call;

        Effect[] ends = pool.Exit(target, running).Of(EffectKind.Complete);

        Assert.Equal(
            [(running, Outcome.WorkerLostMayHaveRun), (waiting, Outcome.WorkerLostNotStarted)],
            ends.Select(static end => (end.Call, end.Outcome)));
        Assert.Equal(0, pool.Kernel.QueueLength);
    }

    [Fact]
    public void Recycle_worker_that_leaves_runs_the_calls_that_wait_for_it_and_then_stops()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey old = pool.Current();
        CallKey running = Bound(pool, old).Admission.Call;
        CallKey waiting = Bound(pool, old).Admission.Call;
        WorkerKey next = pool.Recycle(0).Single(EffectKind.Launch).Worker;
        pool.Boot(next).Single(EffectKind.WorkerDraining);

        Effect[] effects = pool.Reply(old, running);

        effects.None(EffectKind.Stop);
        Assert.Equal((old, waiting), (effects.Single(EffectKind.Send).Worker, effects.Single(EffectKind.Send).Call));
        Assert.Equal(old, pool.Reply(old, waiting).Single(EffectKind.Stop).Worker);
    }

    [Fact]
    public void Recycle_worker_without_calls_stops_when_the_last_call_that_waits_for_it_is_over()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey old = pool.Current();
        pool.Taint(0, duration: 10_000);
        CallKey waiting = Bound(pool, old).Admission.Call;
        WorkerKey next = pool.Recycle(0).Single(EffectKind.Launch).Worker;
        pool.Boot(next).None(EffectKind.Stop);

        Assert.Equal(old, pool.Abandon(waiting).Single(EffectKind.Stop).Worker);
    }

    [Fact]
    public void Submit_other_calls_do_not_wait_in_the_channel_of_a_worker_that_calls_wait_for()
    {
        KernelDriver pool = Serving(Pipelining());
        pool.Teach(tool: 1, runTime: 1);
        WorkerKey only = pool.Current();
        CallKey running = pool.Accept(tool: 1);
        CallKey bound = Bound(pool, only).Admission.Call;

        pool.Submit(tool: 1).Effects.None(EffectKind.Send);
        Assert.Equal(bound, pool.Reply(only, running, 1).Of(EffectKind.Send)[0].Call);
    }

    [Fact]
    public void Shutdown_rejects_what_waits_for_one_worker_too()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey only = pool.Current();
        Bound(pool, only);
        CallKey waiting = Bound(pool, only).Admission.Call;

        Effect end = pool.Shutdown().Single(EffectKind.Complete);

        Assert.Equal((waiting, Outcome.PoolStopping), (end.Call, end.Outcome));
    }

    [Fact]
    public void Submit_and_reply_of_bound_calls_allocate_nothing()
    {
        KernelDriver pool = Serving(Settings(2));
        WorkerKey target = pool.Current(0);
        var fx = new EffectList();
        CallKey first = Bound(pool, target).Admission.Call;
        Run(20_000);

        Assert.Equal(0, Allocations.Of(() => Run(20_000)));

        void Run(int calls)
        {
            for (int i = 0; i < calls; i++)
            {
                fx.Clear();
                CallKey next = pool.Kernel.Submit(pool.Now, new CallSpec(long.MaxValue, Idempotent: false, Target: target), fx).Call;
                pool.Kernel.Replied(pool.Now, target, first, -1, false, fx);
                first = next;
            }
        }
    }

    [Fact]
    public void Look_that_does_not_come_does_not_delay_the_calls_of_a_worker_that_leaves()
    {
        KernelDriver pool = Serving(Settings() with { DrainTimeout = 5_000 });
        WorkerKey old = pool.Current();
        WorkerKey next = pool.Recycle(0).Single(EffectKind.Launch).Worker;
        pool.Limit(old, Reason.MemoryThreshold).Single(EffectKind.LookAtMemory);
        CallKey waiting = Bound(pool, old).Admission.Call;
        pool.Boot(next);
        Assert.Equal(WorkerPhase.Draining, pool.Worker(old).Phase);

        Effect send = pool.TickAt(pool.Now + 1_000).Single(EffectKind.Send);

        Assert.Equal((old, waiting), (send.Worker, send.Call));
    }

    private static (Admission Admission, Effect[] Effects) Bound(KernelDriver pool, WorkerKey target) =>
        pool.Submit(new CallSpec(long.MaxValue, Idempotent: false, Target: target));
}
