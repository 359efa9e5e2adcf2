using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>The moves of strict sessions with their state, when their worker is replaced.</summary>
[Trait("Rule", "L11")]
public class SessionMoveKernelTests
{
    [Fact]
    public void Recycle_session_moves_to_the_replacement_and_the_old_worker_stops()
    {
        KernelDriver pool = Movers();
        WorkerKey old = Run(pool, 1);
        Effect order = Recycle(pool).Single(EffectKind.MoveSession);
        WorkerKey heir = pool.Current();

        Assert.Equal((old, 1ul, heir), (order.Worker, order.Session, order.Heir));
        Assert.Equal(old, Move(pool, 1).Worker);
        Effect import = pool.Move(1).Effects.Single(EffectKind.Send);
        Assert.Equal(heir, import.Worker);
        Effect[] moved = pool.Reply(heir, import.Call);

        Assert.Equal((old, heir), (moved.Single(EffectKind.SessionMoved).Worker, moved.Single(EffectKind.SessionMoved).Heir));
        Assert.Equal((old, heir), (moved.Single(EffectKind.EndSession).Worker, moved.Single(EffectKind.EndSession).Heir));
        Assert.Equal(old, moved.Single(EffectKind.Stop).Worker);
        Assert.Equal(heir, Run(pool, 1));
        Assert.Equal(1, pool.Worker(heir).Requests); // neither export nor import counts
    }

    [Fact]
    public void Recycle_calls_of_the_session_wait_for_the_end_of_the_move()
    {
        KernelDriver pool = Movers();
        WorkerKey old = Run(pool, 1);
        Recycle(pool);
        CallKey[] waiting = [.. Enumerable.Range(0, 2).Select(_ => Accept(pool, 1))];
        Move(pool, 1);
        CallKey later = Accept(pool, 1);
        Effect import = pool.Move(1).Effects.Single(EffectKind.Send);
        WorkerKey heir = import.Worker;

        var order = new List<CallKey>();
        for (Effect[] effects = pool.Reply(heir, import.Call); effects.Find(EffectKind.Send) is { } send;)
        {
            Assert.Equal(heir, send.Worker);
            order.Add(send.Call);
            effects = pool.Reply(heir, send.Call);
        }

        Assert.NotEqual(old, heir);
        Assert.Equal([.. waiting, later], order);
    }

    [Fact]
    public void Recycle_move_begins_when_both_workers_are_idle()
    {
        KernelDriver pool = Movers();
        Effect running = Call(pool, 1).Effects.Single(EffectKind.Send);
        CallKey next = Accept(pool, 1);
        Recycle(pool).None(EffectKind.MoveSession);
        Effect general = pool.Submit().Effects.Single(EffectKind.Send);

        pool.Reply(running.Worker, running.Call).None(EffectKind.MoveSession);
        pool.Submit().Effects.None(EffectKind.Send); // the new worker is to be free
        pool.Reply(general.Worker, general.Call).Single(EffectKind.MoveSession);
        Move(pool, 1);
        Effect import = pool.Move(1).Effects.Single(EffectKind.Send);

        Effect first = pool.Reply(import.Worker, import.Call).Single(EffectKind.Send);
        Assert.Equal(next, first.Call);
    }

    [Fact]
    public void Recycle_one_session_after_another_and_those_with_waiting_calls_first()
    {
        KernelDriver pool = Movers();
        for (ulong session = 1; session <= 3; session++)
        {
            Run(pool, session);
        }
        Effect busy = Call(pool, 3).Effects.Single(EffectKind.Send);
        Accept(pool, 2);
        Recycle(pool);

        var order = new List<ulong>();
        Effect[] effects = pool.Reply(busy.Worker, busy.Call);
        while (effects.Find(EffectKind.MoveSession) is { } move)
        {
            order.Add(move.Session);
            Move(pool, move.Session);
            Effect import = pool.Move(move.Session).Effects.Single(EffectKind.Send);
            effects = pool.Reply(import.Worker, import.Call);
            if (effects.Find(EffectKind.Send) is { } call)
            {
                effects = pool.Reply(call.Worker, call.Call);
            }
        }

        Assert.Equal([2, 3, 1], order);
        Assert.Equal(busy.Worker, effects.Single(EffectKind.Stop).Worker);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Recycle_session_that_cannot_move_stays_until_it_ends(bool isImport)
    {
        KernelDriver pool = Movers();
        WorkerKey old = Run(pool, 1);
        Recycle(pool);
        CallKey waiting = Accept(pool, 1);
        Effect call = pool.Move(1).Effects.Single(EffectKind.Send);
        if (isImport)
        {
            pool.Reply(old, call.Call);
            call = pool.Move(1).Effects.Single(EffectKind.Send);
        }

        Effect[] effects = pool.Reply(call.Worker, call.Call, failed: true);

        effects.None(EffectKind.SessionMoved);
        Assert.Equal((old, waiting), (effects.Single(EffectKind.Send).Worker, effects.Single(EffectKind.Send).Call));
        WorkerKey[] told = isImport ? [old] : []; // the new worker is told to forget it
        Assert.Equal(told, effects.Of(EffectKind.EndSession).Select(static e => e.Heir));
        pool.Reply(old, waiting).None(EffectKind.MoveSession); // it is tried once
        Assert.Equal(old, pool.EndSession(1).Single(EffectKind.Stop).Worker);
    }

    [Fact]
    public void Tick_export_that_takes_too_long_ends_the_moves_of_its_worker()
    {
        KernelDriver pool = Movers();
        WorkerKey old = Run(pool, 1);
        Run(pool, 2);
        Recycle(pool);
        Effect export = pool.Move(2).Effects.Single(EffectKind.Send);

        Effect[] effects = pool.TickAt(pool.Now + 110);

        Assert.Equal(Outcome.DeadlineRunning, effects.Single(EffectKind.Complete).Outcome);
        Assert.Equal(export.Call, effects.Single(EffectKind.Cancel).Call);
        pool.Reply(old, export.Call, failed: true).None(EffectKind.MoveSession);
        Assert.Equal(old, Run(pool, 1));
    }

    [Fact]
    public void Exit_heir_that_dies_leaves_the_session_with_its_worker()
    {
        (KernelDriver pool, WorkerKey old, Effect import) = Importing();

        pool.Exit(import.Worker, import.Call).None(EffectKind.SessionLost);

        Assert.Equal(old, Run(pool, 1));
    }

    [Fact]
    public void Exit_session_is_lost_with_its_worker_and_the_heir_forgets_it()
    {
        (KernelDriver pool, WorkerKey old, Effect import) = Importing();

        Assert.Equal(Reason.Died, pool.Exit(old).Single(EffectKind.SessionLost).Reason);
        Effect[] effects = pool.Reply(import.Worker, import.Call);

        effects.None(EffectKind.SessionMoved);
        Assert.Equal((import.Worker, old), (effects.Single(EffectKind.EndSession).Worker, effects.Single(EffectKind.EndSession).Heir));
        Assert.Equal(Outcome.SessionLost, Call(pool, 1).Admission.Rejection);
    }

    [Fact]
    public void End_session_ends_after_its_move_and_with_its_new_worker()
    {
        KernelDriver pool = Movers();
        WorkerKey old = Run(pool, 1);
        Recycle(pool);
        Move(pool, 1);
        pool.EndSession(1).None(EffectKind.SessionOver);
        Effect import = pool.Move(1).Effects.Single(EffectKind.Send);

        Effect[] effects = pool.Reply(import.Worker, import.Call);

        Assert.Equal(
            [(old, import.Worker), (import.Worker, default)],
            effects.Of(EffectKind.EndSession).Select(static e => (e.Worker, e.Heir)));
        Assert.Equal(1ul, effects.Single(EffectKind.SessionOver).Session);
        Assert.Equal(0, pool.Kernel.SessionCount);
    }

    [Fact]
    public void CancelMove_session_stays_and_both_workers_serve_on()
    {
        KernelDriver pool = Movers();
        WorkerKey old = Run(pool, 1);
        Recycle(pool);

        pool.CancelMove(1).None(EffectKind.MoveSession);

        Assert.Equal(old, Run(pool, 1));
        Assert.Equal(pool.Current(), pool.Submit().Effects.Single(EffectKind.Send).Worker);
        Assert.Equal(Outcome.Cancelled, pool.Move(1).Admission.Rejection);
    }

    [Fact]
    public void Shutdown_no_session_moves_to_a_worker_that_leaves_as_well()
    {
        KernelDriver pool = Movers(Settings() with { DrainQueueOnStop = true });
        Effect running = Call(pool, 1).Effects.Single(EffectKind.Send);
        CallKey next = Accept(pool, 1);
        Recycle(pool);
        pool.Shutdown();

        Effect[] effects = pool.Reply(running.Worker, running.Call);

        effects.None(EffectKind.MoveSession);
        Assert.Equal((running.Worker, next), (effects.Single(EffectKind.Send).Worker, effects.Single(EffectKind.Send).Call));
        Assert.Equal(2, effects.Concat(pool.Reply(running.Worker, next)).Count(static e => e.Kind == EffectKind.Stop));
    }

    [Fact]
    public void Recycle_worker_that_may_run_no_more_calls_moves_its_sessions()
    {
        KernelDriver pool = Movers(Settings() with { MaxRequests = 2, StrictMaxRequests = true });
        WorkerKey old = Run(pool, 1);
        Assert.Equal(old, Run(pool, 1));

        Effect[] effects = pool.Boot(pool.View.Workers.First(static w => w.Role == WorkerRole.Next).Key);

        effects.None(EffectKind.SessionLost);
        Assert.Equal(old, effects.Single(EffectKind.MoveSession).Worker);
    }

    [Fact]
    public void Resize_session_moves_to_a_worker_that_stays()
    {
        KernelDriver pool = Movers(Settings(2));
        Effect[] held = CallInSessions(pool, 2);
        foreach (Effect send in held)
        {
            pool.Reply(send.Worker, send.Call);
        }

        Effect[] effects = pool.Resize(1);

        Effect order = effects.Single(EffectKind.MoveSession);
        Assert.Equal((effects.Single(EffectKind.WorkerDraining).Worker, pool.Current()), (order.Worker, order.Heir));
    }

    [Fact]
    public void Resize_session_moves_to_a_worker_that_is_not_due_itself()
    {
        KernelDriver pool = Movers(Settings(3));
        Effect[] held = CallInSessions(pool, 3);
        foreach (Effect send in held)
        {
            pool.Reply(send.Worker, send.Call);
        }
        pool.Recycle(0);
        pool.Recycle(1);

        Effect[] effects = pool.Resize(2);

        Assert.Equal(1, effects.Single(EffectKind.WorkerDraining).Worker.Slot);
        Assert.Equal(2, effects.Single(EffectKind.MoveSession).Heir.Slot);
    }

    [Fact]
    public void Settle_heir_that_falls_due_before_its_turn_is_exchanged_for_one_that_is_not()
    {
        KernelDriver pool = Movers(Settings(3));
        Effect[] held = CallInSessions(pool, 3);
        foreach (Effect send in held[..2])
        {
            pool.Reply(send.Worker, send.Call);
        }
        Assert.Equal(0, held[2].Worker.Slot);
        pool.Resize(2).None(EffectKind.MoveSession); // the heir runs a call

        Effect[] effects = pool.Recycle(0);

        Assert.Equal(1, effects.Single(EffectKind.MoveSession).Heir.Slot);
    }

    [Fact]
    public void Tick_drain_timeout_loses_a_session_whose_move_is_under_way()
    {
        KernelDriver pool = Movers();
        WorkerKey old = Run(pool, 1);
        Recycle(pool);
        long end = pool.Now + pool.Plan.DrainTimeout;
        pool.Now = end - 50;
        Move(pool, 1);
        Effect import = pool.Move(1).Effects.Single(EffectKind.Send);

        Effect[] effects = pool.TickAt(end);

        Assert.Equal(Reason.DrainTimeout, effects.Single(EffectKind.SessionLost).Reason);
        Assert.Equal(old, effects.Single(EffectKind.Stop).Worker);
        pool.Reply(import.Worker, import.Call).None(EffectKind.SessionMoved);
    }

    /// <summary>Returns a pool whose session 1 is being imported by the replacement of its worker.</summary>
    private static (KernelDriver Pool, WorkerKey Old, Effect Import) Importing()
    {
        KernelDriver pool = Movers();
        WorkerKey old = Run(pool, 1);
        Recycle(pool);
        Move(pool, 1);
        Effect import = pool.Move(1).Effects.Single(EffectKind.Send);
        return (pool, old, import);
    }

    private static KernelDriver Movers(PoolPlan? plan = null)
    {
        var pool = new KernelDriver(plan ?? Settings()) { CanMove = true };
        pool.BootAll(pool.Start());
        return pool;
    }

    /// <summary>Replaces the worker of the first slot. Returns the effects of the step in which the replacement begins to serve.</summary>
    private static Effect[] Recycle(KernelDriver pool) => pool.Boot(pool.Recycle(0).Single(EffectKind.Launch).Worker);

    /// <summary>Exports a session.</summary>
    private static Effect Move(KernelDriver pool, ulong session)
    {
        Effect export = pool.Move(session).Effects.Single(EffectKind.Send);
        pool.Reply(export.Worker, export.Call).None(EffectKind.SessionMoved);
        return export;
    }

    /// <summary>Gives each of that many workers a call of a session of its own.</summary>
    private static Effect[] CallInSessions(KernelDriver pool, int workers) =>
        [.. Enumerable.Range(1, workers).Select(session => Call(pool, (ulong)session).Effects.Single(EffectKind.Send))];

    private static WorkerKey Run(KernelDriver pool, ulong session)
    {
        Effect send = Call(pool, session).Effects.Single(EffectKind.Send);
        pool.Reply(send.Worker, send.Call);
        return send.Worker;
    }

    private static CallKey Accept(KernelDriver pool, ulong session)
    {
        (Admission admission, Effect[] effects) = Call(pool, session);
        effects.None(EffectKind.Send);
        Assert.True(admission.Accepted);
        return admission.Call;
    }

    private static (Admission Admission, Effect[] Effects) Call(KernelDriver pool, ulong session) =>
        pool.Submit(new CallSpec(long.MaxValue, Idempotent: false, Session: session, Affinity: Affinity.StrictQueue));
}
