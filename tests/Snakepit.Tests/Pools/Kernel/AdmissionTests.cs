using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>
/// Which calls are admitted, which wait, and the order in which waiting calls run. One worker, unless a test says otherwise.
/// </summary>
[Trait("Rule", "L4")]
public class AdmissionTests
{
    private const int Tool = 1;
    private const int RunTime = 100;

    [Fact]
    public void Submit_higher_priority_overtakes_younger_and_calls_of_less_than_a_step()
    {
        KernelDriver pool = Busy(Settings() with { PriorityStep = 1_000 }, out CallKey running);
        CallKey first = Submit(pool, priority: 0);
        pool.Now += 999;
        CallKey urgent = Submit(pool, priority: 1);
        CallKey last = Submit(pool, priority: 0);

        Assert.Equal([urgent, first, last], Drain(pool, running));
    }

    [Fact]
    public void Submit_high_priority_does_not_overtake_a_call_that_has_waited_for_its_steps()
    {
        KernelDriver pool = Busy(Settings() with { PriorityStep = 1_000 }, out CallKey running);
        CallKey patient = Submit(pool, priority: -2);
        pool.Now += 5_001 - 2_000;
        CallKey urgent = Submit(pool, priority: 1);

        Assert.Equal([patient, urgent], Drain(pool, running));
    }

    [Fact]
    public void Exited_calls_take_their_old_places_within_their_priority()
    {
        KernelDriver pool = Busy(Settings(2) with { PriorityStep = 1_000, MaxDepth = 0, MaxConcurrentStarts = 1 }, out CallKey running);
        CallKey second = Submit(pool, priority: 0); // on the other worker
        CallKey urgent = Submit(pool, priority: 1);
        CallKey third = Submit(pool, priority: 0);

        pool.Exit(pool.View.Calls.Find(call => call.Key == second).Worker);

        Assert.Equal([urgent, second, third], pool.View.Queue);
        Assert.Equal([urgent, second, third], Drain(pool, running));
    }

    [Fact]
    public void Submit_keys_take_turns_where_they_are_to()
    {
        KernelDriver pool = Busy(Settings() with { KeysTakeTurns = true }, out CallKey running);
        CallKey[] many = [.. Enumerable.Range(0, 4).Select(_ => Submit(pool, key: 1))];
        CallKey one = Submit(pool, key: 2);
        CallKey nobodys = Submit(pool);

        Assert.Equal([many[0], one, nobodys, many[1], many[2], many[3]], Drain(pool, running));
    }

    [Fact]
    public void Submit_priority_comes_before_turns()
    {
        KernelDriver pool = Busy(Settings() with { KeysTakeTurns = true, PriorityStep = 1_000 }, out CallKey running);
        CallKey low = Submit(pool, key: 2);
        CallKey[] urgent = [.. Enumerable.Range(0, 3).Select(_ => Submit(pool, priority: 5, key: 1))];

        Assert.Equal([.. urgent, low], Drain(pool, running));
    }

    [Fact]
    public void Submit_above_the_limit_of_a_key_is_rejected_with_the_numbers_of_the_key()
    {
        KernelDriver pool = Busy(Settings() with { LimitPerKey = 2 }, out CallKey running);
        Submit(pool, key: 7);
        Submit(pool, key: 7);

        Assert.Equal(new Admission(default, Outcome.KeyQueueFull, 2, 2), pool.Submit(new CallSpec(long.MaxValue, false, Key: 7)).Admission);
        Submit(pool, key: 8);
        for (int i = 0; i < 3; i++)
        {
            Submit(pool); // has no key, so no limit per key
        }
        Drain(pool, running, 1);
        Submit(pool, key: 7);
    }

    [Fact]
    public void Submit_quota_holds_calls_up_while_workers_are_free()
    {
        KernelDriver pool = Serving(Settings(3) with { MaxConcurrent = 2 });
        CallKey[] calls = [.. Enumerable.Range(0, 3).Select(_ => Submit(pool))];
        Assert.Equal([calls[2]], pool.View.Queue);

        WorkerKey worker = pool.View.Calls.Find(call => call.Key == calls[0]).Worker;
        Assert.Equal(calls[2], pool.Reply(worker, calls[0]).Single(EffectKind.Send).Call);
        Assert.Equal(2, pool.View.Running);
    }

    [Fact]
    public void Submit_late_call_is_rejected_at_once_with_the_expected_wait()
    {
        KernelDriver pool = Taught(out CallKey _);
        for (int i = 0; i < 5; i++)
        {
            Submit(pool, tool: Tool);
        }

        Admission late = pool.Submit(new CallSpec(pool.Now + (5 * RunTime) + RunTime - 1, false, Tool)).Admission;

        Assert.Equal(new Admission(default, Outcome.TooLate, 5, 1_000, 5 * RunTime), late);
        Assert.True(pool.Submit(new CallSpec(pool.Now + (6 * RunTime), false, Tool)).Admission.Accepted);
    }

    [Fact]
    public void Submit_late_call_of_high_priority_has_nothing_ahead()
    {
        KernelDriver pool = Taught(out CallKey _);
        for (int i = 0; i < 5; i++)
        {
            Submit(pool, tool: Tool);
        }

        Assert.True(pool.Submit(new CallSpec(pool.Now + RunTime, false, Tool, Priority: 1)).Admission.Accepted);
    }

    [Theory]
    [InlineData(15)] // one run too few for an estimate
    [InlineData(0)]
    public void Submit_late_call_of_what_is_not_known_waits(int runs)
    {
        KernelDriver pool = Serving(Settings() with { RejectLate = true });
        Teach(pool, runs);
        Submit(pool, tool: Tool);
        for (int i = 0; i < 20; i++)
        {
            Submit(pool, tool: Tool);
        }

        Assert.True(pool.Submit(new CallSpec(pool.Now + 1, false, Tool)).Admission.Accepted);
    }

    [Fact]
    public void Submit_late_call_of_what_varies_waits_until_calls_have_waited_in_vain()
    {
        KernelDriver pool = Serving(Settings() with { RejectLate = true });
        for (int i = 0; i < 64; i++)
        {
            Teach(pool, 1, i % 8 == 0 ? 8 * RunTime : 0); // the mean stays the same
        }
        Submit(pool, tool: Tool);
        for (int i = 0; i < 3; i++)
        {
            Submit(pool, tool: Tool);
        }
        CallSpec hopeless = new(pool.Now + RunTime, false, Tool);
        Assert.Equal(Outcome.None, pool.Kernel.Foresee(pool.Now, hopeless));

        pool.Submit(new CallSpec(pool.Now + 1, false, Tool));
        pool.TickAt(pool.Now + 30); // the estimate has passed

        Assert.NotEqual(Outcome.None, pool.Kernel.Foresee(pool.Now, hopeless with { Deadline = pool.Now + RunTime }));
    }

    [Fact]
    public void Reply_call_that_has_less_time_left_than_its_tool_takes_is_not_begun()
    {
        KernelDriver pool = Taught(out CallKey running);
        CallKey call = pool.Submit(new CallSpec(pool.Now + 150, false, Tool)).Admission.Call;
        pool.Now += 60;

        Effect[] effects = pool.Reply(pool.Current(), running, RunTime);

        effects.None(EffectKind.Send);
        Assert.Contains(effects, e => e.Kind == EffectKind.Complete && e.Call == call && e.Outcome == Outcome.TooLate);
    }

    [Fact]
    public void Submit_overtaking_call_that_finds_a_place_in_a_channel_does_not_wait_behind_one_that_finds_none()
    {
        KernelDriver pool = Serving(Pipelining() with { PriorityStep = 1_000 });
        pool.Teach(tool: 1, runTime: 5);
        Submit(pool, tool: 1);
        Submit(pool, tool: 2); // an unknown tool runs on idle workers only

        Effect[] effects = pool.Submit(new CallSpec(long.MaxValue, false, 1, Priority: 1)).Effects;

        effects.Single(EffectKind.Send);
        Assert.Single(pool.View.Queue);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Rule", "A7")]
    public void Submit_and_reply_of_many_keys_and_priorities_allocate_nothing(bool fair)
    {
        KernelDriver pool = Serving(Settings(4) with { KeysTakeTurns = fair, LimitPerKey = 1_000, PriorityStep = 10, RejectLate = true });
        var sent = new Queue<(WorkerKey, CallKey)>(64);
        var fx = new EffectList();
        long serial = 0;
        Run(20_000);

        Assert.Equal(0, Allocations.Of(() => Run(20_000)));

        void Run(int calls)
        {
            for (int i = 0; i < calls; i++)
            {
                serial++;
                fx.Clear();
                pool.Kernel.Submit(++pool.Now, new CallSpec(long.MaxValue, false, 1, 10, (int)(serial % 21) - 10, (ulong)serial % 50), fx);
                Note();
                if (pool.Kernel.QueueLength > 20)
                {
                    (WorkerKey worker, CallKey call) = sent.Dequeue();
                    fx.Clear();
                    pool.Kernel.Replied(pool.Now, worker, call, 1, false, fx);
                    Note();
                }
            }
        }

        void Note()
        {
            foreach (ref readonly Effect effect in fx.Commands)
            {
                sent.Enqueue((effect.Worker, effect.Call));
            }
        }
    }

    private static KernelDriver Busy(PoolPlan plan, out CallKey running)
    {
        KernelDriver pool = Serving(plan);
        running = Submit(pool);
        return pool;
    }

    /// <summary>Creates a pool with one worker that has just begun a call of a tool with a constant run time.</summary>
    private static KernelDriver Taught(out CallKey running)
    {
        KernelDriver pool = Serving(Settings() with { RejectLate = true, PriorityStep = 1_000 });
        Teach(pool, 16);
        running = Submit(pool, tool: Tool);
        return pool;
    }

    private static void Teach(KernelDriver pool, int runs, int runTime = RunTime)
    {
        if (runs > 0)
        {
            pool.Teach(Tool, runTime, runs);
        }
    }

    private static CallKey Submit(KernelDriver pool, int priority = 0, ulong key = 0, int tool = 0)
    {
        Admission admission = pool.Submit(new CallSpec(long.MaxValue, false, tool, Priority: priority, Key: key)).Admission;
        Assert.True(admission.Accepted);
        return admission.Call;
    }

    /// <summary>Answers one call after another, and returns the calls that were sent.</summary>
    private static List<CallKey> Drain(KernelDriver pool, CallKey running, int calls = int.MaxValue)
    {
        List<CallKey> sent = [];
        while (sent.Count < calls)
        {
            WorkerKey worker = pool.View.Calls.Find(call => call.Key == running).Worker;
            if (pool.Reply(worker, running).Find(EffectKind.Send) is not { } send)
            {
                break;
            }
            running = send.Call;
            sent.Add(running);
        }
        return sent;
    }
}
