namespace Snakepit.Pools.Kernel;

/// <content>The reasons to replace a worker, and when each falls due.</content>
internal sealed partial class PoolKernel
{
    /// <summary>How long a worker of that slot serves. Slots differ, evenly, so that those that began together do not end together.</summary>
    public long EffectiveTtl(int slot)
    {
        long most = _plan.Ttl / 10;
        return _plan.Ttl - (long)((double)most * (slot % _target) / _target);
    }

    /// <summary>Reasons that a fresh worker may give at once, and the next fresh one again.</summary>
    private static bool WaitsForLeastLife(Reason reason) => reason is Reason.MemoryThreshold or Reason.MemoryGrowth or Reason.Errors or Reason.Custom;

    /// <summary>It is replaced for a reason, not for want of better.</summary>
    private static bool IsRecycling(Reason reason) => reason is > Reason.None and < Reason.Shutdown;

    private void OnLimit(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        SlotNode slot = _slots[worker.Key.Slot];
        if (reason == Reason.MemoryLimit)
        {
            if (!worker.Killed)
            {
                Kill(now, worker, reason, fx);
            }
        }
        else if (slot.Current == worker && reason == Reason.MemoryThreshold)
        {
            OnMemoryThreshold(now, worker, fx);
        }
        else if (slot.Current == worker)
        {
            ReplaceFor(now, worker, reason);
        }
        else if (worker.IsStarting || (worker.Phase == WorkerPhase.Ready && (WaitsForLeastLife(reason) || reason is Reason.CpuTime or Reason.WorkerRequested)))
        {
            worker.Hold(reason); // its least life begins when it serves: the next one would give the same reason as early
        }
        else if (worker.Phase == WorkerPhase.Ready)
        {
            Discard(now, slot, worker, reason, fx);
            _staffDue = true;
        }
    }

    private void OnLimitCleared(long now, WorkerNode worker, Reason reason)
    {
        worker.LetGo(reason);
        if (reason == Reason.HealthCheckFailed)
        {
            NotePassedCheck(worker);
        }
        else if (reason == Reason.MemoryThreshold)
        {
            ForgetMemoryThreshold(now, worker);
        }
    }

    private void ReplaceFor(long now, WorkerNode worker, Reason reason)
    {
        if (WaitsForLeastLife(reason) && now < LeastLifeEnds(worker))
        {
            worker.Hold(reason);
            NoteClock(LeastLifeEnds(worker));
            return;
        }
        ReplaceWhenReady(now, worker, reason);
    }

    private long LeastLifeEnds(WorkerNode worker) => SafeAdd(worker.ServingSince, _plan.MinLifetime);

    private void CountError(long now, WorkerNode worker, bool failed)
    {
        if (!failed)
        {
            worker.Errors = 0;
            worker.LetGo(Reason.Errors);
        }
        else if (++worker.Errors >= _plan.MaxConsecutiveErrors && _plan.MaxConsecutiveErrors > 0 && _slots[worker.Key.Slot].Current == worker)
        {
            ReplaceFor(now, worker, Reason.Errors);
        }
    }

    private void StartClocks(long now, WorkerNode worker)
    {
        worker.ServingSince = worker.IdleSince = now;
        worker.Ttl = _plan.Ttl == 0 ? 0 : EffectiveTtl(worker.Key.Slot);
        worker.TtlDue = worker.Ttl == 0 ? long.MaxValue : SafeAdd(now, worker.Ttl);
        worker.CheckDue = _plan.CheckInterval > 0 && worker.CanCheck ? now + _plan.CheckInterval : long.MaxValue;
        NotePlan(worker);
        NoteClock(ClockOf(worker));
    }

    /// <summary>When something of a serving worker is due. Of idleness only the earliest time is known: calls come and go unnoticed.</summary>
    private long ClockOf(WorkerNode worker)
    {
        long due = worker.NextClock;
        if (worker.Held != Reason.None)
        {
            due = Math.Min(due, LeastLifeEnds(worker));
        }
        return MayRest ? Math.Min(due, worker.IdleSince + _plan.IdleTimeout) : due;
    }

    private void TickServing(long now, SlotNode slot, WorkerNode worker, EffectList fx)
    {
        TickHealth(now, worker, fx);
        if (slot.Current != worker)
        {
            return;
        }
        if (worker.Held is not Reason.None and var held && now >= LeastLifeEnds(worker))
        {
            worker.LetGo(held);
            ReplaceWhenReady(now, worker, held);
        }
        else if (now >= worker.TtlDue)
        {
            worker.TtlDue = long.MaxValue;
            ReplaceWhenReady(now, worker, Reason.TtlExpired);
        }
        else if (MayRest && now >= worker.IdleSince + _plan.IdleTimeout)
        {
            RestIfIdle(now, slot, worker, fx);
        }
    }

    private void NoteClock(long due) => _workersDue = Math.Min(_workersDue, due);
}
