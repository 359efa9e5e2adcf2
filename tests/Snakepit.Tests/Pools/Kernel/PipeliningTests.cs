using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>P8: which calls may wait in the channel of a busy worker.</summary>
[Trait("Rule", "P8")]
[Trait("Rule", "L2")]
public class PipeliningTests
{
    private const int Fast = 1;
    private const int Slow = 2;
    private const int NeverRun = 3;
    private const int Unknown = 0;

    [Fact]
    public void Submit_call_of_a_fast_tool_waits_in_the_channel_of_a_busy_worker()
    {
        KernelDriver pool = Taught(Pipelining());
        pool.Accept(tool: Fast);

        Effect send = pool.Submit(tool: Fast).Effects.Single(EffectKind.Send);

        Assert.Equal((pool.Current(), 1), (send.Worker, send.Attempt));
        Assert.Equal((2, 1), (pool.Worker(send.Worker).Load, pool.Worker(send.Worker).Waiting));
        Assert.False(pool.Worker(send.Worker).Available);
    }

    [Theory]
    [InlineData(0, 1, true, Fast, Fast)] // no depth
    [InlineData(8, 2, true, Fast, Fast)] // threads
    [InlineData(8, 1, false, Fast, Fast)] // its calls could not be recalled
    [InlineData(8, 1, true, Fast, Slow)]
    [InlineData(8, 1, true, Slow, Fast)]
    [InlineData(8, 1, true, Fast, Unknown)]
    [InlineData(8, 1, true, Unknown, Fast)]
    [InlineData(8, 1, true, Fast, NeverRun)]
    public void Submit_call_that_must_not_wait_in_a_channel_is_queued(int depth, int capacity, bool canRecall, int first, int second)
    {
        KernelDriver pool = Taught(Pipelining() with { MaxDepth = depth, Capacity = capacity }, canRecall);
        for (int i = 0; i < capacity; i++)
        {
            pool.Accept(tool: first);
        }

        CallKey call = pool.Accept(tool: second);

        Assert.Equal([call], pool.View.Queue);
    }

    [Fact]
    public void Submit_behind_a_call_without_caller_is_refused()
    {
        KernelDriver pool = Taught(Pipelining());
        pool.Abandon(pool.Accept(tool: Fast));

        pool.Submit(tool: Fast).Effects.None(EffectKind.Send);
    }

    [Fact]
    public void Submit_depth_is_bounded_by_the_number_of_calls()
    {
        KernelDriver pool = Taught(Pipelining() with { MaxDepth = 3, MaxHeldWork = 1_000 });

        Assert.Equal(4, CountSends(pool, 10, 0));
    }

    [Fact]
    public void Submit_depth_is_bounded_by_expected_work()
    {
        KernelDriver pool = Taught(Pipelining() with { MaxHeldWork = 60 });

        Assert.Equal(5, CountSends(pool, 10, 0)); // up to 11 + 1 calls each
    }

    [Fact]
    public void Submit_depth_is_bounded_by_the_bytes_that_wait()
    {
        KernelDriver pool = Taught(Pipelining() with { MaxHeldWork = 1_000 });

        Assert.Equal(3, CountSends(pool, 10, 500)); // the running call has been read
    }

    [Fact]
    public void Submit_call_larger_than_what_may_wait_is_queued()
    {
        KernelDriver pool = Taught(Pipelining());
        pool.Accept(tool: Fast);

        pool.Submit(tool: Fast, bytes: 1_001).Effects.None(EffectKind.Send);
    }

    [Fact]
    public void Submit_idle_worker_comes_first_then_the_least_loaded()
    {
        KernelDriver pool = Taught(Pipelining(size: 3));

        WorkerKey[] taken = [.. Enumerable.Range(0, 9).Select(_ => pool.Submit(tool: Fast).Effects.Single(EffectKind.Send).Worker)];

        for (int round = 0; round < 3; round++)
        {
            Assert.Equal(3, taken[(round * 3)..((round + 1) * 3)].Distinct().Count());
        }
        WorkerView idle = pool.View.Workers[1];
        foreach (CallView call in pool.View.Calls.Where(call => call.Worker == idle.Key).ToArray())
        {
            pool.Reply(idle.Key, call.Key, 10);
        }
        Assert.Equal(idle.Key, pool.Submit(tool: Slow).Effects.Single(EffectKind.Send).Worker);
    }

    [Fact]
    [Trait("Rule", "L4")]
    public void Submit_nothing_is_pipelined_past_a_slow_head_of_the_queue()
    {
        KernelDriver pool = Taught(Pipelining());
        CallKey running = pool.Accept(tool: Fast);
        CallKey slow = pool.Accept(tool: Slow);
        CallKey fast = pool.Accept(tool: Fast);

        Assert.Equal([slow, fast], pool.View.Queue);
        Assert.Equal(slow, pool.Reply(pool.Current(), running, 10).Single(EffectKind.Send).Call);
        Assert.Equal(fast, pool.Reply(pool.Current(), slow, 500).Single(EffectKind.Send).Call);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Rule", "L4")]
    public void Abandon_slow_head_of_the_queue_lets_the_next_one_through(bool byTime)
    {
        KernelDriver pool = Taught(Pipelining() with { StallCheck = 5_000 });
        pool.Accept(tool: Fast);
        CallKey slow = pool.Accept(deadline: byTime ? 1_100 : long.MaxValue, tool: Slow);
        CallKey fast = pool.Accept(tool: Fast);

        Effect[] effects = byTime ? pool.TickAt(1_110) : pool.Abandon(slow);

        Assert.Equal(fast, effects.Single(EffectKind.Send).Call);
    }

    [Fact]
    public void Replied_tool_that_has_become_slow_is_sent_to_idle_workers_only()
    {
        KernelDriver pool = Taught(Pipelining());
        CallKey[] calls = [.. Enumerable.Range(0, 8).Select(_ => pool.Accept(tool: Fast))];
        for (int i = 0; i < 4; i++)
        {
            pool.Reply(pool.Current(), calls[i], 1_000);
        }

        pool.Submit(tool: Fast).Effects.None(EffectKind.Send);
        for (int i = 4; i < 7; i++)
        {
            pool.Reply(pool.Current(), calls[i], 10).None(EffectKind.Send);
        }
        pool.Reply(pool.Current(), calls[7], 10).Single(EffectKind.Send);
    }

    [Fact]
    public void Replied_tool_that_turns_out_fast_fills_the_channels_of_those_who_run_it()
    {
        KernelDriver pool = Serving(Pipelining(size: 2));
        pool.Teach(Fast, 10, runs: 7);
        CallKey[] calls = [pool.Accept(tool: Fast), pool.Accept(tool: Fast), pool.Accept(tool: Fast), pool.Accept(tool: Fast)];
        Assert.Equal(2, pool.View.Queue.Count);

        Effect[] effects = pool.Reply(pool.View.Calls.Find(call => call.Key == calls[0]).Worker, calls[0], 10);

        Assert.Equal([calls[2], calls[3]], effects.Of(EffectKind.Send).Select(static send => send.Call));
        Assert.Empty(pool.View.Queue);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Submit_full_queue_rejects_though_calls_wait_in_channels(int limit)
    {
        KernelDriver pool = Taught(Pipelining() with { MaxDepth = 1, QueueLimit = limit });
        for (int i = 0; i < 2 + limit; i++)
        {
            pool.Accept(tool: Fast);
        }

        Assert.Equal(Outcome.QueueFull, pool.Submit(tool: Fast).Admission.Rejection);
    }

    [Fact]
    [Trait("Rule", "L9")]
    public void Submit_strict_max_requests_bounds_running_and_waiting_calls()
    {
        KernelDriver pool = Taught(Pipelining() with { MaxRequests = 20, StrictMaxRequests = true });

        Assert.Equal(4, CountSends(pool, 8, 0)); // 16 taught the tool
        Assert.Equal(20, pool.Worker(pool.Current()).Requests);
    }

    [Fact]
    public void NextWake_pool_without_waiting_calls_arms_no_stall_check()
    {
        KernelDriver pool = Taught(Pipelining());
        CallKey running = pool.Accept(tool: Fast);
        Assert.Equal(long.MaxValue, pool.Kernel.NextWake);

        CallKey waiting = pool.Accept(tool: Fast);
        Assert.Equal(pool.Now + 50, pool.Kernel.NextWake);

        pool.Reply(pool.Current(), running, 10);
        Assert.Equal(long.MaxValue, pool.Kernel.NextWake);
        pool.Reply(pool.Current(), waiting, 10);
        Assert.Equal(long.MaxValue, pool.Kernel.NextWake);
    }

    /// <summary>Creates a pool that knows one tool of 10 ms and one of 500 ms.</summary>
    private static KernelDriver Taught(PoolPlan plan, bool canRecall = true)
    {
        var pool = new KernelDriver(plan) { CanRecall = canRecall };
        pool.BootAll(pool.Start());
        pool.Teach(Fast, 11);
        pool.Teach(Slow, 500);
        return pool;
    }

    private static int CountSends(KernelDriver pool, int calls, int bytes) =>
        Enumerable.Range(0, calls).Count(_ => pool.Submit(tool: Fast, bytes: bytes).Effects.Find(EffectKind.Send) is not null);

    [Fact]
    [Trait("Rule", "A3")]
    public void Replied_error_that_brings_in_a_waiting_replacement_leaves_its_worker_known_as_idle()
    {
        KernelDriver pool = new(Pipelining(2) with { Ttl = 10_000, MaxConsecutiveErrors = 1, MaxConcurrentRecycles = 1 });
        Effect[] launched = pool.Start();
        pool.Now += 400; // so a replacement starts ahead of time
        pool.BootAll(launched);
        pool.Teach(Fast, runTime: 1);
        Effect? launch = null;
        for (int i = 0; launch is null && i < 100; i++)
        {
            launch = pool.Wake().Find(EffectKind.Launch);
        }
        WorkerKey held = Assert.NotNull(launch).Worker;
        pool.Boot(held).None(EffectKind.WorkerDraining); // too early
        pool.Now += 600;
        Effect[] running = [.. Enumerable.Range(0, 2).Select(_ => pool.Submit(tool: Fast).Effects.Single(EffectKind.Send))];
        CallKey tooLargeToWait = pool.Accept(tool: Fast, bytes: 1_001);
        CallKey behindIt = pool.Accept(tool: Fast);
        Assert.Equal([tooLargeToWait, behindIt], pool.View.Queue);
        Effect other = running.Single(send => send.Worker.Slot != held.Slot);

        Effect[] effects = pool.Reply(other.Worker, other.Call, failed: true);

        Assert.Equal(
            [(held, tooLargeToWait), (other.Worker, behindIt)], effects.Of(EffectKind.Send).Select(send => (send.Worker, send.Call)));
    }
}
