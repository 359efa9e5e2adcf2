namespace Snakepit.Pools.Kernel;

/// <summary>
/// Decides again what earlier settings had decided: how many workers there are, which of them are due, when they are pinged and checked.
/// Calls that wait or run keep the time limits with which they came, and phases that have begun keep theirs.
/// </summary>
internal sealed class Adoption(
    PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Availability availability, Assignments assignments,
    Replacements replacements, Planner planner, Health health, Sizing sizing, Scaler scaler, Changes changes)
{
    /// <param name="now">The time.</param>
    /// <param name="before">The settings until now.</param>
    /// <param name="fx">Gets the effects.</param>
    public void Begin(long now, PoolPlan before, EffectList fx)
    {
        assignments.RecountSlow();
        if (!status.IsClosing)
        {
            foreach (SlotNode slot in roster.Each(SlotFact.Current))
            {
                AdoptLimits(now, slot, before);
            }
            foreach (SlotNode slot in roster.Slots)
            {
                AdoptClocks(now, slot.Current, before);
                AdoptClocks(now, slot is { Next.Phase: WorkerPhase.Ready } ? slot.Next : null, before);
            }
            roster.Resting = roster.MayRest ? roster.Resting : 0; // no worker may be idle too long any more
            scaler.Adopt(before);
            sizing.Resize(now, SizeAfter(before), fx);
            if (plan.Make != status.Make)
            {
                changes.BeginMake(now, plan.Make, fx);
            }
            planner.PlanAt = now;
        }
        foreach (SlotNode slot in roster.Each(SlotFact.Current))
        {
            availability.Update(slot.Current!);
        }
        foreach (SlotNode slot in roster.Slots)
        {
            slot.Leaving.ForEach(agenda.LookAt); // one with bound calls may be exhausted now, or no longer
        }
        roster.ChangeAll();
        status.IsFailing &= !roster.Any(SlotFact.Present); // a worker that was exhausted may serve again
        agenda.Staff = true;
        agenda.Dispatch = true;
    }

    /// <summary>
    /// Returns the number of workers from now on. Where it follows the load, it stays as it is, or goes to the nearest bound: Size is what
    /// a pool begins with. Elsewhere a number that an order has set stays unless Size is another.
    /// </summary>
    private int SizeAfter(PoolPlan before) =>
        !plan.IsScaling && (before.IsScaling || plan.Size != before.Size) ? plan.Size : roster.Target;

    /// <summary>
    /// A worker that is due by a limit that has become higher stays; one that a lower limit finds too old or used up is due.
    /// </summary>
    private void AdoptLimits(long now, SlotNode slot, PoolPlan before)
    {
        WorkerNode worker = slot.Current!;
        bool isOtherTtl = plan.Ttl != before.Ttl;
        bool isOtherCount = (plan.MaxRequests, plan.StrictMaxRequests) != (before.MaxRequests, before.StrictMaxRequests);
        bool isCancelled = slot.Next is null && IsLifted(slot.ReplaceReason);
        if (IsLifted(slot.Overridden))
        {
            slot.Overridden = Reason.None;
        }
        if (isCancelled)
        {
            replacements.Cancel(now, slot);
        }
        if (isOtherTtl || isCancelled)
        {
            planner.LimitLife(worker); // its time may have ended while it was due for its calls
        }
        if (isOtherCount)
        {
            planner.ApplyMaxRequests(now, worker);
        }

        bool IsLifted(Reason reason) =>
            (isOtherTtl && reason == Reason.TtlExpired) || (isOtherCount && reason == Reason.MaxRequests);
    }

    private void AdoptClocks(long now, WorkerNode? worker, PoolPlan before)
    {
        if (worker is null)
        {
            return;
        }
        if (plan.PingInterval != before.PingInterval)
        {
            health.StartPinging(now, worker);
        }
        if (plan.CheckInterval != before.CheckInterval)
        {
            health.StartChecking(now, worker);
        }
    }
}
