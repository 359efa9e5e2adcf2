namespace Snakepit.Pools.Kernel;

/// <content>Recycling: which worker is to be replaced, when its replacement starts, and the one step in which they change places.</content>
internal sealed partial class PoolKernel
{
    private bool _stopsFirst;

    private int RecycleBudget => _plan.MaxConcurrentRecycles > 0 ? _plan.MaxConcurrentRecycles : Math.Max(1, _target / 10);

    /// <summary>The worker has begun, or holds, as many calls as it is to have.</summary>
    private bool IsUsedUp(WorkerNode worker) => _plan.MaxRequests > 0 && worker.Requests >= _plan.MaxRequests;

    /// <summary>The worker takes no more calls, though nobody has replaced it yet.</summary>
    private bool IsExhausted(WorkerNode worker) => _plan.StrictMaxRequests && IsUsedUp(worker);

    /// <summary>From now on the worker gives way as soon as its replacement is ready. A reason it had before stands.</summary>
    private void ReplaceWhenReady(long now, WorkerNode worker, Reason reason)
    {
        SlotNode slot = _slots[worker.Key.Slot];
        if (slot.Current != worker || _closing)
        {
            return;
        }
        if (!slot.RetireDue || (RestartRow.IsBrake(slot.Wanted) && !RestartRow.IsBrake(reason)))
        {
            Want(slot, reason); // a reason that no failures in a row hold back counts more than one that they may
        }
        else if ((slot.MayBeTakenBack || slot.Wanted == Reason.MemoryThreshold) && slot.Wanted != reason && slot.Overridden == Reason.None)
        {
            slot.Overridden = reason;
        }
        FallDue(now, slot);
        _staffDue = true;
    }

    /// <summary>The worker gives way from now on. If its replacement is ready, the worker takes no more calls.</summary>
    private void FallDue(long now, SlotNode slot)
    {
        slot.FallDue(now);
        if (slot.GivesWay)
        {
            _listed.Remove(slot.Current!);
        }
    }

    private void RequestRecycle(long now, int slot, EffectList fx)
    {
        foreach (SlotNode node in Select(slot))
        {
            RequestRecycle(now, node, fx);
        }
        _staffDue = true;
    }

    private void RequestRecycle(long now, SlotNode slot, EffectList fx)
    {
        var last = new WorkerKey(slot.Index, slot.Next is null ? slot.Generation : slot.Next.Key.Generation - 1);
        if (_closing)
        {
            fx.Add(new Effect(EffectKind.ReportKeptOld, last, Reason: Reason.Shutdown));
        }
        else if (slot.Current is null)
        {
            // Nothing old serves here: what comes is new anyway.
            fx.Add(new Effect(EffectKind.ReportAlreadyReplaced, last, Argument: slot.Next?.Key.Generation ?? 0));
        }
        else
        {
            if (slot.RetireDue && !slot.MayBeTakenBack && (slot.Wanted != Reason.MemoryThreshold || slot.Overridden == Reason.None))
            {
                slot.Overridden = slot.Wanted;
            }
            Want(slot, Reason.Manual);
            FallDue(now, slot);
            slot.AskedAt = now;
        }
    }

    private void CancelRecycle(long now, int slot)
    {
        foreach (SlotNode node in Select(slot))
        {
            if (node.Wanted == Reason.Manual && node.Next is null && node.Current is { } worker)
            {
                TakeBack(now, node, worker);
            }
        }
        _staffDue = true;
    }

    /// <summary>Nobody asks for the replacement any more; the worker itself may still give reason for one.</summary>
    private void TakeBack(long now, SlotNode slot, WorkerNode worker)
    {
        Reason standing = worker.Overdue ? Reason.CancelGrace
            : IsUsedUp(worker) ? Reason.MaxRequests
            : slot.Overridden != Reason.None ? slot.Overridden
            : worker.LaunchedAt < _codeChangedAt ? Reason.CodeChanged
            : Reason.None;
        if (standing == Reason.None)
        {
            slot.ClearWanted();
            return;
        }
        slot.Wanted = standing; // which keeps its turn
        slot.Overridden = Reason.None;
        FallDue(now, slot);
    }

    private ReadOnlySpan<SlotNode> Select(int slot) => slot < 0 ? _slots : _slots.AsSpan(slot, 1);

    private void Want(SlotNode slot, Reason reason)
    {
        if (slot.Wanted == Reason.None)
        {
            slot.WantedTicket = ++_tickets;
        }
        slot.Wanted = reason;
    }

    /// <summary>The slot whose replacement comes next: exhausted workers first, unless theirs have failed, then due ones before those planned ahead, then in the
    /// order of asking. Null beyond the budget, which exhausted workers neither use nor wait for: replacing one takes nobody from the callers.</summary>
    /// <param name="now">The time.</param>
    /// <param name="starts">It is to be started; else it is ready.</param>
    private SlotNode? NextSlotToReplace(long now, bool starts = false)
    {
        SlotNode? best = null;
        bool hasBudget = CountReplacing() < RecycleBudget;
        foreach (SlotNode slot in _slots)
        {
            if (IsReplaceable(now, slot) && (hasBudget || IsExhausted(slot.Current!)) && (!starts || MayStart(now, slot)) && (best is null || OrderOf(slot).CompareTo(OrderOf(best)) > 0))
            {
                best = slot;
            }
        }
        return best;
    }

    private bool IsReplaceable(long now, SlotNode slot) =>
        slot is { Wanted: not Reason.None, Current: not null, Next: null } && !WaitsForCanary(slot) && !IsHeldBack(now, slot) && (!_stopsFirst || MayStopFirst(slot));

    private int CountReplacing()
    {
        int count = 0;
        foreach (SlotNode slot in _slots)
        {
            count += UsesBudget(slot) ? 1 : 0;
        }
        return count;
    }

    private (bool IsExhausted, bool IsDue, long Order) OrderOf(SlotNode slot) => (IsExhausted(slot.Current!) && slot.FailedReplacements == 0, slot.RetireDue, -slot.WantedTicket);

    private bool UsesBudget(SlotNode slot) =>
        slot.IsReplacing && !(slot.Current is { } current && IsExhausted(current)) && !slot.Leaving.Exists(worker => !worker.ReplacedBy.IsNone && IsExhausted(worker));

    /// <summary>Has everybody begin to serve who can: replacements of workers that are due, spares, and replacements that would hold up others.</summary>
    private void Swap(long now, EffectList fx)
    {
        foreach (SlotNode slot in _slots)
        {
            if (slot.GivesWay)
            {
                Promote(now, slot, fx);
            }
        }
        UseSpares(now, fx);
        ReleaseHeld(now, fx);
    }

    /// <summary>The swap: in this one step the new worker begins to serve and the old one stops taking calls.</summary>
    private void Promote(long now, SlotNode slot, EffectList fx)
    {
        WorkerNode old = slot.Current!;
        Reason reason = slot.Wanted;
        slot.ClearWanted();
        old.ReplacedBy = slot.Next!.Key;
        Retire(now, slot, old, reason, fx);
        Serve(now, slot, fx);
    }

    private void Serve(long now, SlotNode slot, EffectList fx)
    {
        WorkerNode worker = slot.Next!;
        slot.Next = null;
        slot.Current = worker;
        worker.MoveTo(WorkerPhase.Serving);
        worker.Due = long.MaxValue;
        StartClocks(now, worker);
        EndRefill(slot, worker, fx);
        List(worker);
        if (worker.LaunchedAt < _codeChangedAt)
        {
            ReplaceWhenReady(now, worker, Reason.CodeChanged);
        }
        PlanForMaxRequests(now, worker);
        _dispatchDue = true;
    }

    /// <summary>A replacement that is ready before it is due waits, but not for ever: when the pace has fallen it takes over early.</summary>
    private void Hold(long now, SlotNode slot)
    {
        if (!slot.RetireDue && slot.Current!.Requests > 0)
        {
            SetDue(slot.Next!, now + Math.Max(_plan.Frequency, _learnedStart * 4));
        }
        Relist(slot.Current!);
    }

    /// <summary>A waiting replacement uses up budget. When another is wanted, it takes over now, so that it holds up nobody.</summary>
    private void ReleaseHeld(long now, EffectList fx)
    {
        (bool isWanted, bool isDue) = (false, false);
        foreach (SlotNode slot in _slots)
        {
            bool waits = slot is { Wanted: not Reason.None, Current: not null, Next: null } && !IsHeldBack(now, slot);
            isWanted |= waits;
            isDue |= waits && slot.RetireDue;
        }
        if (!isWanted || NextSlotToReplace(now) is not null)
        {
            return;
        }
        foreach (SlotNode slot in _slots)
        {
            if (slot.Current is { } old && !slot.RetireDue && slot.Next is { Phase: WorkerPhase.Ready } && (isDue || old.Requests > 0)
                && (slot.Wanted != Reason.TtlExpired || now >= EarliestTtl(old)))
            {
                Promote(now, slot, fx);
            }
        }
    }

    private void Retire(long now, SlotNode slot, WorkerNode old, Reason reason, EffectList fx)
    {
        BrakeIfUseless(now, old, reason, fx);
        Leave(slot, old, reason);
        old.MoveTo(WorkerPhase.Draining);
        SetDue(old, SafeAdd(now, _plan.DrainTimeout));
        fx.Add(new Effect(EffectKind.ReportDraining, old.Key, Reason: reason, Argument: old.Load - CountWaiting(old)));
        if (old.Load == 0)
        {
            Stop(now, old, fx);
        }
    }

    /// <summary>The old worker may go before its replacement comes: enough others are left. Where spares are, one of them comes first.</summary>
    private bool MayStopFirst(SlotNode slot) =>
        slot.RetireDue && (IsSpareComing || slot.IsTainted || IsExhausted(slot.Current!) || CountServing() > StopFirstFloor);

    private bool IsStopFirstHeldUp() =>
        _stopsFirst && Array.Exists(_slots, s => s is { RetireDue: true, Current: not null, Next: null } && !MayStopFirst(s));

    /// <summary>A pool made to stop first must be able to, however small it has become.</summary>
    private int StopFirstFloor => _plan.StopFirst ? Math.Min(_plan.MinReady, _target - 1) : LeastReady;

    /// <summary>There is no room for both.</summary>
    private void StopFirst(long now, SlotNode slot, EffectList fx)
    {
        WorkerNode old = slot.Current!;
        Reason reason = slot.Wanted;
        slot.ClearWanted();
        old.HoldsPlace = true;
        slot.Refills = old.Key.Generation;
        Retire(now, slot, old, reason, fx);
    }

    private static void EndRefill(SlotNode slot, WorkerNode worker, EffectList fx)
    {
        if (slot.Refills != 0)
        {
            fx.Add(new Effect(EffectKind.ReportRefilled, worker.Key, Argument: slot.Refills));
            slot.Refills = 0;
        }
    }

    /// <summary>Nobody is to serve in the slot after all.</summary>
    private static void GiveUpRefill(SlotNode slot, EffectList fx)
    {
        fx.Add(new Effect(EffectKind.ReportRefilled, new WorkerKey(slot.Index, 0), Argument: slot.Refills));
        slot.Refills = 0;
        slot.Leaving.ForEach(static worker => worker.HoldsPlace = false);
    }
}
