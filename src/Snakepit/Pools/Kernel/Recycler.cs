namespace Snakepit.Pools.Kernel;

/// <summary>
/// Carries replacements out: a worker that is ready takes over from the old one in the same step, spares serve in slots that are vacant or
/// due, and an old worker stops first when there is no room for two. <see cref="Replacements"/> knows why a worker is replaced and which
/// one is next, and <see cref="Starter"/> starts the new one.
/// </summary>
internal sealed class Recycler(
    PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Availability availability, Replacements replacements, Planner planner,
    Retirements retirements, Health health)
{
    /// <summary>
    /// Lets every worker serve that can: replacements of workers that are due, spares, and replacements that would delay others.
    /// </summary>
    public void Swap(long now, EffectList fx)
    {
        foreach (SlotNode slot in roster.Each(SlotFact.GivesWay))
        {
            TakeOver(now, slot, fx);
        }
        if (roster.Any(SlotFact.Waiting))
        {
            UseSpares(now, fx);
            TakeOverEarly(now, fx);
        }
    }

    /// <summary>Stops the old worker before its replacement starts, because there is no room for both.</summary>
    public void StopFirst(long now, SlotNode slot, EffectList fx)
    {
        WorkerNode old = slot.Current!;
        Reason reason = slot.ReplaceReason;
        slot.ClearReplaceReason();
        old.Exit.HoldsSlot = true;
        slot.Refills = old.Key.Generation;
        retirements.Retire(now, old, reason, fx);
    }

    /// <summary>
    /// A worker is ready in a slot. A slot whose worker was stopped first is reported now, even if the new worker does not serve yet: the
    /// end of a taint may be far.
    /// </summary>
    public void NoteReady(long now, WorkerNode worker, EffectList fx)
    {
        SlotNode slot = worker.Slot;
        if (slot.Current is not { } current)
        {
            EndRefill(slot, worker, fx);
            return;
        }
        if (!slot.RetireDue && current.Requests > 0)
        {
            planner.LimitWait(now, worker);
        }
        availability.Update(current);
    }

    /// <summary>No worker is to serve in the slot any more.</summary>
    public static void CancelRefill(SlotNode slot, EffectList fx)
    {
        fx.Add(Effect.SlotRefilled(new WorkerKey(slot.Index, 0), new WorkerKey(slot.Index, slot.Refills)));
        slot.Refills = 0;
        slot.Leaving.ForEach(static worker => worker.Exit.HoldsSlot = false);
    }

    public SlotNode? FindOldSpare()
    {
        foreach (SlotNode slot in roster.Each(SlotFact.Waiting))
        {
            if (plan.Spares > 0 && slot.HasSpare && status.IsOutdated(slot.Next!))
            {
                return slot;
            }
        }
        return null;
    }

    /// <summary>In this one step the new worker begins to serve and the old one stops taking calls.</summary>
    private void TakeOver(long now, SlotNode slot, EffectList fx)
    {
        Retire(now, slot, slot.Next!, fx);
        Serve(now, slot, fx);
    }

    private void Retire(long now, SlotNode slot, WorkerNode replacement, EffectList fx)
    {
        WorkerNode old = slot.Current!;
        Reason reason = slot.ReplaceReason;
        slot.ClearReplaceReason();
        old.Exit.ReplacedBy = replacement.Key;
        retirements.Retire(now, old, reason, fx);
    }

    private void Serve(long now, SlotNode slot, EffectList fx)
    {
        WorkerNode worker = slot.Next!;
        slot.Next = null;
        slot.Current = worker;
        worker.MoveTo(WorkerPhase.Serving);
        worker.Due.Phase = long.MaxValue;
        worker.Times.ServingSince = worker.Times.IdleSince = now;
        health.StartChecking(now, worker);
        planner.NoteServing(now, worker);
        EndRefill(slot, worker, fx);
        availability.Update(worker);
        if (status.IsOutdated(worker))
        {
            replacements.ReplaceWhenReady(now, worker, status.OutdatedReason(worker));
        }
        planner.ApplyMaxRequests(now, worker);
        agenda.Dispatch = true;
    }

    /// <summary>Lets spares serve in slots that are vacant, and in slots that are due, within the budget.</summary>
    private void UseSpares(long now, EffectList fx)
    {
        while (roster.Count(SlotFact.Current) < roster.WantedServing && FindSpare() is { } vacancy)
        {
            Serve(now, vacancy, fx);
        }
        if (plan.Spares == 0)
        {
            return;
        }
        while (replacements.Next(now) is { RetireDue: true } slot
            && FindSpare(isNew: slot.ReplaceReason.Is(ReasonTrait.IsTriedFirst)) is { } spare)
        {
            slot.Current!.Exit.HoldsSlot = status.StopsFirst;
            Retire(now, slot, spare.Next!, fx);
            Serve(now, spare, fx);
        }
    }

    /// <summary>
    /// A replacement that is ready before its time uses up budget. When another one is wanted, it takes over now, so that it delays none.
    /// </summary>
    private void TakeOverEarly(long now, EffectList fx)
    {
        (bool isWanted, bool isDue) = replacements.Waiting(now);
        if (!isWanted || replacements.Next(now) is not null)
        {
            return;
        }
        foreach (SlotNode slot in roster.Each(SlotFact.Waiting))
        {
            if (slot is { Current: { } old, RetireDue: false } && (isDue || old.Requests > 0)
                && (slot.ReplaceReason != Reason.TtlExpired || now >= planner.EarliestTtl(old)))
            {
                TakeOver(now, slot, fx);
            }
        }
    }

    private SlotNode? FindSpare(bool isNew = false)
    {
        foreach (SlotNode slot in roster.Each(SlotFact.Waiting))
        {
            if (slot is { HasSpare: true, IsTainted: false } && !(isNew && status.IsOutdated(slot.Next!)))
            {
                return slot;
            }
        }
        return null;
    }

    private static void EndRefill(SlotNode slot, WorkerNode worker, EffectList fx)
    {
        if (slot.Refills != 0)
        {
            fx.Add(Effect.SlotRefilled(worker.Key, new WorkerKey(slot.Index, slot.Refills)));
            slot.Refills = 0;
        }
    }
}
