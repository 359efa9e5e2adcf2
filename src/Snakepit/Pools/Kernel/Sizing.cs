namespace Snakepit.Pools.Kernel;

/// <summary>How many workers there are to be: another size, workers that rest, and when they come back.</summary>
internal sealed class Sizing(
    PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Intake intake, Replacements replacements, Retirements retirements,
    Failures failures)
{
    public void Resize(long now, int size, EffectList fx)
    {
        if (status.IsClosing)
        {
            return;
        }
        roster.Resting = Math.Max(0, roster.Resting - Math.Max(0, roster.Target - size)); // who rests goes first
        roster.Target = size;
        roster.Grow(size + plan.Spares);
        while (roster.Count(SlotFact.Current) > roster.WantedServing)
        {
            RetireOne(now, fx);
        }
        while (roster.Slots.Length - roster.Count(SlotFact.Free) > roster.WantedServing + plan.Spares && FindNew() is { } slot)
        {
            retirements.EndUnused(now, slot.Next!, Reason.Resized, fx);
        }
        CancelRefills(fx);
        agenda.Staff = true;
    }

    /// <summary>A worker without calls for long enough is stopped until calls wait, unless it is one of the least that must be ready, or
    /// starts fail: it might not come back.</summary>
    public void RestIfIdle(long now, WorkerNode worker, EffectList fx)
    {
        failures.Ledger.Prune(now); // a row may have ended since anything was started
        SlotNode slot = worker.Slot;
        if (worker.Load > 0 || worker.Bound.Count > 0 || slot.Wanted != Reason.None || roster.Count(SlotFact.Serving) <= roster.LeastReady
            || failures.Ledger.IsTrying)
        {
            worker.Times.IdleSince = now; // to be looked at again
            return;
        }
        roster.Resting++;
        if (slot.Next is { } unwanted)
        {
            retirements.EndUnused(now, unwanted, Reason.Idle, fx); // it was to try changed code, which others have found useless
        }
        retirements.Retire(now, worker, Reason.Idle, fx);
    }

    /// <summary>As many of the workers that rest come back as calls wait, those counted that come anyway; and one without which no other
    /// could stop first.</summary>
    public void Wake()
    {
        if (roster.Resting == 0)
        {
            return;
        }
        int needed = Math.Max(intake.CountStartable(), replacements.IsStopFirstHeldUp ? 1 : 0);
        if (roster.Any(SlotFact.Tainted))
        {
            needed = Math.Max(needed, roster.LeastReady - roster.Count(SlotFact.Serving));
        }
        if (needed > 0)
        {
            int coming = roster.WantedServing - roster.Count(SlotFact.Current) - CountHeldBack();
            roster.Resting -= Math.Clamp(needed - coming, 0, roster.Resting);
        }
    }

    /// <summary>Of the workers that are to come, those that will wait for the end of a taint though another could start in a sound
    /// slot.</summary>
    private int CountHeldBack() => roster.Any(SlotFact.FreeAndSound) ? Math.Max(0, roster.Count(SlotFact.TaintedComing) - plan.Spares) : 0;

    /// <summary>A slot whose worker was stopped first waits for another one only while the pool is short of one.</summary>
    private void CancelRefills(EffectList fx)
    {
        int vacant = roster.WantedServing - roster.Count(SlotFact.Current);
        foreach (SlotNode slot in roster.Slots)
        {
            vacant -= slot is { Current: null, Next: not null } ? 1 : 0;
        }
        foreach (SlotNode slot in roster.Each(SlotFact.Refilling))
        {
            if (slot.Next is null && --vacant < 0)
            {
                Recycler.CancelRefill(slot, fx);
            }
        }
    }

    /// <summary>Of the workers too many, one that takes no calls, or is to go anyway, or the last.</summary>
    private void RetireOne(long now, EffectList fx)
    {
        SlotNode slot = FindLast(s => s.Current is { } exhausted && plan.IsExhausted(exhausted))
            ?? FindLast(static s => s.Current is not null && s.IsTainted)
            ?? FindLast(static s => s.Current is not null && s.RetireDue)
            ?? FindLast(static s => s.Current is not null)!;
        WorkerNode worker = slot.Current!;
        if (slot.Wanted == Reason.Manual)
        {
            fx.Add(Effect.AlreadyReplaced(worker.Key, replacement: default));
        }
        slot.ClearWanted();
        retirements.Retire(now, worker, Reason.Resized, fx);
    }

    /// <summary>Where a worker starts or waits to serve: of those too many, one that would wait for the end of a taint, or the
    /// last.</summary>
    private SlotNode? FindNew() =>
        FindLast(static s => s is { Current: null, Next: not null, IsTainted: true })
        ?? FindLast(static s => s is { Current: null, Next: not null });

    private SlotNode? FindLast(Predicate<SlotNode> condition)
    {
        for (int i = roster.Slots.Length - 1; i >= 0; i--)
        {
            if (condition(roster.Slots[i]))
            {
                return roster.Slots[i];
            }
        }
        return null;
    }
}
