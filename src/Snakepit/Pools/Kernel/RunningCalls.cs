namespace Snakepit.Pools.Kernel;

/// <summary>What becomes of calls that workers have: replies, calls that come back, callers who give up, and workers that do not let
/// go.</summary>
internal sealed class RunningCalls(
    PoolPlan plan, PoolStatus status, Agenda agenda, Intake intake, Paces paces, Availability availability, Assignments assignments,
    Quarantine quarantine, Failures failures, Limits limits, Replacements replacements, WorkerEnds ends, Retirements retirements)
{
    private readonly CallTable _calls = intake.Calls;

    /// <returns>Whether the answer is the call's outcome.</returns>
    public bool Reply(long now, WorkerKey from, CallKey key, long runTime, bool failed, EffectList fx)
    {
        int index = assignments.Find(from, key);
        if (index < 0)
        {
            return false;
        }
        ref CallState call = ref _calls[index];
        WorkerNode worker = call.Worker!;
        bool isCheck = call.IsCheck;
        bool isOutcome = call.Open;
        if (isOutcome)
        {
            intake.Complete(index, Outcome.Replied, fx);
        }
        bool beganAtOnce = paces.Depth == 0 || !worker.Features.CanRecall;
        if (paces.Learn(call.Spec.Tool, runTime < 0 && beganAtOnce ? now - call.AssignedAt : runTime) is not 0 and var slower)
        {
            assignments.Recount(call.Spec.Tool, slower);
        }
        if (call.Spec.Input != 0)
        {
            quarantine.Clear(call.Spec.Input);
        }
        assignments.End(now, worker, index);
        assignments.NoteProgress(now, worker);
        if (!worker.History.HasSucceeded)
        {
            failures.NoteUse(worker, failed, isCheck);
        }
        Health.NoteSignOfLife(worker);
        if (isOutcome && !isCheck && (failed || worker.History.Errors > 0))
        {
            limits.CountError(now, worker, failed);
        }
        NoteRoom(now, worker, fx);
        return isOutcome;
    }

    /// <summary>A worker gave a call back before it began it. The call waits again, in its old place, as if it had never been
    /// sent.</summary>
    public void NoteRecalled(long now, WorkerKey from, CallKey key, EffectList fx)
    {
        int index = assignments.Find(from, key);
        if (index < 0)
        {
            return;
        }
        ref CallState call = ref _calls[index];
        WorkerNode worker = call.Worker!;
        bool wasExhausted = plan.IsExhausted(worker);
        assignments.Count(worker, call.IsCheck ? 0 : -1);
        call.Attempts--;
        if (wasExhausted && worker.Slot.Current == worker)
        {
            status.IsFailing = false; // it serves again
        }
        if (!call.Open)
        {
            assignments.End(now, worker, index);
        }
        else if (call.IsCheck)
        {
            intake.Complete(index, Outcome.Cancelled, fx); // for this worker or none
            assignments.End(now, worker, index);
        }
        else
        {
            bool isHeld = quarantine.Holds(call.Spec.Input, now);
            bool isLost = !call.Spec.Target.IsNone && worker.Phase is not (WorkerPhase.Serving or WorkerPhase.Draining);
            bool goesOn = intake.MayQueueAgain && !isHeld && !isLost;
            assignments.Return(now, worker, index);
            if (!goesOn)
            {
                Outcome why = isHeld ? Outcome.Quarantined
                    : isLost ? Outcome.WorkerLostNotStarted
                    : status.IsClosing ? Outcome.PoolStopping
                    : Outcome.PoolFailing;
                intake.EndQueued(index, why, fx);
            }
        }
        NoteRoom(now, worker, fx);
        agenda.Staff |= wasExhausted;
    }

    /// <summary>The caller has gone. It is released at once; a running call's assignment goes on until its worker lets go.</summary>
    public void Abandon(long now, CallKey key, AbandonReason why, EffectList fx)
    {
        int index = _calls.Find(key);
        if (index < 0 || !_calls[index].Open)
        {
            return;
        }
        bool isTimeout = why == AbandonReason.TimedOut;
        if (_calls[index].Phase == CallPhase.Queued)
        {
            intake.EndQueued(index, isTimeout ? Outcome.DeadlineInQueue : Outcome.Cancelled, fx);
        }
        else
        {
            Release(now, index, isTimeout ? Outcome.DeadlineRunning : Outcome.Cancelled, fx);
        }
        agenda.Dispatch = true;
    }

    public void Tick(long now, EffectList fx)
    {
        for (int index = intake.Wheel.TakeDue(now); index >= 0; index = intake.Wheel.TakeDue(now))
        {
            Tick(now, index, fx);
        }
        if (now >= assignments.StallsDue)
        {
            assignments.CheckStalls(now, fx);
            agenda.Dispatch = true;
        }
    }

    /// <summary>The wheel has come round to a call.</summary>
    private void Tick(long now, int index, EffectList fx)
    {
        ref CallState call = ref _calls[index];
        if (call.Phase == CallPhase.Queued)
        {
            intake.Expire(now, index, fx);
        }
        else if (call.Open)
        {
            Release(now, index, Outcome.DeadlineRunning, fx);
        }
        else if (assignments.IsWaiting(call.Worker!, index))
        {
            assignments.RecallAbandoned(now, index, fx);
        }
        else
        {
            NoteOverdue(now, call.Worker!, fx);
        }
        agenda.Dispatch = true;
    }

    /// <summary>Ends the call but not its assignment: the worker is asked to let go, and has the cancel grace for it.</summary>
    private void Release(long now, int index, Outcome outcome, EffectList fx)
    {
        WorkerNode worker = _calls[index].Worker!;
        intake.Complete(index, outcome, fx);
        fx.Add(Effect.Cancel(worker.Key, _calls.KeyOf(index)));
        intake.Wheel.Set(index, PoolKernel.SafeAdd(now, plan.CancelGrace));
        if (worker.Load >= plan.Capacity)
        {
            availability.Remove(worker); // nobody waits for what it runs or is to run: no call may wait behind that
        }
        if (worker.Progress.Overdue)
        {
            NoteOverdue(now, worker, fx);
        }
    }

    /// <summary>A worker keeps a call nobody waits for. Its other calls may finish while it is replaced; then it is killed.</summary>
    private void NoteOverdue(long now, WorkerNode worker, EffectList fx)
    {
        worker.Progress.Overdue = true;
        availability.Remove(worker);
        if (assignments.RunsForCaller(worker))
        {
            replacements.ReplaceWhenReady(now, worker, Reason.CancelGrace);
        }
        else if (!worker.Exit.Killed)
        {
            ends.Kill(now, worker, Reason.CancelGrace, fx);
        }
    }

    /// <summary>A worker has room again: for the next call, or to end when it is on its way out.</summary>
    private void NoteRoom(long now, WorkerNode worker, EffectList fx)
    {
        bool hasAbandoned = worker.Totals.Open < worker.Load;
        worker.Progress.Overdue &= hasAbandoned; // or it let go after all
        if (worker.Progress.Overdue && !assignments.RunsForCaller(worker))
        {
            NoteOverdue(now, worker, fx);
        }
        else if (worker.IsDrained)
        {
            retirements.Stop(now, worker, fx);
        }
        else if (worker.Phase == WorkerPhase.Draining)
        {
            availability.Update(worker);
        }
        else if (worker.Phase == WorkerPhase.Serving)
        {
            limits.AskForLook(now, worker, fx);
            availability.Update(worker);
        }
        agenda.Dispatch = true;
    }
}
