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

    public bool ChangesNothing => ChangesOnlyStalls && Before.Workers.SequenceEqual(After.Workers);

    /// <summary>True when nothing has changed, but for workers that were found to have stalled.</summary>
    public bool ChangesOnlyStalls =>
        Effects.Count == 0
        && Before.State == After.State
        && Before.Workers.Select(Awake).SequenceEqual(After.Workers.Select(Awake))
        && Before.Calls.SequenceEqual(After.Calls);

    /// <summary>What has changed beside the effects.</summary>
    public string Difference => string.Join("; ",
    [
        .. Before.State == After.State ? (string[])[] : [$"{Before.State} -> {After.State}"],
        .. Before.Workers.Except(After.Workers).Select(static gone => $"{gone} before"),
        .. After.Workers.Except(Before.Workers).Select(static come => $"{come} now"),
        .. Before.Calls.Except(After.Calls).Select(static gone => $"{gone} before"),
        .. After.Calls.Except(Before.Calls).Select(static come => $"{come} now"),
    ]);

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

    private static WorkerView Awake(WorkerView worker) => worker with { Stalled = false, Available = false };

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
