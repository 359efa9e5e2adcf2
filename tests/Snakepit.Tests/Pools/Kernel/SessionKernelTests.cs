using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Sessions: their workers, their ends, and what becomes of them when a worker leaves.</summary>
[Trait("Rule", "L11")]
public class SessionKernelTests
{
    [Fact]
    public void Submit_hint_goes_to_the_worker_of_the_session_and_moves_when_that_is_busy()
    {
        KernelDriver pool = Serving(Settings(3));
        WorkerKey first = Run(pool, 1, Affinity.Hint);
        Assert.All(Enumerable.Range(0, 5), _ => Assert.Equal(first, Run(pool, 1, Affinity.Hint)));
        Effect held = Call(pool, 1, Affinity.Hint).Effects.Single(EffectKind.Send);

        Effect[] moved = Call(pool, 1, Affinity.Hint).Effects;

        WorkerKey second = moved.Single(EffectKind.Send).Worker;
        Assert.NotEqual(first, second);
        Assert.Equal((first, 1ul), (moved.Single(EffectKind.EndSession).Worker, moved.Single(EffectKind.EndSession).Session));
        pool.Reply(first, held.Call);
        pool.Reply(second, moved.Single(EffectKind.Send).Call);
        Assert.Equal(second, Run(pool, 1, Affinity.Hint));
        Assert.Equal((0, 1), (pool.Worker(first).Sessions, pool.Worker(second).Sessions));
    }

    [Fact]
    public void Submit_strict_call_waits_for_its_worker_and_holds_up_nobody()
    {
        KernelDriver pool = Serving(Settings(2));
        Effect running = Call(pool, 1).Effects.Single(EffectKind.Send);
        CallKey waiting = Call(pool, 1).Admission.Call;

        Assert.NotEqual(running.Worker, pool.Submit().Effects.Single(EffectKind.Send).Worker);
        Effect next = pool.Reply(running.Worker, running.Call).Single(EffectKind.Send);

        Assert.Equal((running.Worker, waiting), (next.Worker, next.Call));
    }

    [Fact]
    public void Submit_fail_fast_is_rejected_while_its_worker_is_busy_and_no_longer()
    {
        KernelDriver pool = Serving(Settings(2));
        Effect running = Call(pool, 1, Affinity.StrictFailFast).Effects.Single(EffectKind.Send);

        Assert.Equal(Outcome.WorkerBusy, Call(pool, 1, Affinity.StrictFailFast).Admission.Rejection);
        pool.Reply(running.Worker, running.Call);

        Assert.Equal(running.Worker, Run(pool, 1, Affinity.StrictFailFast));
    }

    [Fact]
    public void Submit_calls_of_a_new_session_that_wait_together_have_one_worker()
    {
        KernelDriver pool = Serving(Settings(2));
        Effect[] others = [.. Enumerable.Range(0, 2).Select(_ => pool.Submit().Effects.Single(EffectKind.Send))];
        CallKey first = Call(pool, 1).Admission.Call;
        CallKey second = Call(pool, 1).Admission.Call;

        Effect sent = pool.Reply(others[0].Worker, others[0].Call).Single(EffectKind.Send);
        Assert.Equal(first, sent.Call);
        pool.Reply(others[1].Worker, others[1].Call).None(EffectKind.Send); // its other worker is free, and is not the session's

        Effect next = pool.Reply(sent.Worker, first).Single(EffectKind.Send);
        Assert.Equal((sent.Worker, second), (next.Worker, next.Call));
    }

    [Fact]
    public void Submit_a_hint_in_a_strict_session_waits_like_the_others()
    {
        KernelDriver pool = Serving(Settings(2));
        Effect running = Call(pool, 1).Effects.Single(EffectKind.Send);

        Call(pool, 1, Affinity.Hint).Effects.None(EffectKind.Send);

        Assert.Equal(running.Worker, pool.Reply(running.Worker, running.Call).Single(EffectKind.Send).Worker);
    }

    [Fact]
    public void Submit_a_hint_that_waits_is_called_back_to_the_worker_when_its_session_becomes_strict()
    {
        KernelDriver pool = Serving(Settings(2));
        WorkerKey own = Run(pool, 1, Affinity.Hint);
        Effect[] held = [.. Enumerable.Range(0, 2).Select(_ => pool.Submit().Effects.Single(EffectKind.Send))];
        CallKey hint = Call(pool, 1, Affinity.Hint).Admission.Call;
        CallKey strict = Call(pool, 1).Admission.Call;

        Effect other = held.Single(send => send.Worker != own);
        pool.Reply(other.Worker, other.Call).None(EffectKind.Send);
        Effect mine = held.Single(send => send.Worker == own);
        Effect first = pool.Reply(own, mine.Call).Single(EffectKind.Send);

        Assert.Equal((own, hint), (first.Worker, first.Call));
        Assert.Equal((own, strict), pool.Reply(own, hint).Of(EffectKind.Send).Select(static e => (e.Worker, e.Call)).Single());
    }

    [Fact]
    public void Exit_session_without_a_call_is_lost_once_and_may_begin_anew()
    {
        KernelDriver pool = Serving(Settings(2));
        WorkerKey worker = Run(pool, 1);
        Effect lost = pool.Exit(worker).Single(EffectKind.SessionLost);
        Assert.Equal((worker, 1ul, Reason.Died), (lost.Worker, lost.Session, lost.Reason));

        (Admission refused, Effect[] effects) = Call(pool, 1);

        Assert.Equal(Outcome.SessionLost, refused.Rejection);
        Assert.Equal(1ul, effects.Single(EffectKind.SessionOver).Session);
        Assert.Equal(0, pool.Kernel.SessionCount);
        Assert.NotEqual(worker, Run(pool, 2));
    }

    [Fact]
    public void Exit_calls_of_the_session_are_told_and_no_later_one()
    {
        KernelDriver pool = Serving(Settings(2));
        Effect running = Call(pool, 1).Effects.Single(EffectKind.Send);
        CallKey waiting = Call(pool, 1).Admission.Call;

        Effect[] effects = pool.Exit(running.Worker, running.Call);

        Assert.Equal(
            [(running.Call, Outcome.WorkerLostMayHaveRun), (waiting, Outcome.WorkerLostNotStarted)],
            effects.Of(EffectKind.Complete).Select(static e => (e.Call, e.Outcome)));
        Assert.Equal((1ul, Reason.Died), (effects.Single(EffectKind.SessionOver).Session, effects.Single(EffectKind.SessionOver).Reason));
        Assert.True(Call(pool, 2).Admission.Accepted);
    }

    [Fact]
    public void Exit_an_idempotent_strict_call_does_not_run_elsewhere()
    {
        KernelDriver pool = Serving(Settings(2));
        Effect running = pool.Submit(new CallSpec(long.MaxValue, Idempotent: true, Session: 1, Affinity: Affinity.StrictQueue))
            .Effects.Single(EffectKind.Send);

        Effect[] effects = pool.Exit(running.Worker, running.Call);

        effects.None(EffectKind.Send);
        Assert.Equal(Outcome.WorkerLostMayHaveRun, effects.Single(EffectKind.Complete).Outcome);
    }

    [Fact]
    public void Recycle_old_worker_serves_its_strict_session_until_it_ends()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey old = Run(pool, 1);
        WorkerKey next = pool.Recycle(0).Single(EffectKind.Launch).Worker;
        pool.Boot(next).None(EffectKind.Stop);

        Assert.Equal(old, Run(pool, 1));
        Assert.Equal(next, pool.Submit().Effects.Single(EffectKind.Send).Worker);
        Effect[] ended = End(pool, 1);

        Assert.Equal((old, old), (ended.Single(EffectKind.EndSession).Worker, ended.Single(EffectKind.Stop).Worker));
        Assert.Equal(Reason.None, ended.Single(EffectKind.SessionOver).Reason);
    }

    [Fact]
    public void Recycle_session_that_does_not_end_is_lost_at_the_drain_timeout()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey old = Run(pool, 1);
        pool.Boot(pool.Recycle(0).Single(EffectKind.Launch).Worker);

        Effect[] effects = pool.TickAt(pool.Now + pool.Plan.DrainTimeout);

        Effect lost = effects.Single(EffectKind.SessionLost);
        Assert.Equal((1ul, Reason.DrainTimeout), (lost.Session, lost.Reason));
        Assert.Equal((old, 1), (effects.Single(EffectKind.SessionsLost).Worker, effects.Single(EffectKind.SessionsLost).Sessions));
        Assert.Equal(old, effects.Single(EffectKind.Stop).Worker); // nothing runs there, so nothing is killed
        effects.None(EffectKind.Kill);
        Assert.Equal(Outcome.SessionLost, Call(pool, 1).Admission.Rejection);
    }

    [Fact]
    public void Recycle_hint_sessions_hold_up_nothing_and_move()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey old = Run(pool, 1, Affinity.Hint);
        WorkerKey next = pool.Recycle(0).Single(EffectKind.Launch).Worker;

        Assert.Equal(old, pool.Boot(next).Single(EffectKind.Stop).Worker);
        Assert.Equal(next, Run(pool, 1, Affinity.Hint));
    }

    [Fact]
    public void Recycle_worker_that_may_run_no_more_calls_loses_its_sessions_at_once()
    {
        KernelDriver pool = Serving(Settings(2) with { MaxRequests = 2, StrictMaxRequests = true });
        WorkerKey old = Run(pool, 1);
        Assert.Equal(old, Run(pool, 1));

        Effect[] effects = pool.Boot(pool.View.Workers.First(w => w.Role == WorkerRole.Next && w.Key.Slot == old.Slot).Key);

        Effect lost = effects.Single(EffectKind.SessionLost);
        Assert.Equal((1ul, Reason.MaxRequests), (lost.Session, lost.Reason));
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Recycle_last_call_of_a_draining_worker_frees_the_budget_for_a_waiting_spare()
    {
        KernelDriver pool = Serving(Settings() with { Spares = 2, MaxRequests = 3, StrictMaxRequests = true, MaxConcurrentRecycles = 1 });
        WorkerKey old = Run(pool, 1);
        Assert.Equal(old, pool.Recycle(0).Single(EffectKind.WorkerDraining).Worker); // a spare takes over, and the session stays
        WorkerKey second = pool.View.Workers.Single(static w => w is { Role: WorkerRole.Current }).Key;
        Assert.Equal(old, Run(pool, 1));
        pool.Recycle(second.Slot).None(EffectKind.Stop); // the budget is used up

        Effect[] effects = Call(pool, 1).Effects;

        Assert.Equal(old, effects.Single(EffectKind.Send).Worker);
        Assert.Equal(second, effects.Single(EffectKind.Stop).Worker);
    }

    [Fact]
    public void Resize_worker_with_a_strict_session_drains_until_it_ends()
    {
        KernelDriver pool = Serving(Settings(2));
        for (ulong session = 1; session <= 2; session++)
        {
            Call(pool, session);
        }
        foreach (CallView call in pool.View.Calls.ToArray())
        {
            pool.Reply(call.Worker, call.Key);
        }
        WorkerKey leaving = pool.Resize(1).Single(EffectKind.WorkerDraining).Worker;
        Assert.Equal(1, pool.Worker(leaving).Sessions);

        Effect[] effects = pool.TickAt(pool.Now + pool.Plan.DrainTimeout);

        Assert.Equal(leaving, effects.Single(EffectKind.Stop).Worker);
    }

    [Fact]
    public void Taint_a_strict_session_waits_for_its_end_and_a_hint_moves()
    {
        KernelDriver pool = Serving(Settings(2));
        WorkerKey worker = Run(pool, 1);
        pool.Taint(worker.Slot, duration: 100);

        Call(pool, 1).Effects.None(EffectKind.Send);
        Assert.NotEqual(worker, Run(pool, 2, Affinity.Hint));
        Assert.Equal(worker, pool.LiftTaint().Single(EffectKind.Send).Worker);
    }

    [Fact]
    public void Idle_worker_with_a_strict_session_does_not_rest()
    {
        KernelDriver pool = Serving(Settings(2) with { IdleTimeout = 50, MinReady = 0 });
        WorkerKey worker = Run(pool, 1);

        for (int i = 0; i < 10; i++)
        {
            pool.TickAt(pool.Now + 60);
        }

        Assert.Equal(WorkerPhase.Serving, pool.Worker(worker).Phase);
        End(pool, 1);
        Assert.Equal(worker, pool.TickAt(pool.Now + 120).Single(EffectKind.WorkerDraining).Worker);
    }

    [Fact]
    public void End_waits_for_the_calls_and_takes_no_more()
    {
        KernelDriver pool = Serving(Settings());
        Effect running = Call(pool, 1).Effects.Single(EffectKind.Send);

        End(pool, 1).None(EffectKind.SessionOver);
        Assert.Equal(Outcome.SessionEnding, Call(pool, 1).Admission.Rejection);
        Effect[] effects = pool.Reply(running.Worker, running.Call);

        Assert.Equal((running.Worker, 1ul), (effects.Single(EffectKind.EndSession).Worker, effects.Single(EffectKind.SessionOver).Session));
        End(pool, 1).None(EffectKind.SessionOver);
    }

    [Fact]
    public void Tick_ten_thousand_sessions_that_are_not_used_expire_and_leave_nothing()
    {
        KernelDriver pool = Serving(Settings(4) with { SessionTtl = 1_000 });
        for (ulong session = 1; session <= 10_000; session++)
        {
            Run(pool, session, session % 2 == 0 ? Affinity.Hint : Affinity.StrictQueue);
            pool.Now += session % 100 == 0 ? 1 : 0;
        }
        Assert.Equal(10_000, pool.Kernel.SessionCount);
        Assert.Equal(Outcome.TooManySessions, Call(pool, 10_001).Admission.Rejection);

        int over = 0;
        while (pool.Kernel.SessionCount > 0)
        {
            over += pool.Wake().Of(EffectKind.SessionOver).Length;
        }

        Assert.Equal(10_000, over);
        Assert.Equal(0, pool.View.Workers.Sum(static worker => worker.Sessions));
    }

    [Fact]
    public void Tick_a_session_with_a_call_is_in_use()
    {
        KernelDriver pool = Serving(Settings() with { SessionTtl = 1_000 });
        Effect running = Call(pool, 1).Effects.Single(EffectKind.Send);
        for (int i = 0; i < 3; i++)
        {
            pool.TickAt(pool.Now + 1_000).None(EffectKind.SessionOver);
        }
        pool.Now += 900;
        pool.Reply(running.Worker, running.Call);

        pool.TickAt(pool.Now + 999).None(EffectKind.SessionOver);
        Assert.Equal(Reason.Idle, pool.TickAt(pool.Now + 1).Single(EffectKind.SessionOver).Reason);
    }

    [Fact]
    public void Shutdown_does_not_wait_for_sessions()
    {
        KernelDriver pool = Serving(Settings(2));
        Run(pool, 1);

        Assert.Equal(2, pool.Shutdown().Of(EffectKind.Stop).Length);
    }

    [Fact]
    public void Submit_calls_of_a_session_do_not_wait_in_channels()
    {
        KernelDriver pool = Serving(Pipelining());
        pool.Teach(tool: 1, runTime: 1);
        pool.Accept(tool: 1);

        pool.Submit(new CallSpec(long.MaxValue, Idempotent: false, Tool: 1, Session: 1, Affinity: Affinity.StrictQueue))
            .Effects.None(EffectKind.Send);
    }

    [Fact]
    [Trait("Rule", "P8")]
    public void Submit_hint_waits_in_the_channel_of_the_worker_of_its_session()
    {
        KernelDriver pool = Serving(Pipelining(2));
        pool.Teach(tool: 1, runTime: 1);
        Effect own = Hint().Single(EffectKind.Send);
        pool.Accept(tool: 1);

        Assert.All(Enumerable.Range(0, 3), _ => Assert.Equal(own.Worker, Hint().Single(EffectKind.Send).Worker));

        Effect[] Hint() => pool.Submit(new CallSpec(long.MaxValue, Idempotent: false, Tool: 1, Session: 1)).Effects;
    }

    [Fact]
    public void Submit_and_reply_in_a_session_allocate_nothing()
    {
        KernelDriver pool = Serving(Settings(2));
        var fx = new EffectList();
        Run(20_000);

        Assert.Equal(0, Allocations.Of(() => Run(20_000)));

        void Run(int calls)
        {
            for (int i = 0; i < calls; i++)
            {
                fx.Clear();
                var spec = new CallSpec(
                    long.MaxValue, Idempotent: false, Session: (ulong)(1 + (i % 2)),
                    Affinity: i % 2 == 0 ? Affinity.Hint : Affinity.StrictQueue);
                CallKey call = pool.Kernel.Submit(pool.Now, spec, fx).Call;
                pool.Kernel.Replied(pool.Now, fx.Commands[0].Worker, call, -1, false, fx);
            }
        }
    }

    /// <summary>Runs a call of a session to its end.</summary>
    /// <returns>The worker that ran it.</returns>
    private static WorkerKey Run(KernelDriver pool, ulong session, Affinity affinity = Affinity.StrictQueue)
    {
        Effect send = Call(pool, session, affinity).Effects.Single(EffectKind.Send);
        pool.Reply(send.Worker, send.Call);
        return send.Worker;
    }

    private static (Admission Admission, Effect[] Effects) Call(
        KernelDriver pool, ulong session, Affinity affinity = Affinity.StrictQueue) =>
        pool.Submit(new CallSpec(long.MaxValue, Idempotent: false, Session: session, Affinity: affinity));

    private static Effect[] End(KernelDriver pool, ulong session) => pool.EndSession(session);
}
