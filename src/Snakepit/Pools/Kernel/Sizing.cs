namespace Snakepit.Pools.Kernel;

/// <summary>Decides how many workers there are to be: resizes, idle workers that rest, and their return.</summary>
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
        size = plan.IsScaling ? Math.Clamp(size, plan.MinSize, plan.MaxSize) : size;
        roster.Resting = Math.Max(0, roster.Resting - Math.Max(0, roster.Target - size)); // resting workers go first
        roster.Target = size;
        roster.Grow(size + plan.Spares);
        while (roster.Count(SlotFact.Current) > roster.WantedServing)
        {
            RetireOne(now, fx);
        }
        EndSurplusStarts(now, fx);
    }

    /// <summary>
    /// Makes the pool smaller as far as that ends no worker that has calls or sessions: it counts resting workers out, and retires idle
    /// ones.
    /// </summary>
    public void Shrink(long now, int size, EffectList fx)
    {
        while (roster.Target > size)
        {
            if (roster.Resting > 0)
            {
                roster.Resting--;
            }
            else if (roster.Count(SlotFact.Current) >= roster.WantedServing)
            {
                if (FindDispensable() is not { } worker)
                {
                    break;
                }
                worker.Slot.ClearReplaceReason();
                retirements.Retire(now, worker, Reason.Resized, fx);
            }
            roster.Target--;
        }
        EndSurplusStarts(now, fx);
    }

    /// <summary>
    /// Stops a worker without calls until calls wait, unless it is one of the MinReady workers, or starts fail: it might not come back.
    /// </summary>
    public void RestIfIdle(long now, WorkerNode worker, EffectList fx)
    {
        failures.Ledger.Prune(now); // a row may have ended since the last start
        SlotNode slot = worker.Slot;
        if (worker.Load > 0 || worker.Bound is not { IsEmpty: true, Expects: 0 } || slot.ReplaceReason != Reason.None
            || roster.Count(SlotFact.Serving) <= roster.LeastReady || failures.Ledger.IsTrying)
        {
            worker.Times.IdleSince = now; // examined again later
            return;
        }
        roster.Resting++;
        if (slot.Next is { } unwanted)
        {
            retirements.EndUnused(now, unwanted, Reason.Idle, fx); // it was to try changed code, which has turned out not to start
        }
        retirements.Retire(now, worker, Reason.Idle, fx);
    }

    /// <summary>
    /// Lets as many resting workers return as calls wait, less those that are coming anyway; and one without which no other worker could be
    /// stopped first.
    /// </summary>
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

    /// <summary>
    /// Counts the workers to come that wait for the end of a taint although another one could start in a slot without a taint.
    /// </summary>
    private int CountHeldBack() => roster.Any(SlotFact.FreeAndSound) ? Math.Max(0, roster.Count(SlotFact.TaintedComing) - plan.Spares) : 0;

    /// <summary>
    /// Returns the last worker that nobody needs: it has neither calls nor sessions, nobody waits for its replacement, and enough others
    /// take calls.
    /// </summary>
    private WorkerNode? FindDispensable()
    {
        bool isEnough = roster.Count(SlotFact.Serving) > Math.Min(plan.MinReady, roster.Target - 1);
        return FindLast(slot => slot is { Next: null, Current: { Load: 0, Bound: { IsEmpty: true, Expects: 0 } } }
            && slot.ReplaceReason != Reason.Manual && (isEnough || slot.IsTainted))?.Current;
    }

    private void EndSurplusStarts(long now, EffectList fx)
    {
        while (roster.CountTaken > roster.WantedServing + plan.Spares && FindNew() is { } slot)
        {
            retirements.EndUnused(now, slot.Next!, Reason.Resized, fx);
        }
        CancelRefills(fx);
        agenda.Staff = true;
    }

    /// <summary>A slot whose worker was stopped first is refilled only while the pool lacks a worker.</summary>
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

    /// <summary>Of the workers too many, retires one that takes no calls, else one that is due anyway, else the last one.</summary>
    private void RetireOne(long now, EffectList fx)
    {
        SlotNode slot = FindLast(s => s.Current is { } exhausted && plan.IsExhausted(exhausted))
            ?? FindLast(static s => s.Current is not null && s.IsTainted)
            ?? FindLast(static s => s.Current is not null && s.RetireDue)
            ?? FindLast(static s => s.Current is not null)!;
        WorkerNode worker = slot.Current!;
        if (slot.ReplaceReason == Reason.Manual)
        {
            fx.Add(Effect.AlreadyReplaced(worker.Key, replacement: default));
        }
        slot.ClearReplaceReason();
        retirements.Retire(now, worker, Reason.Resized, fx);
    }

    /// <summary>
    /// Returns the slot of a worker that does not serve yet and is one too many: one that would wait for the end of a taint, else the last
    /// one.
    /// </summary>
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
