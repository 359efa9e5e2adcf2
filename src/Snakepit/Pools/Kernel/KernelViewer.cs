namespace Snakepit.Pools.Kernel;

/// <summary>Copies the kernel's state for readers.</summary>
internal sealed class KernelViewer(
    PoolPlan plan, PoolStatus status, Roster roster, Intake intake, Planner planner, Failures failures, Quarantine quarantine,
    WorkerEnds ends, Settlement settlement)
{
    /// <summary>Returns how long a worker of that slot serves.</summary>
    public long EffectiveTtl(int slot) => planner.EffectiveTtl(slot);

    public void CopyTo(PoolView view, bool withCalls)
    {
        view.State = settlement.State;
        view.Closing = status.IsClosing;
        view.Counts = new PoolCounts(intake.Accepted, intake.Rejected, ends.Recycled);
        view.Target = roster.Target;
        view.Resting = roster.Resting;
        view.Sessions = intake.Sessions.Count;
        view.Ready = roster.Count(SlotFact.Serving);
        view.Queue.Clear();
        view.Slots.Clear();
        view.Workers.Clear();
        view.Calls.Clear();
        CallTable calls = intake.Calls;
        view.NextCall = intake.Queue.First < 0 ? default : calls.KeyOf(intake.Queue.First);
        view.Running = intake.Running;
        view.Restarts.Clear();
        view.Restarts.AddRange(failures.Ledger.Rows);
        view.Suspects.Clear();
        view.Suspects.AddRange(quarantine.Suspects);
        foreach (SlotNode slot in roster.Slots)
        {
            CopySlot(slot, view);
        }
        if (!withCalls)
        {
            return;
        }
        intake.Queue.CopyTo(view.Queue);
        for (int index = 0; index < calls.Used; index++)
        {
            ref CallState call = ref calls[index];
            if (call.Phase != CallPhase.Free)
            {
                view.Calls.Add(new CallView(calls.KeyOf(index), call.Phase, call.Open, call.Worker?.Key ?? default, call.Attempts,
                    call.Spec.Deadline, call.Queue.Ticket, call.Spec.Target));
            }
        }
    }

    private void CopySlot(SlotNode slot, PoolView view)
    {
        view.Slots.Add(slot.PhaseAt(status.IsClosing, failures.Ledger.IsTrying));
        if (slot.Current is { } current)
        {
            view.Workers.Add(ViewOf(current, WorkerRole.Current));
        }
        if (slot.Next is { } next)
        {
            view.Workers.Add(ViewOf(next, WorkerRole.Next));
        }
        foreach (WorkerNode leaving in slot.Leaving)
        {
            view.Workers.Add(ViewOf(leaving, WorkerRole.Leaving));
        }
    }

    private WorkerView ViewOf(WorkerNode worker, WorkerRole role)
    {
        SlotNode slot = worker.Slot;
        bool serves = role == WorkerRole.Current;
        return new WorkerView(
            worker.Key, worker.Phase, role, worker.Load, worker.Waiting, worker.Totals.Open, worker.Requests,
            worker.Exit.Reason, serves ? slot.ReplaceReason : Reason.None, worker.Due.Phase,
            worker.Links.Load >= 0 && worker.Load < worker.Capacity, worker.Progress.Stalled,
            worker.Times.ServingSince, worker.History.Errors, worker.Progress.Unresponsive,
            worker.Calls.First < 0 ? default : intake.Calls.KeyOf(worker.Calls.First), worker.Times.Ttl, slot.TaintedUntil,
            worker.Exit.ReplacedBy, serves ? slot.DueSince : long.MaxValue, serves ? slot.FailedReplacements : 0,
            serves && plan.IsExhausted(worker), worker.Bound.Sessions, worker.Bound.Gives, worker.Bound.Expects > 0, worker.Bound.Moves);
    }
}
