namespace Snakepit.Pools.Kernel;

/// <content>The pool's end: no more admissions, running calls within the budget, then SIGTERM, then SIGKILL, then gone.</content>
internal sealed partial class PoolKernel
{
    private bool _closing;
    private long _drainUntil;
    private long _rejectQueueAt = long.MaxValue;

    private void Shutdown(long now, EffectList fx)
    {
        if (_closing)
        {
            return;
        }
        _closing = true;
        EndLooks(); // nobody is replaced any more
        _drainUntil = SafeAdd(now, Math.Max(0, _plan.StopTimeout - _plan.KillTimeout));
        if (_plan.DrainQueueOnStop && _queue.Count + _deepWorkers > 0)
        {
            _rejectQueueAt = _drainUntil;
        }
        else
        {
            RejectQueue(Outcome.PoolStopping, fx);
        }
        foreach (SlotNode slot in _slots)
        {
            CloseSlot(now, slot, fx);
        }
        _dispatchDue = _staffDue = true;
    }

    /// <summary>As when the time for running calls is over.</summary>
    private void HurryShutdown(long now, EffectList fx)
    {
        _drainUntil = Math.Min(_drainUntil, now);
        _rejectQueueAt = long.MaxValue;
        RejectQueue(Outcome.PoolStopping, fx);
        foreach (SlotNode slot in _slots)
        {
            foreach (WorkerNode worker in slot.Leaving)
            {
                if (worker.Phase == WorkerPhase.Draining)
                {
                    SetDue(worker, Math.Min(worker.Due, now));
                }
            }
        }
        _staffDue = true;
    }

    private void CloseSlot(long now, SlotNode slot, EffectList fx)
    {
        if (slot.Wanted == Reason.Manual)
        {
            fx.Add(new Effect(EffectKind.ReportKeptOld, slot.Current!.Key, Reason: Reason.Shutdown));
        }
        slot.ClearWanted();
        if (slot.Refills != 0)
        {
            GiveUpRefill(slot, fx);
        }
        if (slot.Next is { } next)
        {
            Leave(slot, next, Reason.Shutdown);
            if (next.Phase == WorkerPhase.Ready)
            {
                Stop(now, next, fx);
            }
            else
            {
                next.StartFailed = true; // not a failure of the adapter: nobody is told
                next.Killed = true;
                next.MoveTo(WorkerPhase.Stopping);
                SetDue(next, SafeAdd(now, _plan.KillTimeout));
                fx.Add(new Effect(EffectKind.Kill, next.Key, Reason: Reason.Shutdown));
            }
        }
        foreach (WorkerNode worker in slot.Leaving)
        {
            if (worker.Phase == WorkerPhase.Draining)
            {
                SetDue(worker, Math.Min(worker.Due, _drainUntil));
            }
        }
    }

    /// <summary>Workers without calls end as soon as nothing waits for them; without workers that take calls nothing can be waited for.</summary>
    private void StopIfDrained(long now, EffectList fx)
    {
        if (_queue.Count > 0 && CountServing() == 0)
        {
            RejectQueue(Outcome.PoolStopping, fx);
        }
        bool mayComeBack = _deepWorkers > 0 && _rejectQueueAt != long.MaxValue; // waiting in channels, to the queue
        if (_queue.Count > 0 || mayComeBack)
        {
            return;
        }
        foreach (SlotNode slot in _slots)
        {
            if (slot.Current is { } worker)
            {
                Leave(slot, worker, Reason.Shutdown);
                worker.MoveTo(WorkerPhase.Draining);
                SetDue(worker, _drainUntil);
                if (worker.Load == 0)
                {
                    Stop(now, worker, fx);
                }
            }
        }
    }
}
