namespace Snakepit.Pools.Kernel;

/// <content>Replacements that are started before they are due. Workers that fall due together share the budget, so the first of them begin earlier.</content>
internal sealed partial class PoolKernel
{
    private const int LooksPerStart = 8;
    private long[] _dueTimes = [];
    private long[] _beginTimes = [];
    private SlotNode[] _dueSlots = [];
    private long _planAt = long.MaxValue; // when the next replacement is to begin, as far as is known now
    private long _replanAt = long.MinValue; // not before that for the sake of one more call

    /// <summary>There are no spares for it, and room for two.</summary>
    private bool PlansAhead => _plan.Spares == 0 && !_stopsFirst;

    /// <summary>What a start takes, and half of that.</summary>
    private long StartAhead => (long)(_learnedStart * 1.5);

    /// <summary>A worker that is used up gives way; before that its replacement is planned.</summary>
    private void PlanForMaxRequests(long now, WorkerNode worker)
    {
        SlotNode slot = _slots[worker.Key.Slot];
        if (_plan.MaxRequests == 0 || slot.Current != worker || _closing)
        {
            return;
        }
        if (IsUsedUp(worker))
        {
            if (worker.Requests == _plan.MaxRequests || !slot.RetireDue) // else all that it waits for is its replacement
            {
                ReplaceWhenReady(now, worker, Reason.MaxRequests);
            }
        }
        else if (_plan.MaxRequests == 1 && PlansAhead && slot.Wanted == Reason.None)
        {
            Want(slot, Reason.MaxRequests); // no pace to learn from: the replacement starts with the worker
            _staffDue = true;
        }
        else if (now >= _replanAt)
        {
            _staffDue |= PlanAhead(now);
        }
    }

    /// <summary>Begins to want what has to begin now so that, within the budget, everybody's replacement is ready in time.</summary>
    /// <returns>Whether something new is wanted.</returns>
    private bool PlanAhead(long now)
    {
        _planAt = long.MaxValue;
        _replanAt = now + (StartAhead / LooksPerStart);
        if (!PlansAhead || _closing)
        {
            return false;
        }
        bool isNews = false;
        int count = CollectDue(now, out int ahead);
        Array.Sort(_dueTimes, _dueSlots, 0, count);
        PlanBegins(count, ahead);
        for (int i = 0; i < count; i++)
        {
            WorkerNode worker = _dueSlots[i].Current!;
            bool isTtl = _dueTimes[i] == worker.TtlDue;
            long begin = isTtl ? Math.Max(_beginTimes[i], EarliestTtl(worker) - StartAhead) : _beginTimes[i];
            if (begin <= now)
            {
                isNews |= WantUpTo(i);
            }
            else if (isTtl && _dueSlots[i].Wanted == Reason.None)
            {
                _planAt = Math.Min(_planAt, begin); // what depends on calls is looked at when they come
            }
        }
        return isNews;
    }

    /// <summary>Computes the latest begin of each replacement, from the last to the first: it is ready when its worker is due and when the next one needs the budget.</summary>
    private void PlanBegins(int count, int ahead)
    {
        int budget = RecycleBudget;
        long wait = StartAhead * (ahead / budget);
        for (int i = count - 1; i >= 0; i--)
        {
            long ready = _dueTimes[i] - wait;
            ready = i + budget < count ? Math.Min(ready, _beginTimes[i + budget]) : ready;
            _beginTimes[i] = ready - StartAhead;
        }
    }

    private bool WantUpTo(int last)
    {
        bool isNews = false;
        for (int i = last; i >= 0 && _dueSlots[i].Wanted == Reason.None; i--)
        {
            Want(_dueSlots[i], _dueTimes[i] == _dueSlots[i].Current!.TtlDue ? Reason.TtlExpired : Reason.MaxRequests);
            isNews = true;
        }
        return isNews;
    }

    /// <param name="now">The time.</param>
    /// <param name="ahead">Replacements that come before all that are planned: under way, or due.</param>
    /// <returns>How many workers will be due whose replacement was not started yet.</returns>
    private int CollectDue(long now, out int ahead)
    {
        if (_dueTimes.Length < _slots.Length)
        {
            _dueTimes = new long[_slots.Length];
            _beginTimes = new long[_slots.Length];
            _dueSlots = new SlotNode[_slots.Length];
        }
        int count = 0;
        ahead = 0;
        foreach (SlotNode slot in _slots)
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

    /// <summary>When its time is over, or at its pace so far its calls are.</summary>
    private long DueOf(long now, WorkerNode worker)
    {
        if (_plan.MaxRequests <= 1 || worker.Requests * 4 < _plan.MaxRequests)
        {
            return worker.TtlDue; // the first calls after a swap come in a burst: no pace yet
        }
        double remaining = (_plan.MaxRequests - worker.Requests) * (double)(now - worker.ServingSince) / worker.Requests;
        return remaining < long.MaxValue / 4 ? Math.Min(worker.TtlDue, now + (long)remaining) : worker.TtlDue;
    }

    /// <summary>Its replacement is not ready yet, so other workers of the same load take calls first. Otherwise the worker that was used last is used again, at a
    /// pace that nobody could foresee.</summary>
    private bool IsSpared(WorkerNode worker) =>
        _plan.MaxRequests > 0 && _slots[worker.Key.Slot] is { Wanted: Reason.MaxRequests, Next: not { Phase: WorkerPhase.Ready } };

    /// <summary>However many are due together, a worker serves for nine tenths of its time.</summary>
    private long EarliestTtl(WorkerNode worker) => SafeAdd(worker.ServingSince, _plan.Ttl / 10 * 9);

    /// <summary>A worker with a time of its own: its replacement may have to begin before that of others.</summary>
    private void NotePlan(WorkerNode worker)
    {
        if (worker.TtlDue != long.MaxValue && PlansAhead)
        {
            _planAt = Math.Min(_planAt, worker.TtlDue - (StartAhead * (1 + ((_target - 1) / RecycleBudget))));
        }
    }
}
