using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Workers that serve on because their replacements cannot start.</content>
internal sealed partial class Ledger
{
    /// <summary>There is such a worker.</summary>
    public bool IsOverdue { get; private set; }

    /// <summary>There was one before this step.</summary>
    public bool WasOverdue { get; private set; }

    private void ObserveOverdue(IReadOnlyList<Effect> effects, PoolView before, PoolView after)
    {
        foreach (Effect failed in effects.Where(static e => e.Kind == EffectKind.ReportStartFailed))
        {
            if (Observation.Find(before, failed.Worker.Slot, WorkerRole.Current) is { Wanted: not Reason.None } current)
            {
                Workers[current.Key].FailedReplacements++;
            }
        }
        foreach (WorkerView worker in after.Workers.Where(static w => w.Wanted == Reason.None))
        {
            Workers[worker.Key].FailedReplacements = 0;
        }
        WasOverdue = IsOverdue;
        IsOverdue = !after.Closing && after.Workers.Exists(w => w is { Role: WorkerRole.Current, DueSince: not long.MaxValue, Wanted: not (Reason.CodeChanged or Reason.Manual) }
            && Workers[w.Key].FailedReplacements > 0 && !(plan.StrictMaxRequests && plan.MaxRequests > 0 && w.Requests >= plan.MaxRequests));
    }
}
