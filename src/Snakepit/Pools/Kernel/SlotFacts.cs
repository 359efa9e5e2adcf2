namespace Snakepit.Pools.Kernel;

/// <summary>Determines the facts of a slot.</summary>
internal static class SlotFacts
{
    /// <summary>Returns a bit for each <see cref="SlotFact"/>.</summary>
    public static uint Of(SlotNode slot, PoolPlan plan)
    {
        uint facts = 0;
        void Add(SlotFact fact, bool holds) => facts |= holds ? 1u << (int)fact : 0;
        bool isExhausted = slot.Current is { } current && plan.IsExhausted(current);
        bool isPresent = slot.Current is not null && !isExhausted;
        bool isVacant = slot.Current is null;
        bool isWanted = slot is { ReplaceReason: not Reason.None, Current: not null, Next: null };
        Add(SlotFact.Occupied, !isVacant || slot.Next is not null || slot.Leaving.Count > 0);
        Add(SlotFact.Current, !isVacant);
        Add(SlotFact.Present, isPresent);
        Add(SlotFact.Serving, isPresent && !slot.IsTainted);
        Add(SlotFact.Free, slot.IsFree);
        Add(SlotFact.FreeAndSound, slot is { IsFree: true, IsTainted: false });
        Add(SlotFact.Coming, isVacant && slot is { IsFree: false, IsTainted: false });
        Add(SlotFact.Starting, slot.Next is { IsStarting: true });
        Add(SlotFact.Waiting, slot.Next is { Phase: WorkerPhase.Ready });
        Add(SlotFact.GivesWay, slot.GivesWay);
        Add(SlotFact.Wanted, isWanted);
        Add(SlotFact.WantedNow, isWanted && slot.RetireDue);
        Add(SlotFact.WantedByExhausted, isWanted && isExhausted);
        Add(SlotFact.Awaited, slot.IsAwaited);
        Add(SlotFact.Overdue, slot.IsOverdue && !slot.ReplaceReason.Is(ReasonTrait.MayBeCancelled) && !isExhausted);
        Add(SlotFact.UsesBudget, slot.IsReplacing && !isExhausted && !HasReplacedExhausted(slot, plan));
        Add(SlotFact.Refilling, slot.Refills != 0);
        Add(SlotFact.Tainted, slot.IsTainted);
        Add(SlotFact.TaintedCurrent, slot.IsTainted && !isVacant);
        Add(SlotFact.TaintedComing, slot.IsTainted && isVacant && (slot.Next is not null || slot.Refills != 0));
        Add(SlotFact.HasLane, slot.Current is { Bound.Count: > 0 } || slot.Leaving.Exists(static worker => worker.Bound.Count > 0));
        Add(SlotFact.Troubled, slot.Restarts.Rows.Count > 0);
        return facts;
    }

    /// <summary>Returns whether the worker that was replaced takes no calls anyway.</summary>
    private static bool HasReplacedExhausted(SlotNode slot, PoolPlan plan)
    {
        foreach (WorkerNode worker in slot.Leaving)
        {
            if (!worker.Exit.ReplacedBy.IsNone && plan.IsExhausted(worker))
            {
                return true;
            }
        }
        return false;
    }
}
