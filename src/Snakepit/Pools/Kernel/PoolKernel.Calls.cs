using System.Diagnostics;

namespace Snakepit.Pools.Kernel;

/// <content>Calls: admission, queue, assignment, reply, timeout and cancellation.</content>
internal sealed partial class PoolKernel
{
    /// <summary>Admits a call: it is assigned at once, or waits, or is rejected with the reason.</summary>
    public Admission Submit(long now, in CallSpec spec, EffectList fx)
    {
        Outcome rejection = _closing ? Outcome.PoolStopping
            : _failing ? Outcome.PoolFailing
            : spec.Deadline <= now ? Outcome.DeadlineInQueue
            : Outcome.None;
        WorkerNode? worker = null;
        if (rejection == Outcome.None)
        {
            worker = PickWorker();
            if (worker is null && _queue.Count >= _plan.QueueLimit)
            {
                rejection = Outcome.QueueFull;
                ReportSaturation(fx);
            }
        }
        if (rejection != Outcome.None)
        {
            Rejected++;
            return new Admission(default, rejection, _queue.Count, _plan.QueueLimit);
        }

        Accepted++;
        int index = _calls.Allocate();
        ref CallState call = ref _calls[index];
        call.Open = true;
        call.Idempotent = spec.Idempotent;
        call.Attempts = 0;
        call.Deadline = spec.Deadline;
        call.Ticket = ++_tickets;
        CallKey key = _calls.KeyOf(index);
        if (worker is not null)
        {
            _saturated = false;
            Assign(now, worker, index, fx);
        }
        else
        {
            call.Phase = CallPhase.Queued;
            _queue.AddLast(_calls, index);
            _wheel.Set(index, Math.Min(spec.Deadline, now + _plan.QueueTimeout));
        }
        return new Admission(key, Outcome.None, _queue.Count, _plan.QueueLimit);
    }

    /// <summary>A worker has answered. An answer to a call that is over ends its assignment only; an unknown one is ignored.</summary>
    public void Replied(long now, WorkerKey from, CallKey key, EffectList fx)
    {
        int index = _calls.Find(key);
        if (index < 0 || _calls[index].Phase != CallPhase.Assigned || _calls[index].Worker is not { } worker || worker.Key != from)
        {
            return;
        }
        if (_calls[index].Open)
        {
            Complete(index, Outcome.Replied, fx);
        }
        EndAssignment(worker, index);
        worker.HasAnswered = true;
        _earlyDeaths = 0;
        AfterAssignment(now, worker, fx);
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
            StopIfDrained(now, fx);
            return;
        }
        Release(now, index, why == AbandonReason.TimedOut ? Outcome.DeadlineRunning : Outcome.Cancelled, fx);
    }

    private void OnCallDue(long now, int index, EffectList fx)
    {
        ref CallState call = ref _calls[index];
        if (call.Phase == CallPhase.Queued)
        {
            ExpireQueued(now, index, fx);
            StopIfDrained(now, fx);
        }
        else if (call.Open)
        {
            Release(now, index, Outcome.DeadlineRunning, fx);
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
        if (worker.Overdue)
        {
            OnOverdue(now, worker, fx);
        }
    }

    /// <summary>A worker keeps a call nobody waits for. Its other calls may finish while it is replaced; then it is killed.</summary>
    private void OnOverdue(long now, WorkerNode worker, EffectList fx)
    {
        worker.Overdue = true;
        Unlist(worker);
        if (worker.OpenCalls > 0)
        {
            ReplaceWhenReady(now, worker, Reason.CancelGrace, fx);
        }
        else if (!worker.Killed)
        {
            Kill(now, worker, Reason.CancelGrace, fx);
            Reconcile(now, fx);
        }
    }

    private void EndAssignment(WorkerNode worker, int index)
    {
        worker.Calls.Remove(_calls, index);
        if (_calls[index].Open)
        {
            worker.OpenCalls--;
        }
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
        if (worker.Overdue && worker.OpenCalls == 0)
        {
            OnOverdue(now, worker, fx);
        }
        else if (worker.Phase == WorkerPhase.Draining)
        {
            if (worker.Load == 0)
            {
                Stop(now, worker, fx);
            }
        }
        else if (worker.Phase == WorkerPhase.Serving)
        {
            Unlist(worker);
            List(worker);
            if (_queue.Count > 0)
            {
                DispatchQueue(now, fx);
            }
            if (_closing)
            {
                StopIfDrained(now, fx);
            }
        }
    }

    private static bool HasAbandoned(WorkerNode worker) => worker.OpenCalls < worker.Load;

    private void ExpireQueued(long now, int index, EffectList fx) =>
        EndQueued(index, _calls[index].Deadline <= now ? Outcome.DeadlineInQueue : Outcome.QueueTimeout, fx);

    private void EndQueued(int index, Outcome outcome, EffectList fx)
    {
        _queue.Remove(_calls, index);
        _wheel.Remove(index);
        Complete(index, outcome, fx);
        _calls.Free(index);
    }

    private void RejectQueue(Outcome outcome, EffectList fx)
    {
        while (_queue.First >= 0)
        {
            EndQueued(_queue.First, outcome, fx);
        }
        _saturated = false;
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

    private void ReportSaturation(EffectList fx)
    {
        if (!_saturated)
        {
            _saturated = true;
            fx.Add(new Effect(EffectKind.ReportSaturated, default, Argument: _queue.Count));
        }
    }

    private static long SafeAdd(long now, long span) => span >= long.MaxValue / 4 ? long.MaxValue : now + span;
}
