namespace Snakepit.Pools.Kernel;

/// <content>Recycling: which worker is to be replaced, when its replacement starts, and the one step in which they change places.</content>
internal sealed partial class PoolKernel
{
    private bool _stopsFirst;

    private int RecycleBudget => _plan.MaxConcurrentRecycles > 0 ? _plan.MaxConcurrentRecycles : Math.Max(1, _target / 10);

    private bool IsExhausted(WorkerNode worker) => _plan.MaxRequests > 0 && worker.Requests >= _plan.MaxRequests;

    /// <summary>A worker that takes no more calls gives way as soon as its replacement is ready. A reason it had before stands.</summary>
    private void ReplaceWhenReady(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        SlotNode slot = _slots[worker.Key.Slot];
        if (slot.Current != worker || _closing)
        {
            return;
        }
        if (!slot.RetireDue)
        {
            Want(slot, reason);
        }
        else if (slot.MayBeTakenBack && slot.Overridden == Reason.None)
        {
            slot.Overridden = reason;
        }
        slot.RetireDue = true;
        if (slot.Next is { Phase: WorkerPhase.Ready })
        {
            Promote(now, slot, fx);
        }
        Reconcile(now, fx);
    }

    private void RequestRecycle(long now, int slot, EffectList fx)
    {
        ReadOnlySpan<SlotNode> slots = Select(slot);
        foreach (SlotNode node in slots)
        {
            RequestRecycle(node, fx);
        }
        foreach (SlotNode node in slots)
        {
            // Only now: a swap can bring forward the swap of another slot, whose new worker must not be taken for the one that was meant.
            if (node is { RetireDue: true, Next.Phase: WorkerPhase.Ready })
            {
                Promote(now, node, fx);
            }
        }
        Reconcile(now, fx);
    }

    private void RequestRecycle(SlotNode slot, EffectList fx)
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
            if (slot.RetireDue && !slot.MayBeTakenBack)
            {
                slot.Overridden = slot.Wanted;
            }
            Want(slot, Reason.Manual);
            slot.RetireDue = true;
        }
    }

    private void CancelRecycle(int slot)
    {
        foreach (SlotNode node in Select(slot))
        {
            if (node.Wanted == Reason.Manual && node.Next is null && node.Current is { } worker)
            {
                TakeBack(node, worker);
            }
        }
    }

    /// <summary>Nobody asks for the replacement any more; the worker itself may still give reason for one.</summary>
    private void TakeBack(SlotNode slot, WorkerNode worker)
    {
        Reason standing = worker.Overdue ? Reason.CancelGrace
            : IsExhausted(worker) ? Reason.MaxRequests
            : slot.Overridden != Reason.None ? slot.Overridden
            : worker.LaunchedAt < _codeChangedAt ? Reason.CodeChanged
            : Reason.None;
        ClearWanted(slot);
        if (standing != Reason.None)
        {
            Want(slot, standing);
            slot.RetireDue = true;
        }
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

    private static void ClearWanted(SlotNode slot)
    {
        slot.Wanted = slot.Overridden = Reason.None;
        slot.RetireDue = false;
    }

    /// <summary>The slot whose replacement is to start next: due ones before those planned ahead, then in the order of asking. Null beyond the budget.</summary>
    private SlotNode? NextSlotToReplace(long now)
    {
        SlotNode? best = null;
        int replacing = 0;
        foreach (SlotNode slot in _slots)
        {
            if (slot.IsReplacing)
            {
                replacing++;
            }
            if (slot.Wanted != Reason.None && slot.Current is not null && slot.Next is null && !WaitsForCanary(slot) && !IsHeldBack(now, slot) && (!_stopsFirst || MayStopFirst(slot))
                && (best is null || (slot.RetireDue, -slot.WantedTicket).CompareTo((best.RetireDue, -best.WantedTicket)) > 0))
            {
                best = slot;
            }
        }
        return replacing < RecycleBudget ? best : null;
    }

    /// <summary>The swap: in this one step the new worker begins to serve and the old one stops taking calls.</summary>
    private void Promote(long now, SlotNode slot, EffectList fx)
    {
        if (slot.Current is { } old)
        {
            Reason reason = slot.Wanted;
            ClearWanted(slot);
            old.ReplacedBy = slot.Next!.Key;
            Retire(now, slot, old, reason, fx);
        }
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
            ReplaceWhenReady(now, worker, Reason.CodeChanged, fx);
        }
        PlanForMaxRequests(now, worker, fx);
        DispatchQueue(now, fx);
    }

    /// <summary>A replacement that is ready before it is due waits, but not for ever: when the pace has fallen it takes over early.</summary>
    private void Hold(long now, SlotNode slot)
    {
        if (slot.Current!.Requests > 0)
        {
            SetDue(slot.Next!, now + Math.Max(_plan.Frequency, _learnedStart * 4));
        }
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
        ClearWanted(slot);
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
