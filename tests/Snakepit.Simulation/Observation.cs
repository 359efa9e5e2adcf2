using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>One kernel step, seen from outside and inside, for the invariants to judge.</summary>
internal sealed class Observation
{
    public required KernelStep Input { get; init; }

    public required Admission Admission { get; init; }

    public required IReadOnlyList<Effect> Effects { get; init; }

    public required PoolView Before { get; init; }

    public required PoolView After { get; init; }

    public required Ledger Ledger { get; init; }

    public required long NextWake { get; init; }

    public long Now => Input.Now;

    public bool ChangesNothing =>
        Effects.Count == 0
        && Before.State == After.State
        && Before.Workers.SequenceEqual(After.Workers)
        && Before.Calls.SequenceEqual(After.Calls);

    public bool Has(EffectKind kind, WorkerKey worker)
    {
        foreach (Effect effect in Effects)
        {
            if (effect.Kind == kind && effect.Worker == worker)
            {
                return true;
            }
        }
        return false;
    }

    public static WorkerView? Find(PoolView view, WorkerKey key)
    {
        foreach (WorkerView worker in view.Workers)
        {
            if (worker.Key == key)
            {
                return worker;
            }
        }
        return null;
    }

    public static WorkerView? Find(PoolView view, int slot, WorkerRole role)
    {
        foreach (WorkerView worker in view.Workers)
        {
            if (worker.Key.Slot == slot && worker.Role == role)
            {
                return worker;
            }
        }
        return null;
    }
}
