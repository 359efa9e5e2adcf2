using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>A7: a call costs the kernel no memory.</summary>
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
                pool.Kernel.Replied(pool.Now, worker, call, -1, fx);
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
