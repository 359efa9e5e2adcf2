namespace Snakepit.Pools.Kernel;

/// <summary>The workers that can take a call, listed by load.</summary>
internal sealed class Availability(PoolPlan plan, Agenda agenda, Paces paces)
{
    private readonly WorkerLists _lists = new();

    /// <summary>Returns the lowest load from <paramref name="load"/> on that any listed worker has; -1 when there is none.</summary>
    public int NextLoad(int load) => _lists.NextLoad(load);

    public WorkerNode? First(int load) => _lists.First(load);

    /// <summary>
    /// Removes a worker, if it is listed. Calls look for room in the channel of the first worker of a load only, so the next one may have
    /// room for a call that waits.
    /// </summary>
    public void Remove(WorkerNode worker)
    {
        int load = worker.Links.Load;
        agenda.Dispatch |= _lists.Remove(worker) && load >= worker.Capacity;
    }

    /// <summary>Lists a worker by its present load, if it can take a call.</summary>
    public void Update(WorkerNode worker)
    {
        Remove(worker);
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

    /// <summary>Returns whether the worker can begin a call that is bound to it. A draining worker finishes those as well.</summary>
    public bool CanTakeBound(WorkerNode worker) =>
        worker is { Phase: WorkerPhase.Serving or WorkerPhase.Draining, Progress.PastCancelGrace: false, Limits.Look: MemoryLook.None }
        && worker.Bound is { Gives: false, Moves: false } && !worker.Slot.IsTainted
        && worker.Load < worker.Capacity && !plan.IsExhausted(worker);

    /// <summary>Returns whether the worker is listed and would begin a call at once.</summary>
    public static bool IsIdle(WorkerNode worker) => worker.Links.Load >= 0 && worker.Load < worker.Capacity;

    private bool CanTakeCalls(WorkerNode worker) =>
        worker is { Phase: WorkerPhase.Serving, Progress.PastCancelGrace: false, Limits.Look: MemoryLook.None }
        && worker.Bound is { Expects: 0, Moves: false } && worker.Slot is { IsTainted: false, GivesWay: false } && !plan.IsExhausted(worker)
        && (worker.Load < worker.Capacity || MayHoldMore(worker));

    /// <summary>Returns whether another call may wait in the worker's channel.</summary>
    private bool MayHoldMore(WorkerNode worker) =>
        worker is { Features.CanRecall: true, Progress.Stalled: false, Totals.Slow: 0, Bound.Count: 0 }
        && worker.Totals.Open == worker.Load && worker.Load < worker.Capacity + paces.DepthOf(worker)
        && worker.Totals.Work < plan.MaxHeldWork;

    /// <summary>
    /// Returns whether other workers of the same load take calls first, because the worker's replacement is not ready yet. Otherwise the
    /// worker that was used last would be used again, at a pace that cannot be foreseen.
    /// </summary>
    private bool IsSpared(WorkerNode worker) =>
        plan.MaxRequests > 0 && worker.Slot is { ReplaceReason: Reason.MaxRequests, Next: not { Phase: WorkerPhase.Ready } };
}
