using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>
/// Replacement by the number of calls: exact when the replacement is ready in time. Callers wait for it only when the limit is strict.
/// </summary>
public class MaxRequestsTests
{
    private const int RunTime = 10;

    [Fact]
    [Trait("Rule", "L6")]
    [Trait("Rule", "L10")]
    public void Submit_replacements_that_cannot_start_leave_every_worker_serving()
    {
        KernelDriver pool = Serving(Settings(size: 3) with { MaxRequests = 200, MinReady = 3 });
        var told = new List<Effect>();

        for (int i = 0; i < 2_000; i++)
        {
            var effects = new Queue<Effect>(Serve(pool));
            while (effects.TryDequeue(out Effect effect))
            {
                told.Add(effect);
                foreach (Effect next in effect.Kind == EffectKind.Launch ? pool.Signal(SignalKind.LaunchFailed, effect.Worker) : [])
                {
                    effects.Enqueue(next); // may be another slot's attempt
                }
            }
            Assert.Equal((3, PoolState.Ready), (pool.View.Ready, pool.View.State));
        }

        Assert.All(
            pool.View.Workers, static worker => Assert.True(worker.Requests > 600, $"{worker.Key} has begun {worker.Requests} calls"));
        Assert.Equal(Reason.MaxRequests, told.ToArray().Single(EffectKind.ReplacementOverdue).Reason);
        Assert.True(told.Count(static effect => effect.Kind == EffectKind.StartFailed) > 2);
    }

    [Fact]
    [Trait("Rule", "L6")]
    public void Submit_starts_that_are_slower_than_the_limit_is_reached_leave_MinReady_workers_ready()
    {
        const int StartTime = 2_000;
        KernelDriver pool = Serving(Settings(size: 3) with { MaxRequests = 50, MinReady = 3 });
        var booting = new Queue<(WorkerKey Worker, long ReadyAt)>();
        int recycled = 0;

        for (int i = 0; i < 3_000; i++)
        {
            foreach (Effect effect in Serve(pool))
            {
                switch (effect.Kind)
                {
                    case EffectKind.Launch:
                        booting.Enqueue((effect.Worker, pool.Now + StartTime));
                        break;
                    case EffectKind.Stop:
                        recycled++;
                        pool.BootLater(pool.Exit(effect.Worker), booting, StartTime);
                        break;
                }
            }
            while (booting.TryPeek(out (WorkerKey Worker, long ReadyAt) next) && next.ReadyAt <= pool.Now)
            {
                booting.Dequeue();
                foreach (Effect stop in pool.BootLater(pool.Boot(next.Worker), booting, StartTime).Of(EffectKind.Stop))
                {
                    recycled++;
                    pool.BootLater(pool.Exit(stop.Worker), booting, StartTime);
                }
            }
            Assert.Equal(3, pool.View.Ready);
        }
        Assert.InRange(recycled, 3_000 * RunTime / StartTime / 2, int.MaxValue);
    }

    [Fact]
    [Trait("Rule", "L8")]
    public void Submit_last_call_gives_way_in_the_same_step_when_the_replacement_is_ready()
    {
        KernelDriver pool = Serving(Settings() with { MaxRequests = 1 });
        WorkerKey old = pool.Current();
        WorkerKey next = pool.View.Workers.Single(static worker => worker.Role == WorkerRole.Next).Key; // has started with it and is ready

        Effect[] effects = pool.Submit().Effects;

        Assert.Equal((old, old), (effects.Single(EffectKind.Send).Worker, effects.Single(EffectKind.WorkerDraining).Worker));
        Assert.Equal(next, pool.Current());
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void Submit_beyond_the_limit_goes_to_the_old_worker_until_the_replacement_is_ready()
    {
        KernelDriver pool = Serving(Settings() with { MaxRequests = 2 });
        WorkerKey old = pool.Current();
        WorkerKey next = UseUp(pool, old);

        Assert.Equal(old, pool.Submit().Effects.Single(EffectKind.Send).Worker);
        Assert.Equal((3L, Reason.MaxRequests, 1), (pool.Worker(old).Requests, pool.Worker(old).ReplaceReason, pool.View.Ready));

        Effect[] swap = pool.Boot(next);
        Assert.Equal(
            (old, Reason.MaxRequests), (swap.Single(EffectKind.WorkerDraining).Worker, swap.Single(EffectKind.WorkerDraining).Reason));
        Assert.Equal(next, pool.Submit().Effects.Single(EffectKind.Send).Worker);
    }

    [Fact]
    public void DueSince_and_failures_are_those_of_the_replacement_that_is_wanted()
    {
        KernelDriver pool = Serving(Settings() with { MaxRequests = 2 });
        WorkerKey old = pool.Current();
        WorkerKey next = UseUp(pool, old);
        long due = pool.Now;
        pool.Now += 500;

        pool.Signal(SignalKind.LaunchFailed, next).Single(EffectKind.ReplacementOverdue);
        Assert.Equal((due, 1), (pool.Worker(old).DueSince, pool.Worker(old).FailedReplacements));

        next = pool.Wake().Single(EffectKind.Launch).Worker;
        pool.Signal(SignalKind.LaunchFailed, next).None(EffectKind.ReplacementOverdue);
        Assert.Equal((due, 2), (pool.Worker(old).DueSince, pool.Worker(old).FailedReplacements));

        next = pool.Wake().Single(EffectKind.Launch).Worker;
        pool.Boot(next);
        pool.Exit(old);
        Assert.Equal((long.MaxValue, 0), (pool.Worker(next).DueSince, pool.Worker(next).FailedReplacements));

        UseUp(pool, next); // a new episode
        pool.Signal(SignalKind.LaunchFailed, pool.View.Workers.Single(static worker => worker.Role == WorkerRole.Next).Key)
            .Single(EffectKind.ReplacementOverdue);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void Due_after_its_planned_replacement_has_failed_is_told_at_once()
    {
        var pool = new KernelDriver(Settings() with { MaxRequests = 1 });
        WorkerKey next = pool.Boot(pool.Start().Single(EffectKind.Launch).Worker).Single(EffectKind.Launch).Worker;
        pool.Signal(SignalKind.LaunchFailed, next).None(EffectKind.ReplacementOverdue); // not due yet

        Assert.Equal(pool.Current(), pool.Submit().Effects.Single(EffectKind.ReplacementOverdue).Worker);
    }

    [Fact]
    [Trait("Rule", "L6")]
    public void Strict_used_up_workers_take_no_calls_and_do_not_serve()
    {
        KernelDriver pool = Serving(Settings() with { MaxRequests = 2, StrictMaxRequests = true });
        WorkerKey old = pool.Current();
        WorkerKey next = UseUp(pool, old);

        (Admission waiting, Effect[] none) = pool.Submit();

        none.None(EffectKind.Send);
        Assert.Equal((0, true), (pool.View.Ready, pool.Worker(old).Exhausted));
        Effect[] swap = pool.Boot(next);
        Assert.Equal((next, waiting.Call), (swap.Single(EffectKind.Send).Worker, swap.Single(EffectKind.Send).Call));
        Assert.Equal(Reason.MaxRequests, pool.Exit(old).Single(EffectKind.WorkerRecycled).Reason);
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Strict_used_up_workers_are_replaced_all_at_once_beside_the_budget()
    {
        KernelDriver pool = Serving(Settings(size: 4) with { MaxRequests = 2, StrictMaxRequests = true, MaxConcurrentRecycles = 1 });
        WorkerKey[] old = [pool.Current(0), pool.Current(1), pool.Current(2)];
        pool.Recycle(3).Single(EffectKind.Launch); // uses up the budget
        var launches = new List<WorkerKey>();

        for (int i = 0; i < 8; i++)
        {
            pool.Now += 1_000;
            Effect[] effects = pool.Submit().Effects;
            launches.AddRange(effects.Of(EffectKind.Launch).Select(static launch => launch.Worker));
            Effect send = effects.Single(EffectKind.Send);
            pool.Reply(send.Worker, send.Call);
        }

        Assert.Equal([0, 1, 2], launches.Select(static worker => worker.Slot).Order());
        Assert.All(old, worker => Assert.True(pool.Worker(worker).Exhausted));
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Strict_used_up_workers_hold_up_no_other_replacement()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { MaxRequests = 2, StrictMaxRequests = true, MaxConcurrentRecycles = 1 });
        UseUp(pool, pool.Current(1)); // its replacement is starting

        Assert.Equal(0, pool.Recycle(0).Single(EffectKind.Launch).Worker.Slot);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void A_reason_that_nothing_holds_back_ends_the_pause_of_one_that_is_held_back()
    {
        KernelDriver pool = Serving(Settings() with { MaxRequests = 2, InitialBackoff = 30_000 });
        WorkerKey sick = pool.Current();
        WorkerKey next = pool.Limit(sick, Reason.HealthCheckFailed).Single(EffectKind.Launch).Worker;
        pool.Boot(next);
        pool.Exit(sick);
        pool.Limit(next, Reason.HealthCheckFailed).None(EffectKind.Launch); // the replacement had the same problem, so the kernel waits

        UseUp(pool, next);

        Assert.Equal(Reason.MaxRequests, pool.Worker(next).ReplaceReason);
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Recalled_call_gives_its_count_back_also_beyond_the_limit()
    {
        KernelDriver pool = Taught(Pipelining() with { MaxRequests = 12 });
        WorkerKey worker = pool.Current();
        CallKey[] calls = [.. Enumerable.Range(0, 6).Select(_ => pool.Accept(tool: 1))];
        Assert.Equal((14L, 5), (pool.Worker(worker).Requests, pool.Worker(worker).Waiting));
        pool.TickAt(pool.Now + pool.Plan.StallCheck).Single(EffectKind.Recall);

        pool.Recall(worker, calls[5]);

        Assert.Equal(13, pool.Worker(worker).Requests);
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void Recalled_call_lets_an_exhausted_worker_serve_on_in_vain_which_is_told()
    {
        KernelDriver pool = Taught(Pipelining() with { MaxRequests = 12, StrictMaxRequests = true });
        WorkerKey worker = pool.Current();
        var effects = new List<Effect>();
        var calls = new List<CallKey>();
        while (pool.Worker(worker).Requests < 12)
        {
            (Admission admission, Effect[] sent) = pool.Submit(tool: 1);
            calls.Add(admission.Call);
            effects.AddRange(sent);
        }
        pool.Signal(SignalKind.LaunchFailed, effects.ToArray().Single(EffectKind.Launch).Worker).None(EffectKind.ReplacementOverdue);
        pool.TickAt(pool.Now + pool.Plan.StallCheck).Single(EffectKind.Recall);

        Effect[] told = pool.Recall(worker, calls[^1]);

        Assert.Equal(worker, told.Single(EffectKind.ReplacementOverdue).Worker);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(1_200)]
    [Trait("Rule", "L6")]
    public void Submit_workers_of_one_age_are_all_replaced_before_the_limit_though_one_starts_at_a_time(int startTime)
    {
        const int Limit = 1_000;
        KernelDriver pool = Serving(Settings(size: 4) with { MaxRequests = Limit, MaxConcurrentRecycles = 1, DrainTimeout = 10_000 });
        var running = new PriorityQueue<Effect, long>();
        var booting = new Queue<(WorkerKey Worker, long ReadyAt)>();
        var requests = new List<long>();

        for (int i = 0; i < 40_000; i++)
        {
            pool.Now += i % 2 == 0 ? 2 : 3; // 400 calls a second, of which two overlap now and then
            while (running.TryPeek(out Effect call, out long end) && end <= pool.Now)
            {
                running.Dequeue();
                See(pool.Reply(call.Worker, call.Call));
            }
            while (booting.TryPeek(out (WorkerKey Worker, long ReadyAt) next) && next.ReadyAt <= pool.Now)
            {
                See(pool.Boot(booting.Dequeue().Worker));
            }
            See(pool.TickAt(pool.Now));
            See(pool.Submit().Effects);
        }

        Assert.True(requests.Count > 40);
        Assert.True(
            requests.Max() <= Limit, $"{requests.Count(static r => r > Limit)} of {requests.Count} overshoot, the most {requests.Max()}");

        void See(Effect[] effects)
        {
            foreach (Effect effect in effects)
            {
                switch (effect.Kind)
                {
                    case EffectKind.Send:
                        running.Enqueue(effect, pool.Now + 2 + (effect.Call.Index % 3));
                        break;
                    case EffectKind.Launch:
                        booting.Enqueue((effect.Worker, pool.Now + startTime));
                        break;
                    case EffectKind.WorkerDraining:
                        requests.Add(pool.Worker(effect.Worker).Requests);
                        break;
                    case EffectKind.Stop:
                        See(pool.Exit(effect.Worker));
                        break;
                }
            }
        }
    }

    [Fact]
    [Trait("Rule", "L10")]
    public void Submit_worker_whose_replacement_is_to_come_is_used_last_and_first_when_it_is_ready()
    {
        var pool = new KernelDriver(Settings(size: 2) with { MaxRequests = 100 });
        Effect[] starts = pool.Start();
        pool.Now += 1_000;
        pool.BootAll(starts);
        pool.Now += 10_000;
        WorkerKey old = pool.Submit().Effects.Single(EffectKind.Send).Worker;
        pool.Reply(old, pool.View.Calls[0].Key);
        WorkerKey next = default;
        while (next.IsNone)
        {
            pool.Now += 200;
            (_, Effect[] effects) = pool.Submit();
            Assert.Equal(old, effects.Single(EffectKind.Send).Worker);
            next = effects.Find(EffectKind.Launch)?.Worker ?? default;
            pool.Reply(old, pool.View.Calls[0].Key);
        }

        WorkerKey other = pool.Submit().Effects.Single(EffectKind.Send).Worker;
        pool.Reply(other, pool.View.Calls[0].Key);
        pool.Boot(next);

        Assert.NotEqual(old, other);
        Assert.Equal(old, pool.Submit().Effects.Single(EffectKind.Send).Worker);
    }

    private static KernelDriver Taught(PoolPlan plan)
    {
        KernelDriver pool = Serving(plan);
        pool.Now += 10_000; // a slow pace: no reason to plan ahead
        pool.Teach(tool: 1, runTime: 1);
        return pool;
    }

    /// <summary>Runs two calls on a worker, so slowly that nothing is planned ahead.</summary>
    /// <returns>The replacement that starts with the second call.</returns>
    private static WorkerKey UseUp(KernelDriver pool, WorkerKey worker)
    {
        Effect[] effects = [];
        for (int i = 0; i < 2; i++)
        {
            pool.Now += 10_000;
            effects = pool.Submit().Effects;
            Effect send = effects.Single(EffectKind.Send);
            Assert.Equal(worker, send.Worker);
            pool.Reply(worker, send.Call);
        }
        return effects.Single(EffectKind.Launch).Worker;
    }

    /// <summary>Runs one call on each of three workers, and what is due by then. No call waits.</summary>
    private static Effect[] Serve(KernelDriver pool)
    {
        (Admission Admission, Effect[] Effects)[] calls = [pool.Submit(), pool.Submit(), pool.Submit()];
        var effects = new List<Effect>(pool.TickAt(pool.Now + RunTime));
        foreach ((Admission admission, Effect[] sent) in calls)
        {
            effects.AddRange(sent);
            effects.AddRange(pool.Reply(sent.Single(EffectKind.Send).Worker, admission.Call));
        }
        return [.. effects];
    }
}

/// <summary>Starts that take time.</summary>
file static class SlowStarts
{
    public static Effect[] BootLater(this KernelDriver pool, Effect[] effects, Queue<(WorkerKey Worker, long ReadyAt)> booting, long takes)
    {
        foreach (Effect launch in effects.Of(EffectKind.Launch))
        {
            booting.Enqueue((launch.Worker, pool.Now + takes));
        }
        return effects;
    }
}
