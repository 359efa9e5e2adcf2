using Snakepit.Pools.Kernel;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>A kernel under a load: calls arrive evenly and take their time, and workers take theirs to start. Times are in ms.</summary>
internal sealed class LoadWorld(KernelDriver pool, long start, long service)
{
    private readonly PriorityQueue<Func<Effect[]>, (long Time, long Order)> _events = new();
    private readonly Dictionary<CallKey, long> _arrivals = [];
    private double _nextArrival;
    private long _order;

    /// <summary>The changes of the size, with their times.</summary>
    public List<(long Time, Effect Effect)> Scalings { get; } = [];

    /// <summary>The times at which calls began after a wait, and how long they had waited.</summary>
    public List<(long Time, long Waited)> Delays { get; } = [];

    /// <summary>The number of times at which the pool grew after it had shrunk.</summary>
    public int Flaps => Scalings.Zip(Scalings.Skip(1)).Count(static pair =>
        pair.First.Effect.SizeReason == SizeReason.Idle && pair.Second.Effect.SizeReason != SizeReason.Idle);

    /// <summary>Runs with so many calls at once on average.</summary>
    public void Run(long time, double load)
    {
        long end = pool.Now + time;
        _nextArrival = pool.Now;
        while (true)
        {
            long next = Math.Min(Math.Min((long)_nextArrival, NextEvent), Math.Max(pool.Now, pool.Kernel.NextWake));
            if (next >= end)
            {
                break;
            }
            pool.Now = Math.Max(pool.Now, next);
            if (NextEvent <= next)
            {
                Take(_events.Dequeue()());
            }
            else if ((long)_nextArrival <= next)
            {
                _nextArrival = load == 0 ? end : _nextArrival + (service / load);
                if (load > 0)
                {
                    Submit();
                }
            }
            else
            {
                Take(pool.TickAt(next));
            }
        }
        pool.Now = end;
    }

    public void Begin() => Take(pool.Start());

    public void Reconfigure(PoolPlan plan) => Take(pool.Reconfigure(plan));

    private long NextEvent => _events.TryPeek(out _, out (long Time, long Order) due) ? due.Time : long.MaxValue;

    private void Submit()
    {
        long arrived = pool.Now;
        (Admission admission, Effect[] effects) = pool.Submit();
        if (admission.Accepted)
        {
            _arrivals[admission.Call] = arrived;
        }
        Take(effects);
    }

    private void Take(Effect[] effects)
    {
        foreach (Effect effect in effects)
        {
            switch (effect.Kind)
            {
                case EffectKind.Launch:
                    WorkerKey worker = effect.Worker;
                    Later(start, () => [.. pool.Signal(SignalKind.Launched, worker), .. pool.Signal(SignalKind.Ready, worker)]);
                    break;
                case EffectKind.Send:
                    Delays.Add((pool.Now, pool.Now - _arrivals.GetValueOrDefault(effect.Call, pool.Now)));
                    Later(service, () => pool.Reply(effect.Worker, effect.Call, service));
                    break;
                case EffectKind.Stop:
                    Later(1, () => pool.Exit(effect.Worker));
                    break;
                case EffectKind.PoolScaled:
                    Scalings.Add((pool.Now, effect));
                    break;
            }
        }
    }

    private void Later(long delay, Func<Effect[]> happening) => _events.Enqueue(happening, (pool.Now + delay, _order++));
}
