using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Workers that serve on because their replacements cannot start.</content>
internal sealed partial class Ledger
{
    private HashSet<WorkerKey> _overdue = [];

    /// <summary>True when such a worker exists.</summary>
    public bool IsOverdue => _overdue.Count > 0;

    /// <summary>True when such a worker existed before this step.</summary>
    public bool WasOverdue { get; private set; }

    /// <summary>
    /// True when one of the overdue workers from before this step is still overdue. Otherwise it is open whether there was a moment
    /// without any.
    /// </summary>
    public bool StaysOverdue { get; private set; }

    private void ObserveOverdue(KernelStep input, IReadOnlyList<Effect> effects, PoolView before, PoolView after)
    {
        foreach (Effect failed in effects.Where(static e => e.Kind == EffectKind.StartFailed))
        {
            if (Observation.Find(before, failed.Worker.Slot, WorkerRole.Current) is { ReplaceReason: not Reason.None } current)
            {
                Workers[current.Key].FailedReplacements++;
            }
        }
        IEnumerable<WorkerKey> spared = input.Kind == StepKind.Reconfigure
            ? after.Workers.Select(static worker => worker.Key) // other settings may lift the limit that a worker has reached
            : effects.Where(static e => e.Kind == EffectKind.WorkerKept).Select(static kept => kept.Worker);
        foreach (WorkerKey worker in spared)
        {
            // When another reason comes in the same step, only the kernel knows whether it came before the one that was given up and so
            // inherits its failures.
            if (Observation.Find(after, worker) is { Role: WorkerRole.Current, FailedReplacements: 0 })
            {
                Workers[worker].FailedReplacements = 0;
            }
        }
        foreach (WorkerView worker in after.Workers.Where(static w => w is { Role: WorkerRole.Current, ReplaceReason: Reason.None }))
        {
            Workers[worker.Key].FailedReplacements = 0;
        }
        IEnumerable<WorkerView> overdue = after.Workers.Where(w =>
            w is { Role: WorkerRole.Current, DueSince: not long.MaxValue }
            && w.ReplaceReason is not (Reason.None or Reason.CodeChanged or Reason.ConfigurationChanged or Reason.Manual)
            && Workers[w.Key].FailedReplacements > 0
            && !(plan.StrictMaxRequests && plan.MaxRequests > 0 && w.Requests >= plan.MaxRequests));
        HashSet<WorkerKey> earlier = _overdue;
        _overdue = after.Closing ? [] : [.. overdue.Select(static w => w.Key)];
        WasOverdue = earlier.Count > 0;
        StaysOverdue = earlier.Overlaps(_overdue);
    }
}
