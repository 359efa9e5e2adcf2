namespace Snakepit.Pools.Kernel;

/// <summary>Which workers can take a call, listed by load.</summary>
internal sealed class Availability(PoolPlan plan, Agenda agenda, Paces paces)
{
    private readonly WorkerLists _lists = new(plan.Capacity + paces.Depth);

    /// <summary>The lowest load from <paramref name="load"/> on that any listed worker has; -1: none.</summary>
    public int NextLoad(int load) => _lists.NextLoad(load);

    public WorkerNode? First(int load) => _lists.First(load);

    /// <summary>Takes a worker out, if it is listed.</summary>
    public void Remove(WorkerNode worker) => _lists.Remove(worker);

    /// <summary>Lists a worker by the load it has now, if it can take a call.</summary>
    public void Update(WorkerNode worker)
    {
        _lists.Remove(worker);
        if (worker.Bound.Count > 0)
        {
            agenda.LookAt(worker);
        }
        if (!CanTakeCalls(worker))
        {
            return;
        }
        if (IsSpared(worker))
        {
            _lists.AddToEnd(worker);
        }
        else
        {
            _lists.Add(worker);
        }
    }

    /// <summary>The lists follow from the workers.</summary>
    public void Exchange(KernelImage image, Roster roster)
    {
        foreach (SlotNode slot in roster.Slots)
        {
            if (image.IsLoading && slot.Current is { } current)
            {
                _lists.Restore(current);
            }
        }
    }

    /// <summary>The worker can begin a call that waits for it alone. One that leaves finishes those as well.</summary>
    public bool CanTakeBound(WorkerNode worker) =>
        worker is { Phase: WorkerPhase.Serving or WorkerPhase.Draining, Progress.Overdue: false, Limits.Look: MemoryLook.None }
        && !worker.Slot.IsTainted && worker.Load < plan.Capacity && !plan.IsExhausted(worker);

    private bool CanTakeCalls(WorkerNode worker) =>
        worker is { Phase: WorkerPhase.Serving, Progress.Overdue: false, Limits.Look: MemoryLook.None }
        && worker.Slot is { IsTainted: false, GivesWay: false } && !plan.IsExhausted(worker)
        && (worker.Load < plan.Capacity || MayHoldMore(worker));

    /// <summary>Another call may wait in the worker's channel.</summary>
    private bool MayHoldMore(WorkerNode worker) =>
        worker is { Features.CanRecall: true, Progress.Stalled: false, Totals.Slow: 0, Bound.Count: 0 }
        && worker.Totals.Open == worker.Load && worker.Load < plan.Capacity + paces.Depth && worker.Totals.Work < plan.MaxHeldWork;

    /// <summary>The worker's replacement is not ready yet, so other workers of the same load take calls first. Otherwise the worker that
    /// was used last is used again, at a pace that nobody could foresee.</summary>
    private bool IsSpared(WorkerNode worker) =>
        plan.MaxRequests > 0 && worker.Slot is { Wanted: Reason.MaxRequests, Next: not { Phase: WorkerPhase.Ready } };
}
