namespace Snakepit.Pools.Kernel;

/// <summary>
/// Decides on replacements for the number of requests, and has replacements start before they are due. Workers that are due together share
/// the budget, so the first replacements begin earlier.
/// </summary>
internal sealed class Planner(PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Replacements replacements)
{
    private const int LooksPerStart = 8;
    private long[] _dueTimes = [];
    private long[] _beginTimes = [];
    private SlotNode[] _dueSlots = [];
    private long _replanAt = long.MinValue; // no earlier for a single call

    /// <summary>The time at which the next replacement should begin, as far as is known.</summary>
    public long PlanAt
    {
        get;
        set
        {
            field = value;
            agenda.Wake = true;
        }
    } = long.MaxValue;

    /// <summary>Whether there are no spares, and room for two workers.</summary>
    private bool PlansAhead => plan.Spares == 0 && !status.StopsFirst;

    /// <summary>The duration of a start, plus half of it.</summary>
    private long StartAhead => (long)(status.LearnedStart * 1.5);

    /// <summary>
    /// Returns the earliest end of a worker's service: however many are due together, a worker serves for nine tenths of its time.
    /// </summary>
    public long EarliestTtl(WorkerNode worker) => PoolKernel.SafeAdd(worker.Times.ServingSince, plan.Ttl / 10 * 9);

    /// <summary>
    /// Returns how long a worker of that slot serves. Slots differ evenly, so that workers that began together do not end together.
    /// </summary>
    public long EffectiveTtl(int slot)
    {
        long most = plan.Ttl / 10;
        return plan.Ttl - (long)((double)most * (slot % roster.Target) / roster.Target);
    }

    /// <summary>A worker begins to serve. One with its own TTL may need its replacement before others do.</summary>
    public void NoteServing(long now, WorkerNode worker)
    {
        LimitLife(worker);
        if (worker.Due.Ttl != long.MaxValue && PlansAhead)
        {
            PlanAt = Math.Min(PlanAt, worker.Due.Ttl - (StartAhead * (1 + ((roster.Target - 1) / roster.RecycleBudget))));
        }
    }

    /// <summary>Sets the end of a worker's service, by its TTL and the time at which it began.</summary>
    public void LimitLife(WorkerNode worker)
    {
        worker.Times.Ttl = plan.Ttl == 0 ? 0 : EffectiveTtl(worker.Key.Slot);
        worker.Due.Ttl = worker.Times.Ttl == 0 ? long.MaxValue : PoolKernel.SafeAdd(worker.Times.ServingSince, worker.Times.Ttl);
    }

    /// <summary>
    /// A worker has one more call. With as many as Recycle.MaxRequests it gives way; before that, its replacement is planned.
    /// </summary>
    public void ApplyMaxRequests(long now, WorkerNode worker)
    {
        SlotNode slot = worker.Slot;
        if (plan.MaxRequests == 0 || status.IsClosing)
        {
            return;
        }
        if (slot.Current != worker) // it drains: once it may run no more calls, it leaves the budget to others
        {
            agenda.Staff |= plan.IsExhausted(worker);
        }
        else if (plan.IsUsedUp(worker))
        {
            if (worker.Requests == plan.MaxRequests || !slot.RetireDue) // else it only waits for its replacement
            {
                replacements.ReplaceWhenReady(now, worker, Reason.MaxRequests);
            }
        }
        else if (plan.MaxRequests == 1 && PlansAhead && slot.ReplaceReason == Reason.None)
        {
            replacements.SetReplaceReason(slot, Reason.MaxRequests); // no pace to learn from: the replacement starts with the worker
            agenda.Staff = true;
        }
        else if (now >= _replanAt)
        {
            PlanAhead(now);
        }
    }

    /// <summary>
    /// A replacement that is ready before it is due waits, but not for ever: when the pace has fallen, it takes over early.
    /// </summary>
    public void LimitWait(long now, WorkerNode replacement) =>
        replacement.Due.Phase = now + Math.Max(plan.Frequency, status.LearnedStart * 4);

    /// <summary>Requests the replacements that must begin now, so that all are ready in time within the budget.</summary>
    public void PlanAhead(long now)
    {
        PlanAt = long.MaxValue;
        _replanAt = now + (StartAhead / LooksPerStart);
        if (!PlansAhead || status.IsClosing)
        {
            return;
        }
        int count = CollectDue(now, out int ahead);
        Array.Sort(_dueTimes, _dueSlots, 0, count);
        PlanBegins(count, ahead);
        for (int i = 0; i < count; i++)
        {
            WorkerNode worker = _dueSlots[i].Current!;
            bool isTtl = _dueTimes[i] == worker.Due.Ttl;
            long begin = isTtl ? Math.Max(_beginTimes[i], EarliestTtl(worker) - StartAhead) : _beginTimes[i];
            if (begin <= now)
            {
                WantUpTo(i);
            }
            else if (isTtl && _dueSlots[i].ReplaceReason == Reason.None)
            {
                PlanAt = Math.Min(PlanAt, begin); // a begin that depends on calls is checked when they come
            }
        }
    }

    public void Exchange(KernelImage image)
    {
        PlanAt = image.Of(PlanAt);
        _replanAt = image.Of(_replanAt);
    }

    /// <summary>
    /// Computes the latest begin of each replacement, from the last to the first: it must be ready when its worker is due and when the next
    /// one needs the budget.
    /// </summary>
    private void PlanBegins(int count, int ahead)
    {
        int budget = roster.RecycleBudget;
        long wait = StartAhead * (ahead / budget);
        for (int i = count - 1; i >= 0; i--)
        {
            long ready = _dueTimes[i] - wait;
            ready = i + budget < count ? Math.Min(ready, _beginTimes[i + budget]) : ready;
            _beginTimes[i] = ready - StartAhead;
        }
    }

    private void WantUpTo(int last)
    {
        for (int i = last; i >= 0 && _dueSlots[i].ReplaceReason == Reason.None; i--)
        {
            bool isTtl = _dueTimes[i] == _dueSlots[i].Current!.Due.Ttl;
            replacements.SetReplaceReason(_dueSlots[i], isTtl ? Reason.TtlExpired : Reason.MaxRequests);
            agenda.Staff = true;
        }
    }

    /// <param name="now">The time.</param>
    /// <param name="ahead">The number of replacements before the planned ones: in progress, or due.</param>
    /// <returns>The number of workers that will be due and whose replacement has not started yet.</returns>
    private int CollectDue(long now, out int ahead)
    {
        if (_dueTimes.Length < roster.Slots.Length)
        {
            _dueTimes = new long[roster.Slots.Length];
            _beginTimes = new long[roster.Slots.Length];
            _dueSlots = new SlotNode[roster.Slots.Length];
        }
        int count = 0;
        ahead = 0;
        foreach (SlotNode slot in roster.Slots)
        {
            if (slot.IsReplacing || slot.RetireDue)
            {
                ahead += slot.Next is { Phase: WorkerPhase.Ready } ? 0 : 1; // it waits, and takes over when its budget is needed
            }
            else if (slot.Current is { } worker && DueOf(now, worker) is < long.MaxValue and var due)
            {
                (_dueTimes[count], _dueSlots[count]) = (due, slot);
                count++;
            }
        }
        return count;
    }

    /// <summary>Returns when its time is over, or when its calls are used up at the present pace.</summary>
    private long DueOf(long now, WorkerNode worker)
    {
        if (plan.MaxRequests <= 1 || worker.Requests * 4 < plan.MaxRequests)
        {
            return worker.Due.Ttl; // the first calls after a swap come in a burst, which is no pace yet
        }
        double remaining = (plan.MaxRequests - worker.Requests) * (double)(now - worker.Times.ServingSince) / worker.Requests;
        return remaining < long.MaxValue / 4 ? Math.Min(worker.Due.Ttl, now + (long)remaining) : worker.Due.Ttl;
    }
}
