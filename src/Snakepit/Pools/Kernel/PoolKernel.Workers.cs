namespace Snakepit.Pools.Kernel;

/// <content>Workers: start, ready, failure, exit, and the reconciliation that computes what is missing.</content>
internal sealed partial class PoolKernel
{
    private bool _everReady;
    private bool _failing; // no worker serves or starts, and the last start failed; ends with the next READY
    private int _startFailures;
    private long _nextStartAt = long.MinValue;
    private long _learnedStart;

    /// <summary>The worker's process is gone and everything it said was read. Its calls are judged here and nowhere else.</summary>
    /// <param name="now">The time.</param>
    /// <param name="key">The worker.</param>
    /// <param name="begun">Those of its calls that it has, or may have, begun.</param>
    /// <param name="fx">What to do.</param>
    public void Exited(long now, WorkerKey key, ReadOnlySpan<CallKey> begun, EffectList fx)
    {
        if (Find(key) is not { } worker)
        {
            return;
        }
        SlotNode slot = _slots[key.Slot];
        if (worker.IsStarting)
        {
            OnStartFailed(now, worker, Reason.BootFailed, fx);
        }
        bool served = worker.Phase is WorkerPhase.Serving or WorkerPhase.Ready;
        Unlist(worker);
        worker.MoveTo(WorkerPhase.Exited);
        int lost = JudgeCalls(now, worker, begun, fx);
        Forget(slot, worker);
        if (served && !_closing)
        {
            OnDeath(now, slot, worker, fx);
        }
        else
        {
            ReportEnd(worker, lost, fx);
        }
        DispatchQueue(now, fx);
        StopIfDrained(now, fx);
        Reconcile(now, fx);
    }

    private void OnDeath(long now, SlotNode slot, WorkerNode worker, EffectList fx)
    {
        fx.Add(new Effect(EffectKind.ReportExited, worker.Key, Reason: Reason.Died, Argument: worker.Requests));
        if (slot.Current is null && slot.Wanted == Reason.Manual)
        {
            fx.Add(new Effect(EffectKind.ReportAlreadyReplaced, worker.Key, Argument: slot.Next?.Key.Generation ?? 0));
        }
        if (slot.Current is null)
        {
            ClearWanted(slot);
            PromoteIfReady(now, slot, fx);
        }
        if (worker.Requests == 0)
        {
            _nextStartAt = Math.Max(_nextStartAt, now + _plan.InitialBackoff); // ready but dead before its first call: no restart loop at full speed
        }
    }

    private void ReportEnd(WorkerNode worker, int lost, EffectList fx)
    {
        if (worker.Leaving is Reason.MaxRequests or Reason.Manual)
        {
            Recycled++;
            fx.Add(new Effect(EffectKind.ReportRecycled, worker.Key, Reason: worker.Leaving, Argument: ((long)worker.ReplacedBy << 32) | (uint)lost));
        }
        else if (!worker.StartFailed)
        {
            fx.Add(new Effect(EffectKind.ReportExited, worker.Key, Reason: worker.Leaving, Argument: worker.Requests));
        }
    }

    private int JudgeCalls(long now, WorkerNode worker, ReadOnlySpan<CallKey> begun, EffectList fx)
    {
        int lost = 0;
        while (worker.Calls.First >= 0)
        {
            int index = worker.Calls.First;
            ref CallState call = ref _calls[index];
            bool mayHaveRun = begun.Contains(_calls.KeyOf(index));
            bool again = call.Open && (!mayHaveRun || (call.Idempotent && call.Attempts < _plan.MaxAttempts)) && (!_closing || _plan.DrainQueueOnStop);
            if (again && !_failing)
            {
                Requeue(now, worker, index);
                continue;
            }
            if (call.Open)
            {
                lost++;
                Complete(index, mayHaveRun ? Outcome.WorkerLostMayHaveRun : Outcome.WorkerLostNotStarted, fx);
            }
            EndAssignment(worker, index);
        }
        return lost;
    }

    private void Requeue(long now, WorkerNode worker, int index)
    {
        ref CallState call = ref _calls[index];
        worker.Calls.Remove(_calls, index);
        worker.OpenCalls--;
        call.Worker = null;
        call.Phase = CallPhase.Queued;
        _queue.AddByTicket(_calls, index);
        _wheel.Set(index, Math.Min(call.Deadline, now + _plan.QueueTimeout));
    }

    private void OnReady(long now, WorkerNode worker, EffectList fx)
    {
        worker.MoveTo(WorkerPhase.Ready);
        worker.Due = long.MaxValue;
        long took = now - worker.LaunchedAt;
        _learnedStart = _learnedStart == 0 ? took : ((_learnedStart * 3) + took) / 4;
        _startFailures = 0;
        _nextStartAt = long.MinValue;
        _failing = false;
        _everReady = true;
        fx.Add(new Effect(EffectKind.ReportReady, worker.Key, Argument: took));
        SlotNode slot = _slots[worker.Key.Slot];
        if (slot.Current is null || slot.RetireDue)
        {
            Promote(now, slot, fx);
        }
        else
        {
            Hold(now, slot);
        }
        Reconcile(now, fx);
    }

    /// <summary>A start has come to nothing. The slot tries again after a pause that all slots of the pool share: they share the adapter too.</summary>
    private void OnStartFailed(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        SlotNode slot = _slots[worker.Key.Slot];
        worker.StartFailed = true;
        Leave(slot, worker, reason);
        if (worker.Phase != WorkerPhase.Stopping)
        {
            worker.MoveTo(WorkerPhase.Stopping);
        }
        SetDue(worker, SafeAdd(now, _plan.KillTimeout));
        long pause = Backoff();
        _nextStartAt = now + pause;
        fx.Add(new Effect(EffectKind.ReportStartFailed, worker.Key, Reason: reason, Argument: pause));
        if (slot.Current is { } old && slot.Wanted == Reason.Manual)
        {
            fx.Add(new Effect(EffectKind.ReportKeptOld, old.Key, Reason: reason));
            ClearWanted(slot);
            PlanForMaxRequests(now, old, fx);
        }
        _failing = _failing || (CountServing() == 0 && !Array.Exists(_slots, static s => s.Next is not null));
        if (_failing)
        {
            RejectQueue(Outcome.PoolFailing, fx);
        }
        Reconcile(now, fx);
    }

    private long Backoff()
    {
        long pause = _plan.InitialBackoff << Math.Min(_startFailures, 16);
        pause = pause <= 0 || pause > _plan.MaxBackoff ? _plan.MaxBackoff : pause;
        _startFailures++;
        return pause + (long)(pause * _plan.Jitter * NextRandom(1_000) / 1_000);
    }

    /// <summary>Computes what is missing from the state and starts it: first empty slots, then replacements within their budget.</summary>
    private void Reconcile(long now, EffectList fx)
    {
        if (!_closing)
        {
            int starting = CountStarting();
            int limit = _startFailures > 0 ? 1 : _plan.MaxConcurrentStarts; // after a failure one start finds out
            ReleaseHeld(now, fx);
            while (starting < limit && now >= _nextStartAt && NextSlotToStart() is { } slot)
            {
                Launch(now, slot, fx);
                starting++;
            }
        }
        ComputeWorkersDue(now);
        ReportState(fx);
    }

    private int CountStarting()
    {
        int count = 0;
        foreach (SlotNode slot in _slots)
        {
            count += slot.Next is { IsStarting: true } ? 1 : 0;
        }
        return count;
    }

    private SlotNode? NextSlotToStart()
    {
        foreach (SlotNode slot in _slots)
        {
            if (slot.Current is null && slot.Next is null)
            {
                return slot;
            }
        }
        return NextSlotToReplace();
    }

    private void Launch(long now, SlotNode slot, EffectList fx)
    {
        var worker = new WorkerNode(new WorkerKey(slot.Index, ++slot.Generation), now);
        SetDue(worker, SafeAdd(now, _plan.BootTimeout));
        slot.Next = worker;
        fx.Add(new Effect(EffectKind.Launch, worker.Key));
    }

    private void TickWorkers(long now, EffectList fx)
    {
        foreach (SlotNode slot in _slots)
        {
            if (slot.Next is { } next && next.Due <= now)
            {
                OnNextDue(now, slot, next, fx);
            }
            for (int i = slot.Leaving.Count - 1; i >= 0; i--)
            {
                if (slot.Leaving[i].Due <= now)
                {
                    OnLeavingDue(now, slot.Leaving[i], fx);
                }
            }
        }
        if (now >= _rejectQueueAt)
        {
            _rejectQueueAt = long.MaxValue;
            RejectQueue(Outcome.PoolStopping, fx);
            StopIfDrained(now, fx);
        }
    }

    private void OnNextDue(long now, SlotNode slot, WorkerNode next, EffectList fx)
    {
        if (next.Phase == WorkerPhase.Ready)
        {
            Promote(now, slot, fx);
        }
        else
        {
            Kill(now, next, Reason.BootTimeout, fx);
        }
    }

    private void OnLeavingDue(long now, WorkerNode worker, EffectList fx)
    {
        if (worker.Killed)
        {
            // Not even SIGKILL ended it (a driver, a dead file server): its calls get their outcome, the slot goes on without it.
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
        Exited(now, worker.Key, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(begun), fx);
    }

    /// <summary>Orders SIGKILL. The worker's slot goes on at once; its calls are judged when it is gone.</summary>
    private void Kill(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        SlotNode slot = _slots[worker.Key.Slot];
        worker.Killed = true;
        fx.Add(new Effect(EffectKind.Kill, worker.Key, Reason: reason));
        if (worker.IsStarting)
        {
            OnStartFailed(now, worker, reason, fx);
        }
        else
        {
            KillServing(now, slot, worker, reason, fx);
        }
        SetDue(worker, SafeAdd(now, _plan.KillTimeout));
    }

    private void KillServing(long now, SlotNode slot, WorkerNode worker, Reason reason, EffectList fx)
    {
        bool serving = slot.Current == worker;
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
            ClearWanted(slot);
            PromoteIfReady(now, slot, fx);
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
        Unlist(worker);
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

    private void ComputeWorkersDue(long now)
    {
        long due = _rejectQueueAt;
        foreach (SlotNode slot in _slots)
        {
            due = Math.Min(due, slot.Next?.Due ?? long.MaxValue);
            foreach (WorkerNode worker in slot.Leaving)
            {
                due = Math.Min(due, worker.Due);
            }
        }
        if (!_closing && _nextStartAt > now && NextSlotToStart() is not null)
        {
            due = Math.Min(due, _nextStartAt);
        }
        _workersDue = due;
    }
}
