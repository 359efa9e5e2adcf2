using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>A7: a call allocates no memory in the kernel.</summary>
public class AllocationTests
{
    [Theory]
    [InlineData(4, 0, false)]
    [InlineData(4, 1_000_000, false)]
    [InlineData(250, 0, false)]
    [InlineData(250, 1_000_000, false)]
    [InlineData(4, 0, true)]
    [InlineData(250, 1_000_000, true)]
    [Trait("Rule", "A7")]
    public void Submit_and_reply_allocate_nothing(int size, int maxRequests, bool queued)
    {
        KernelDriver pool = Serving(Settings(size) with { MaxRequests = maxRequests });
        var running = new Queue<(WorkerKey Worker, CallKey Call)>(4 * size);
        var fx = new EffectList();
        int depth = queued ? size * 2 : size / 2;
        Run(pool, running, fx, depth, 20_000);

        Assert.Equal(0, Allocations.Of(() => Run(pool, running, fx, depth, 20_000)));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(250)]
    [Trait("Rule", "A7")]
    public void Submit_and_reply_with_every_trigger_on_allocate_nothing(int size)
    {
        KernelDriver pool = Serving(Settings(size) with
        {
            Spares = 1, Ttl = 1_000_000_000, IdleTimeout = 1_000, MaxRequests = 1_000_000, MaxConsecutiveErrors = 1_000_000,
            MinReady = size,
            PingInterval = 1_000_000, LivenessTimeout = 1_000, CheckInterval = 1_000,
        });
        var running = new Queue<(WorkerKey Worker, CallKey Call)>(4 * size);
        var fx = new EffectList();
        Run(pool, running, fx, size / 2, 20_000);

        Assert.Equal(0, Allocations.Of(() => Run(pool, running, fx, size / 2, 20_000)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [Trait("Rule", "A7")]
    [Trait("Rule", "P8")]
    [Trait("Rule", "P9")]
    public void Pipelined_submit_reply_and_recall_allocate_nothing(int size)
    {
        KernelDriver pool = Serving(Pipelining(size) with { MaxHeldWork = 1_000, MaxDepth = 16 });
        pool.Teach(tool: 1, runTime: 5);
        var sent = new Queue<(WorkerKey Worker, CallKey Call)>(64 * size);
        var fx = new EffectList();
        RunPipelined(pool, sent, fx, 20_000);

        Assert.Equal(0, Allocations.Of(() => RunPipelined(pool, sent, fx, 20_000)));
        Assert.True(pool.View.Workers.TrueForAll(static worker => worker.Waiting > 5));
    }

    /// <summary>
    /// Keeps the channels full: each step sends a call and answers a call, and every tenth call returns without having begun.
    /// </summary>
    private static void RunPipelined(KernelDriver pool, Queue<(WorkerKey Worker, CallKey Call)> sent, EffectList fx, int calls)
    {
        for (int i = 0; i < calls; i++)
        {
            fx.Clear();
            pool.Kernel.Submit(pool.Now, new CallSpec(pool.Now + 60_000, Idempotent: false, Tool: 1, Bytes: 50), fx);
            Note(sent, fx);
            if (sent.Count > 10 * pool.Plan.Size)
            {
                fx.Clear();
                (WorkerKey worker, CallKey call) = sent.Dequeue();
                pool.Kernel.Replied(pool.Now, worker, call, 5, false, fx);
                Note(sent, fx);
            }
            if (i % 10 == 0)
            {
                fx.Clear();
                (WorkerKey worker, CallKey call) = sent.Dequeue();
                pool.Kernel.Recalled(pool.Now, worker, call, fx);
                Note(sent, fx);
            }
            pool.Now += i % 7 == 0 ? 1 : 0;
            fx.Clear();
            pool.Kernel.Tick(pool.Now, fx);
        }
    }

    private static void Run(KernelDriver pool, Queue<(WorkerKey Worker, CallKey Call)> running, EffectList fx, int depth, int calls)
    {
        for (int i = 0; i < calls; i++)
        {
            fx.Clear();
            pool.Kernel.Submit(pool.Now, new CallSpec(pool.Now + 60_000, Idempotent: false), fx);
            Note(running, fx);
            while (running.Count + pool.Kernel.QueueLength > depth)
            {
                fx.Clear();
                (WorkerKey worker, CallKey call) = running.Dequeue();
                pool.Kernel.Replied(pool.Now, worker, call, -1, false, fx);
                Note(running, fx);
            }
            pool.Now += i % 7 == 0 ? 1 : 0;
            fx.Clear();
            pool.Kernel.Tick(pool.Now, fx);
        }
    }

    private static void Note(Queue<(WorkerKey Worker, CallKey Call)> running, EffectList fx)
    {
        foreach (ref readonly Effect effect in fx.Commands)
        {
            running.Enqueue((effect.Worker, effect.Call));
        }
    }
}
