using System.Diagnostics;

namespace Snakepit.Pools.Kernel;

/// <content>Calls: queue, assignment, reply, timeout and cancellation.</content>
internal sealed partial class PoolKernel
{
    /// <summary>A worker has answered. An answer to a call that is over ends its assignment only; an unknown one is ignored.</summary>
    /// <param name="now">The time.</param>
    /// <param name="from">The worker.</param>
    /// <param name="key">The call.</param>
    /// <param name="runTime">How long the tool ran; -1: not known.</param>
    /// <param name="failed">It raised.</param>
    /// <param name="fx">What to do.</param>
    /// <returns>Whether the answer is the call's outcome.</returns>
    public bool Replied(long now, WorkerKey from, CallKey key, long runTime, bool failed, EffectList fx)
    {
        int index = FindAssigned(from, key);
        if (index < 0)
        {
            return false;
        }
        WorkerNode worker = _calls[index].Worker!;
        bool isOutcome = _calls[index].Open;
        if (isOutcome)
        {
            Complete(index, Outcome.Replied, fx);
        }
        bool beganAtOnce = _depth == 0 || !worker.CanRecall;
        Learn(_calls[index].Tool, runTime < 0 && beganAtOnce ? now - _calls[index].AssignedAt : runTime);
        bool isCheck = _calls[index].IsCheck;
        if (_calls[index].Input != 0)
        {
            _quarantine.Clear(_calls[index].Input);
        }
        EndAssignment(now, worker, index);
        NoteProgress(now, worker);
        bool proves = !worker.HasSucceeded && NoteUse(worker, failed, isCheck);
        OnSignOfLife(worker);
        if (isOutcome && !isCheck && (failed || worker.Errors > 0))
        {
            CountError(now, worker, failed);
        }
        AfterAssignment(now, worker, fx);
        _staffDue |= proves;
        Settle(now, fx);
        return isOutcome;
    }

    /// <summary>The caller has gone. It is released at once; a running call's assignment goes on until its worker lets go.</summary>
    public void Abandon(long now, CallKey key, AbandonReason why, EffectList fx)
    {
        int index = _calls.Find(key);
        if (index < 0 || !_calls[index].Open)
        {
            return;
        }
        if (_calls[index].Phase == CallPhase.Queued)
        {
            EndQueued(index, why == AbandonReason.TimedOut ? Outcome.DeadlineInQueue : Outcome.Cancelled, fx);
        }
        else
        {
            Release(now, index, why == AbandonReason.TimedOut ? Outcome.DeadlineRunning : Outcome.Cancelled, fx);
        }
        _dispatchDue = true;
        Settle(now, fx);
    }

    private void OnCallDue(long now, int index, EffectList fx)
    {
        ref CallState call = ref _calls[index];
        if (call.Phase == CallPhase.Queued)
        {
            ExpireQueued(now, index, fx);
        }
        else if (call.Open)
        {
            Release(now, index, Outcome.DeadlineRunning, fx);
        }
        else if (IsWaiting(call.Worker!, index))
        {
            RecallAbandoned(now, call.Worker!, index, fx);
        }
        else
        {
            OnOverdue(now, call.Worker!, fx);
        }
    }

    /// <summary>Ends the call but not its assignment: the worker is asked to let go, and has the cancel grace for it.</summary>
    private void Release(long now, int index, Outcome outcome, EffectList fx)
    {
        WorkerNode worker = _calls[index].Worker!;
        Complete(index, outcome, fx);
        fx.Add(new Effect(EffectKind.Cancel, worker.Key, _calls.KeyOf(index)));
        _wheel.Set(index, SafeAdd(now, _plan.CancelGrace));
        if (worker.Load >= _plan.Capacity)
        {
            _listed.Remove(worker); // what it runs or is to run nobody waits for: no place to wait
        }
        if (worker.Overdue)
        {
            OnOverdue(now, worker, fx);
        }
    }

    /// <summary>A worker keeps a call nobody waits for. Its other calls may finish while it is replaced; then it is killed.</summary>
    private void OnOverdue(long now, WorkerNode worker, EffectList fx)
    {
        worker.Overdue = true;
        _listed.Remove(worker);
        if (RunsForCaller(worker))
        {
            ReplaceWhenReady(now, worker, Reason.CancelGrace);
        }
        else if (!worker.Killed)
        {
            Kill(now, worker, Reason.CancelGrace, fx);
        }
    }

    private void EndAssignment(long now, WorkerNode worker, int index)
    {
        Detach(now, worker, index);
        _wheel.Remove(index);
        _calls.Free(index);
    }

    /// <summary>A worker has room again: the next call, or its end when it is on its way out.</summary>
    private void AfterAssignment(long now, WorkerNode worker, EffectList fx)
    {
        if (worker.Overdue && !HasAbandoned(worker))
        {
            worker.Overdue = false; // it let go after all
        }
        if (worker.Overdue && !RunsForCaller(worker))
        {
            OnOverdue(now, worker, fx);
        }
        else if (worker.Phase == WorkerPhase.Draining && worker.Load == 0)
        {
            Stop(now, worker, fx);
        }
        else if (worker.Phase == WorkerPhase.Serving)
        {
            AskForLook(now, worker, fx);
            Relist(worker);
        }
        _dispatchDue = true;
    }

    private static bool HasAbandoned(WorkerNode worker) => worker.OpenCalls < worker.Load;

    /// <summary>Somebody waits for a call that it runs. Those that only wait in its channel lose nothing by its end.</summary>
    private bool RunsForCaller(WorkerNode worker) => worker.Load > _plan.Capacity ? _calls[worker.Calls.First].Open : worker.OpenCalls > 0;

    /// <summary>The entry of a call that this worker has; -1 when it has not.</summary>
    private int FindAssigned(WorkerKey worker, CallKey key)
    {
        int index = _calls.Find(key);
        return index >= 0 && _calls[index].Phase == CallPhase.Assigned && _calls[index].Worker!.Key == worker ? index : -1;
    }

    private void ExpireQueued(long now, int index, EffectList fx)
    {
        _shedding = true;
        EndQueued(index, _calls[index].Deadline <= now ? Outcome.DeadlineInQueue : Outcome.QueueTimeout, fx);
    }

    private void EndQueued(int index, Outcome outcome, EffectList fx)
    {
        _queue.Remove(index);
        _wheel.Remove(index);
        Complete(index, outcome, fx);
        _calls.Free(index);
        NoteRelief();
    }

    /// <summary>A call that comes back from a worker has something to wait for.</summary>
    private bool MayQueueAgain => !_failing && (!_closing || _plan.DrainQueueOnStop);

    private void Requeue(long now, WorkerNode worker, int index)
    {
        ref CallState call = ref _calls[index];
        Detach(now, worker, index);
        call.Worker = null;
        call.Phase = CallPhase.Queued;
        _queue.Return(index);
        _wheel.Set(index, Math.Min(call.Deadline, now + _plan.QueueTimeout));
    }

    private void RejectQueue(Outcome outcome, EffectList fx)
    {
        while (_queue.First >= 0)
        {
            EndQueued(_queue.First, outcome, fx);
        }
    }

    /// <summary>The one place where a call gets its outcome.</summary>
    private void Complete(int index, Outcome outcome, EffectList fx)
    {
        ref CallState call = ref _calls[index];
        Debug.Assert(call.Open, "L1");
        call.Open = false;
        WorkerKey worker = default;
        if (call.Phase == CallPhase.Assigned)
        {
            call.Worker!.OpenCalls--;
            worker = call.Worker.Key;
        }
        fx.Add(new Effect(EffectKind.Complete, worker, _calls.KeyOf(index), Outcome: outcome, Argument: _queue.Count));
    }

    /// <summary>A time; never, when the span is without end or the time is never.</summary>
    public static long SafeAdd(long now, long span) => span >= long.MaxValue / 4 || span > long.MaxValue - now ? long.MaxValue : now + span;
}
