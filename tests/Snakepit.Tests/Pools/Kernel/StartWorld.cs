using Snakepit.Pools.Kernel;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Workers around a kernel: each start takes a while and succeeds or fails, and a stopped worker ends.</summary>
/// <param name="pool">The kernel and its clock.</param>
/// <param name="starts">Whether a worker's start succeeds.</param>
internal sealed class StartWorld(KernelDriver pool, Func<WorkerKey, bool> starts)
{
    private const long StartTime = 50;
    private readonly PriorityQueue<WorkerKey, long> _starting = new();
    private readonly Queue<WorkerKey> _stopping = [];

    /// <summary>The failed starts, with their times.</summary>
    public List<(long At, WorkerKey Worker)> Failed { get; } = [];

    /// <summary>Every effect so far.</summary>
    public List<(long At, Effect Effect)> Effects { get; } = [];

    public long TimeOf(EffectKind kind, WorkerKey worker) =>
        Effects.Find(seen => seen.Effect.Kind == kind && seen.Effect.Worker == worker).At;

    public void See(Effect[] effects)
    {
        foreach (Effect effect in effects)
        {
            Effects.Add((pool.Now, effect));
            if (effect.Kind == EffectKind.Launch)
            {
                _starting.Enqueue(effect.Worker, pool.Now + StartTime);
            }
            else if (effect.Kind == EffectKind.Stop)
            {
                _stopping.Enqueue(effect.Worker);
            }
        }
        while (_stopping.TryDequeue(out WorkerKey worker))
        {
            See(pool.Exit(worker));
        }
    }

    public void RunUntil(long time)
    {
        for (int steps = 0; Math.Min(NextStart, pool.Kernel.NextWake) <= time; steps++)
        {
            Assert.InRange(steps, 0, 100_000);
            if (NextStart > pool.Kernel.NextWake)
            {
                See(pool.Wake());
                continue;
            }
            pool.Now = Math.Max(pool.Now, NextStart);
            End(_starting.Dequeue());
        }
        pool.Now = Math.Max(pool.Now, time);
    }

    private long NextStart => _starting.TryPeek(out _, out long at) ? at : long.MaxValue;

    private void End(WorkerKey worker)
    {
        if (pool.Worker(worker) is { Phase: WorkerPhase.Stopping } or { Key.IsNone: true })
        {
            return; // abandoned
        }
        if (starts(worker))
        {
            See(pool.Signal(SignalKind.Launched, worker));
            See(pool.Signal(SignalKind.Ready, worker));
            return;
        }
        Failed.Add((pool.Now, worker));
        See(pool.Exit(worker, new EndNote(1)));
    }
}
