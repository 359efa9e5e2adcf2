using System.Runtime.InteropServices;

namespace Snakepit.Pools.Kernel;

/// <content>Workers: their exit, what it means for their calls, and how they are stopped.</content>
internal sealed partial class PoolKernel
{
    /// <summary>The worker's process is gone and everything it said was read. Its calls are judged here and nowhere else.</summary>
    /// <param name="now">The time.</param>
    /// <param name="key">The worker.</param>
    /// <param name="begun">Those of its calls that it has, or may have, begun.</param>
    /// <param name="fx">What to do.</param>
    /// <param name="note">How it ended.</param>
    public void Exited(long now, WorkerKey key, ReadOnlySpan<CallKey> begun, EffectList fx, EndNote note = default)
    {
        if (Find(key) is { } worker)
        {
            End(now, worker, begun, note, isGone: true, fx);
            Settle(now, fx);
        }
    }

    private void End(long now, WorkerNode worker, ReadOnlySpan<CallKey> begun, EndNote note, bool isGone, EffectList fx)
    {
        SlotNode slot = _slots[worker.Key.Slot];
        if (note.Taints && !_closing)
        {
            TaintByDeath(now, worker, fx); // first: it decides where the next one starts
        }
        if (worker.IsStarting)
        {
            OnStartFailed(now, worker, worker.Killed ? Reason.BootTimeout : Reason.BootFailed, worker.Killed ? default : note, fx);
        }
        bool served = worker.Phase is WorkerPhase.Serving or WorkerPhase.Ready;
        _listed.Remove(worker);
        if (isGone && DiesOfItsCalls(worker)) // else nobody knows what holds it, nor which calls it has begun
        {
            Accuse(now, worker, begun, fx);
        }
        worker.MoveTo(WorkerPhase.Exited);
        int lost = JudgeCalls(now, worker, begun, isGone, fx);
        Forget(slot, worker);
        _progressAt = worker.StartFailed ? _progressAt : now;
        if (served && !_closing)
        {
            OnDeath(now, slot, worker, note, fx);
        }
        else
        {
            ReportEnd(worker, lost, fx);
        }
        _dispatchDue = _staffDue = true;
    }

    private void OnDeath(long now, SlotNode slot, WorkerNode worker, EndNote note, EffectList fx)
    {
        fx.Add(new Effect(EffectKind.ReportExited, worker.Key, Reason: Reason.Died, Argument: worker.Requests));
        if (slot.Current is null && slot.Wanted == Reason.Manual)
        {
            fx.Add(new Effect(EffectKind.ReportAlreadyReplaced, worker.Key, Argument: slot.Next?.Key.Generation ?? 0));
        }
        if (slot.Current is null)
        {
            slot.ClearWanted();
        }
        NoteLoss(now, worker, Reason.Died, note);
    }

    private void ReportEnd(WorkerNode worker, int lost, EffectList fx)
    {
        if (worker.StartFailed)
        {
            return;
        }
        if (IsRecycling(worker.Leaving))
        {
            Recycled++;
            fx.Add(new Effect(EffectKind.ReportRecycled, worker.Key, Reason: worker.Leaving, Argument: new Succession(worker.ReplacedBy, lost).Pack()));
        }
        else
        {
            fx.Add(new Effect(EffectKind.ReportExited, worker.Key, Reason: worker.Leaving, Argument: worker.Requests));
        }
    }

    private int JudgeCalls(long now, WorkerNode worker, ReadOnlySpan<CallKey> begun, bool isGone, EffectList fx)
    {
        int lost = 0;
        for (int position = 0; worker.Calls.First >= 0; position++)
        {
            int index = worker.Calls.First;
            ref CallState call = ref _calls[index];
            bool mayHaveRun = begun.Contains(_calls.KeyOf(index));
            if (!mayHaveRun && position >= _plan.Capacity)
            {
                call.Attempts--; // it only waited behind others: not what the worker died of
            }
            bool again = mayHaveRun
                ? isGone && call.Idempotent && call.Attempts < _plan.MaxAttempts
                : call.Attempts < _plan.MaxAssignments;
            if (again && call.Open && !call.IsCheck && MayQueueAgain && !_quarantine.Holds(call.Input, now))
            {
                Requeue(now, worker, index);
                continue;
            }
            if (call.Open)
            {
                lost += call.IsCheck ? 0 : 1;
                Complete(index, mayHaveRun ? Outcome.WorkerLostMayHaveRun : Outcome.WorkerLostNotStarted, fx);
            }
            EndAssignment(now, worker, index);
        }
        return lost;
    }

    private void TickWorkers(long now, EffectList fx)
    {
        foreach (SlotNode slot in _slots)
        {
            if (slot.Next is { } next)
            {
                TickNext(now, slot, next, fx);
            }
            if (slot.Current is { } current && !_closing)
            {
                TickServing(now, slot, current, fx);
            }
            for (int i = slot.Leaving.Count - 1; i >= 0; i--)
            {
                if (slot.Leaving[i].Due <= now)
                {
                    OnLeavingDue(now, slot.Leaving[i], fx);
                }
            }
        }
        if (!_closing)
        {
            GiveUpRequests(now, fx);
            EndLateLooks(now);
            EndTaints(now);
        }
        if (now >= _rejectQueueAt)
        {
            _rejectQueueAt = long.MaxValue;
            RejectQueue(Outcome.PoolStopping, fx);
        }
    }

    private void TickNext(long now, SlotNode slot, WorkerNode next, EffectList fx)
    {
        if (next.Phase == WorkerPhase.Ready)
        {
            TickHealth(now, next, fx);
        }
        if (next.Due > now || slot.Next != next)
        {
            return;
        }
        if (next.Phase == WorkerPhase.Ready)
        {
            next.Due = long.MaxValue;
            if (slot.Current is not null) // else the worker it was held for has died, and it is a spare
            {
                FallDue(now, slot);
            }
        }
        else
        {
            EndHungStart(now, next, fx);
        }
    }

    private void OnLeavingDue(long now, WorkerNode worker, EffectList fx)
    {
        if (worker.Killed)
        {
            // Not even SIGKILL ended it (a driver, a dead file server): its calls get their outcome, the slot goes on without it. It may still run
            // them, so nobody else may.
            fx.Add(new Effect(EffectKind.ReportUnkillable, worker.Key));
            EndUnkillable(now, worker, fx);
        }
        else if (worker.Phase == WorkerPhase.Draining && _closing)
        {
            worker.MoveTo(WorkerPhase.Stopping);
            SetDue(worker, SafeAdd(now, _plan.KillTimeout));
            fx.Add(new Effect(EffectKind.Terminate, worker.Key));
        }
        else
        {
            Kill(now, worker, worker.Phase == WorkerPhase.Draining ? Reason.DrainTimeout : Reason.StopTimeout, fx);
        }
    }

    private void EndUnkillable(long now, WorkerNode worker, EffectList fx)
    {
        var begun = new List<CallKey>(worker.Load);
        for (int index = worker.Calls.First; index >= 0; index = _calls[index].Next)
        {
            begun.Add(_calls.KeyOf(index));
        }
        End(now, worker, CollectionsMarshal.AsSpan(begun), default, isGone: false, fx);
    }

    /// <summary>Orders SIGKILL. The worker's slot goes on at once; its calls are judged when it is gone.</summary>
    private void Kill(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        SlotNode slot = _slots[worker.Key.Slot];
        worker.Killed = true;
        fx.Add(new Effect(EffectKind.Kill, worker.Key, Reason: reason));
        if (worker.IsStarting)
        {
            OnStartFailed(now, worker, reason, default, fx);
        }
        else
        {
            KillServing(now, slot, worker, reason, fx);
        }
        SetDue(worker, SafeAdd(now, _plan.KillTimeout));
        _staffDue = true;
    }

    private void KillServing(long now, SlotNode slot, WorkerNode worker, Reason reason, EffectList fx)
    {
        bool serving = slot.Current == worker;
        if (reason is Reason.MemoryLimit or Reason.Unresponsive && worker.Leaving == Reason.None)
        {
            NoteLoss(now, worker, reason);
        }
        if (serving && slot.Wanted == Reason.Manual)
        {
            fx.Add(new Effect(EffectKind.ReportAlreadyReplaced, worker.Key, Argument: slot.Next?.Key.Generation ?? 0));
        }
        Leave(slot, worker, worker.Leaving == Reason.None ? reason : worker.Leaving);
        if (worker.Phase != WorkerPhase.Stopping)
        {
            worker.MoveTo(WorkerPhase.Stopping);
        }
        if (serving)
        {
            slot.ClearWanted();
        }
    }

    /// <summary>Asks a worker without calls to end.</summary>
    private void Stop(long now, WorkerNode worker, EffectList fx)
    {
        worker.MoveTo(WorkerPhase.Stopping);
        SetDue(worker, SafeAdd(now, _plan.KillTimeout));
        fx.Add(new Effect(EffectKind.Stop, worker.Key));
    }

    /// <summary>Takes a worker out of its slot's service; its node stays until its exit is seen.</summary>
    private void Leave(SlotNode slot, WorkerNode worker, Reason reason)
    {
        _listed.Remove(worker);
        worker.Leaving = reason;
        if (slot.Current == worker)
        {
            slot.Current = null;
        }
        else if (slot.Next == worker)
        {
            slot.Next = null;
        }
        if (!slot.Leaving.Contains(worker))
        {
            slot.Leaving.Add(worker);
        }
    }

    private static void Forget(SlotNode slot, WorkerNode worker)
    {
        if (slot.Current == worker)
        {
            slot.Current = null;
        }
        else if (slot.Next == worker)
        {
            slot.Next = null;
        }
        slot.Leaving.Remove(worker);
    }

    private void SetDue(WorkerNode worker, long due)
    {
        worker.Due = due;
        _workersDue = Math.Min(_workersDue, due);
    }
}
