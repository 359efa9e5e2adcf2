namespace Snakepit.Pools.Kernel;

/// <summary>Knows which workers are to be replaced and why, and which one is next.</summary>
internal sealed class Replacements(
    PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Availability availability, Failures failures)
{
    private long _tickets;

    /// <summary>The worker's replacement takes over as soon as it is ready. A reason that the worker had before stays.</summary>
    public void ReplaceWhenReady(long now, WorkerNode worker, Reason reason)
    {
        SlotNode slot = worker.Slot;
        if (slot.Current != worker || status.IsClosing)
        {
            return;
        }
        if (!slot.RetireDue || (slot.ReplaceReason.Is(ReasonTrait.Brakes) && !reason.Is(ReasonTrait.Brakes)))
        {
            Reason before = slot.ReplaceReason;
            SetReplaceReason(slot, reason); // a reason that is never slowed down replaces one that may be
            if (slot.RetireDue && reason.Is(ReasonTrait.MayBeLifted))
            {
                Remember(slot, before);
            }
        }
        else if (slot.ReplaceReason.Is(ReasonTrait.MayBeCancelled | ReasonTrait.MayPass | ReasonTrait.MayBeLifted))
        {
            Remember(slot, reason);
        }
        FallDue(now, slot);
        agenda.Staff = true;
    }

    /// <summary>The worker is to be replaced. <see cref="FallDue"/> says that it is due.</summary>
    public void SetReplaceReason(SlotNode slot, Reason reason)
    {
        if (slot.ReplaceReason == Reason.None)
        {
            TakeTurn(slot);
        }
        slot.ReplaceReason = reason;
    }

    /// <summary>The slot takes its turn after all others that wait for one.</summary>
    public void TakeTurn(SlotNode slot) => slot.ReplaceTicket = ++_tickets;

    /// <summary>The worker is due from now on. If its replacement is ready, the worker takes no more calls.</summary>
    public void FallDue(long now, SlotNode slot)
    {
        slot.FallDue(now);
        if (slot.GivesWay)
        {
            availability.Remove(slot.Current!);
        }
    }

    public void Request(long now, int slot, EffectList fx)
    {
        foreach (SlotNode node in roster.Select(slot))
        {
            Request(now, node, fx);
        }
        agenda.Staff = true;
    }

    public void CancelRequest(long now, int slot)
    {
        foreach (SlotNode node in roster.Select(slot))
        {
            if (node.IsAwaited)
            {
                Cancel(now, node);
            }
        }
        agenda.Staff = true;
    }

    /// <summary>The request for the replacement is cancelled. The worker itself may still have a reason.</summary>
    public void Cancel(long now, SlotNode slot)
    {
        WorkerNode worker = slot.Current!;
        Reason standing = worker.Progress.PastCancelGrace ? Reason.CancelGrace
            : plan.IsUsedUp(worker) ? Reason.MaxRequests
            : slot.Overridden != Reason.None ? slot.Overridden
            : status.IsOutdated(worker) ? status.OutdatedReason(worker)
            : Reason.None;
        if (standing == Reason.None)
        {
            slot.ClearReplaceReason();
            return;
        }
        slot.ReplaceReason = standing; // it keeps its turn
        slot.Overridden = Reason.None;
        FallDue(now, slot);
    }

    /// <summary>
    /// A start has failed. Its slot keeps the old worker, and so does every slot whose turn would now come only after a longer pause.
    /// </summary>
    public void KeepOldAfter(long now, SlotNode failed, Reason reason, EffectList fx)
    {
        foreach (SlotNode slot in roster.Each(SlotFact.Awaited))
        {
            if (slot == failed || failures.NextStartOf(slot) - now > failures.FirstPause || (status.StopsFirst && !MayStopFirst(slot)))
            {
                KeepOld(now, slot, reason, fx);
            }
        }
    }

    /// <summary>The old worker stays.</summary>
    public void KeepOld(long now, SlotNode slot, Reason reason, EffectList fx)
    {
        fx.Add(Effect.WorkerKept(slot.Current!.Key, reason));
        Cancel(now, slot);
    }

    /// <summary>The worker ends before the replacement that was requested has taken over.</summary>
    public static void EndRequest(SlotNode slot, WorkerNode worker, EffectList fx)
    {
        if (slot.ReplaceReason == Reason.Manual)
        {
            fx.Add(Effect.AlreadyReplaced(worker.Key, slot.Next?.Key ?? default));
        }
    }

    /// <summary>
    /// Returns the slot whose replacement is next. Exhausted workers come first, unless their replacements have failed; then those that are
    /// due, before those that are planned ahead; then the order in which they were wanted.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="starts">Whether the replacement is to be started; false when it is ready.</param>
    public SlotNode? Next(long now, bool starts = false)
    {
        SlotNode? best = null;
        SlotFact among = HasBudget ? SlotFact.Wanted : SlotFact.WantedByExhausted;
        foreach (SlotNode slot in roster.Each(among))
        {
            if ((best is null || OrderOf(slot).CompareTo(OrderOf(best)) > 0) && IsReplaceable(now, slot)
                && (!starts || failures.MayStart(now, slot)))
            {
                best = slot;
            }
        }
        return best;
    }

    /// <summary>
    /// Returns the end of the pause that delays the replacement; <paramref name="now"/> or earlier when no pause does; long.MaxValue when
    /// it waits for something else.
    /// </summary>
    public long EndOfPause(long now, SlotNode slot) =>
        failures.IsHeldBack(now, slot) ? failures.NextReplacementOf(slot)
        : IsReplaceable(now, slot) && (HasBudget || plan.IsExhausted(slot.Current!)) ? failures.NextStartOf(slot)
        : long.MaxValue;

    /// <summary>Returns whether replacements wait for the budget only, and whether one of them is due.</summary>
    public (bool IsWanted, bool IsDue) Waiting(long now)
    {
        (bool isWanted, bool isDue) = (false, false);
        foreach (SlotNode slot in roster.Each(SlotFact.Wanted))
        {
            if (!failures.IsHeldBack(now, slot))
            {
                isWanted = true;
                isDue |= slot.RetireDue;
            }
            if (isDue)
            {
                break;
            }
        }
        return (isWanted, isDue);
    }

    /// <summary>
    /// Returns whether the old worker may stop before its replacement starts: enough others are left, or a spare takes over.
    /// </summary>
    public bool MayStopFirst(SlotNode slot) =>
        slot.RetireDue && (IsSpareComing || slot.IsTainted || plan.IsExhausted(slot.Current!)
            || roster.Count(SlotFact.Serving) > StopFirstFloor);

    public bool IsStopFirstHeldUp
    {
        get
        {
            if (!status.StopsFirst)
            {
                return false;
            }
            foreach (SlotNode slot in roster.Each(SlotFact.WantedNow))
            {
                if (!MayStopFirst(slot))
                {
                    return true;
                }
            }
            return false;
        }
    }

    /// <summary>Returns whether a spare is ready or starting that need not wait for the end of a taint.</summary>
    public bool IsSpareComing => plan.Spares > 0 && roster.Any(SlotFact.Coming);

    public void Exchange(KernelImage image) => _tickets = image.Of(_tickets);

    /// <summary>The number of replacements in progress that count against the budget.</summary>
    public int InProgress => roster.Count(SlotFact.UsesBudget);

    /// <summary>Counts the replacements that are in progress or could start now if only this pool limited their number.</summary>
    public int CountAsked(long now)
    {
        int asked = InProgress;
        foreach (SlotNode slot in roster.Each(SlotFact.Wanted))
        {
            if (asked >= roster.RecycleBudget)
            {
                break;
            }
            asked += !plan.IsExhausted(slot.Current!) && IsReplaceable(now, slot) && failures.MayStart(now, slot) ? 1 : 0;
        }
        return asked;
    }

    private bool HasBudget => InProgress < Math.Min(roster.RecycleBudget, status.Allowance.Replacements);

    /// <summary>A pool that must stop workers first must be able to, however small it has become.</summary>
    private int StopFirstFloor => status.StopsFirstByOrder ? Math.Min(plan.MinReady, roster.Target - 1) : roster.LeastReady;

    private void Request(long now, SlotNode slot, EffectList fx)
    {
        var last = new WorkerKey(slot.Index, slot.Next is null ? slot.Generation : slot.Next.Key.Generation - 1);
        if (status.IsClosing)
        {
            fx.Add(Effect.WorkerKept(last, Reason.Shutdown));
        }
        else if (slot.Current is null)
        {
            // The slot has no old worker: the one to come is new anyway.
            fx.Add(Effect.AlreadyReplaced(last, slot.Next?.Key ?? default));
        }
        else
        {
            if (slot.RetireDue && !slot.ReplaceReason.Is(ReasonTrait.MayBeCancelled)
                && (!slot.ReplaceReason.Is(ReasonTrait.MayPass) || slot.Overridden == Reason.None))
            {
                slot.Overridden = slot.ReplaceReason;
            }
            SetReplaceReason(slot, Reason.Manual);
            FallDue(now, slot);
            slot.AskedAt = now;
        }
    }

    /// <summary>The worker has another reason, which counts when the present one is cancelled.</summary>
    private static void Remember(SlotNode slot, Reason other)
    {
        if (slot.Overridden == Reason.None && slot.ReplaceReason != other)
        {
            slot.Overridden = other;
        }
    }

    private bool IsReplaceable(long now, SlotNode slot) =>
        !WaitsForCanary(slot) && !failures.IsHeldBack(now, slot) && (!status.StopsFirst || MayStopFirst(slot));

    private (bool IsExhausted, bool IsDue, long Order) OrderOf(SlotNode slot) =>
        (plan.IsExhausted(slot.Current!) && slot.FailedReplacements == 0, slot.RetireDue, -slot.ReplaceTicket);

    /// <summary>Returns whether another worker must try the changed code or configuration first.</summary>
    private bool WaitsForCanary(SlotNode slot) =>
        status.IsUntried && slot.ReplaceReason.Is(ReasonTrait.IsTriedFirst) && (roster.Any(SlotFact.Refilling) || IsCanaryOut());

    private bool IsCanaryOut()
    {
        foreach (SlotNode slot in roster.Each(SlotFact.Starting))
        {
            if (!status.IsOutdated(slot.Next!))
            {
                return true;
            }
        }
        foreach (SlotNode slot in roster.Each(SlotFact.Waiting))
        {
            if (!status.IsOutdated(slot.Next!))
            {
                return true;
            }
        }
        return false;
    }
}
