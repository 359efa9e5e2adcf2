namespace Snakepit.Pools.Kernel;

/// <content>Recycling: which worker is to be replaced, when its replacement starts, and the one step in which they change places.</content>
internal sealed partial class PoolKernel
{
    private bool IsExhausted(WorkerNode worker) => _plan.MaxRequests > 0 && worker.Requests >= _plan.MaxRequests;

    /// <summary>Starts a replacement early enough to be ready when the worker has begun its last call, and retires it then.</summary>
    private void PlanForMaxRequests(long now, WorkerNode worker, EffectList fx)
    {
        SlotNode slot = _slots[worker.Key.Slot];
        if (_plan.MaxRequests == 0 || slot.Current != worker || _closing)
        {
            return;
        }
        if (IsExhausted(worker))
        {
            ReplaceWhenReady(now, worker, Reason.MaxRequests, fx);
        }
        else if (slot.Wanted == Reason.None && IsNearingLimit(now, worker))
        {
            Want(slot, Reason.MaxRequests);
            Reconcile(now, fx);
        }
    }

    /// <summary>A worker that takes no more calls gives way as soon as its replacement is ready. A reason it had before stands.</summary>
    private void ReplaceWhenReady(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        SlotNode slot = _slots[worker.Key.Slot];
        if (slot.Current != worker || _closing)
        {
            return;
        }
        Want(slot, slot.Wanted == Reason.None ? reason : slot.Wanted);
        slot.RetireDue = true;
        if (slot.Next is { Phase: WorkerPhase.Ready })
        {
            Promote(now, slot, fx);
        }
        Reconcile(now, fx);
    }

    /// <summary>At the worker's pace so far the limit is nearer than one and a half learned starts.</summary>
    private bool IsNearingLimit(long now, WorkerNode worker)
    {
        if (_plan.MaxRequests == 1)
        {
            return true; // no pace to learn from: the replacement starts with the worker
        }
        if (worker.Requests * 4 < _plan.MaxRequests)
        {
            return false; // the first calls after a swap come in a burst: no pace yet
        }
        double age = now - worker.ServingSince;
        double remaining = (_plan.MaxRequests - worker.Requests) * age / worker.Requests;
        return remaining <= _learnedStart * 1.5;
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
        var last = new WorkerKey(slot.Index, slot.Generation);
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
                DropManual(node, worker);
            }
        }
    }

    /// <summary>Nobody asks for the replacement any more; the worker itself may still give reason for one.</summary>
    private void DropManual(SlotNode slot, WorkerNode worker)
    {
        ClearWanted(slot);
        if (worker.Overdue || IsExhausted(worker))
        {
            Want(slot, worker.Overdue ? Reason.CancelGrace : Reason.MaxRequests);
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
        slot.Wanted = Reason.None;
        slot.RetireDue = false;
    }

    /// <summary>The slot whose replacement is to start next: due ones before those planned ahead, then in the order of asking. Null beyond the budget.</summary>
    private SlotNode? NextSlotToReplace()
    {
        SlotNode? best = null;
        int replacing = 0;
        foreach (SlotNode slot in _slots)
        {
            if (slot.IsReplacing)
            {
                replacing++;
            }
            if (slot.Wanted != Reason.None && slot.Current is not null && slot.Next is null
                && (best is null || (slot.RetireDue, -slot.WantedTicket).CompareTo((best.RetireDue, -best.WantedTicket)) > 0))
            {
                best = slot;
            }
        }
        return replacing < _plan.MaxConcurrentRecycles ? best : null;
    }

    /// <summary>The swap: in this one step the new worker begins to serve and the old one stops taking calls.</summary>
    private void Promote(long now, SlotNode slot, EffectList fx)
    {
        WorkerNode next = slot.Next!;
        WorkerNode? old = slot.Current;
        Reason reason = slot.Wanted;
        slot.Next = null;
        slot.Current = next;
        ClearWanted(slot);
        next.MoveTo(WorkerPhase.Serving);
        next.ServingSince = now;
        next.Due = long.MaxValue;
        if (old is not null)
        {
            old.ReplacedBy = next.Key.Generation;
            Retire(now, slot, old, reason, fx);
        }
        List(next);
        PlanForMaxRequests(now, next, fx);
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

    /// <summary>A waiting replacement uses up budget. When another slot is due, it takes over now, so that it holds up nobody.</summary>
    private void ReleaseHeld(long now, EffectList fx)
    {
        if (!Array.Exists(_slots, static s => s.RetireDue && s.Current is not null && s.Next is null) || NextSlotToReplace() is not null)
        {
            return;
        }
        foreach (SlotNode slot in _slots)
        {
            if (slot.Current is not null && !slot.RetireDue && slot.Next is { Phase: WorkerPhase.Ready })
            {
                Promote(now, slot, fx);
            }
        }
    }

    private void PromoteIfReady(long now, SlotNode slot, EffectList fx)
    {
        if (slot.Current is null && slot.Next is { Phase: WorkerPhase.Ready })
        {
            Promote(now, slot, fx);
        }
    }

    private void Retire(long now, SlotNode slot, WorkerNode old, Reason reason, EffectList fx)
    {
        Leave(slot, old, reason);
        old.MoveTo(WorkerPhase.Draining);
        SetDue(old, SafeAdd(now, _plan.DrainTimeout));
        fx.Add(new Effect(EffectKind.ReportDraining, old.Key, Reason: reason, Argument: old.Load - CountWaiting(old)));
        if (old.Load == 0)
        {
            Stop(now, old, fx);
        }
    }
}
