namespace Snakepit.Pools.Kernel;

/// <summary>
/// Handles calls that workers have: replies, calls that return, callers that give up, and workers that do not release a call.
/// </summary>
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
        bool isOwn = call.IsOwn;
        bool isOutcome = call.Open;
        if (isOutcome)
        {
            intake.Complete(index, Outcome.Replied, fx);
            if (isOwn && call.Spec.Session != 0)
            {
                agenda.Note(new MoveReply(call.Spec.Session, Succeeded: !failed, IsLate: false));
            }
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
            failures.NoteUse(worker, failed, isOwn);
        }
        Health.NoteSignOfLife(worker);
        if (isOutcome && !isOwn && (failed || worker.History.Errors > 0))
        {
            limits.CountError(now, worker, failed);
        }
        NoteRoom(now, worker, fx);
        return isOutcome;
    }

    /// <summary>
    /// A worker returned a call before it began it. The call waits again at its former position, as if it had never been sent.
    /// </summary>
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
        assignments.Count(worker, call.IsOwn ? 0 : -1);
        call.Attempts--;
        if (wasExhausted && worker.Slot.Current == worker)
        {
            status.IsFailing = false; // the pool serves again
        }
        if (!call.Open)
        {
            assignments.End(now, worker, index);
        }
        else if (call.IsOwn)
        {
            intake.Complete(index, Outcome.Cancelled, fx); // its only possible worker cannot run it any more
            assignments.End(now, worker, index);
        }
        else
        {
            bool isHeld = quarantine.Holds(call.Spec.Input, now);
            bool isSessionLost = intake.Sessions.HasLost(call.Spec);
            bool isTargetLost = !call.Spec.Target.IsNone && worker.Phase is not (WorkerPhase.Serving or WorkerPhase.Draining);
            bool goesOn = intake.MayQueueAgain && !isHeld && !isSessionLost && !isTargetLost;
            assignments.Return(now, worker, index);
            if (!goesOn)
            {
                Outcome why = isHeld ? Outcome.Quarantined
                    : isSessionLost ? Outcome.WorkerLostNotStarted
                    : status.IsClosing ? Outcome.PoolStopping // which ends workers, rather than loses them
                    : isTargetLost ? Outcome.WorkerLostNotStarted
                    : Outcome.PoolFailing;
                intake.EndQueued(index, why, fx);
            }
        }
        NoteRoom(now, worker, fx);
        agenda.Staff |= wasExhausted;
    }

    /// <summary>
    /// The caller has given up and is released at once. The assignment of a running call continues until its worker has finished it.
    /// </summary>
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

    /// <summary>A call is due in the wheel.</summary>
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
        else if (Assignments.IsWaiting(call.Worker!, index))
        {
            assignments.RecallAbandoned(now, index, fx);
        }
        else
        {
            GiveUp(now, call.Worker!, Reason.CancelGrace, fx);
        }
        agenda.Dispatch = true;
    }

    /// <summary>
    /// Ends the call but not its assignment: the worker is asked to cancel it within the grace time, or killed if that is the tool's way.
    /// </summary>
    private void Release(long now, int index, Outcome outcome, EffectList fx)
    {
        WorkerNode worker = _calls[index].Worker!;
        intake.Complete(index, outcome, fx);
        ToolCancellation how = _calls[index].Spec.Cancellation;
        fx.Add(Effect.Cancel(worker.Key, _calls.KeyOf(index), interrupts: how == ToolCancellation.Interrupt));
        intake.Wheel.Set(index, PoolKernel.SafeAdd(now, plan.CancelGrace));
        if (worker.Load >= worker.Capacity)
        {
            availability.Remove(worker); // no caller waits for what it runs, so no call may wait behind that
        }
        if (how == ToolCancellation.Kill && !Assignments.IsWaiting(worker, index))
        {
            GiveUp(now, worker, Reason.CancelKill, fx);
        }
        else if (worker.Progress.PastCancelGrace)
        {
            GiveUp(now, worker, Reason.CancelGrace, fx);
        }
    }

    /// <summary>
    /// A worker has not cancelled a call within the grace time, or is not to try. Its other calls may finish while it is replaced; then it
    /// is killed.
    /// </summary>
    private void GiveUp(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        worker.Progress.PastCancelGrace = true;
        availability.Remove(worker);
        if (assignments.RunsForCaller(worker))
        {
            replacements.ReplaceWhenReady(now, worker, reason);
        }
        else if (!worker.Exit.Killed)
        {
            ends.Kill(now, worker, reason, fx);
        }
    }

    /// <summary>A worker has finished a call: it takes the next one, or ends when it is draining.</summary>
    private void NoteRoom(long now, WorkerNode worker, EffectList fx)
    {
        bool hasAbandoned = worker.Totals.Open < worker.Load;
        worker.Progress.PastCancelGrace &= hasAbandoned; // it may have finished the call after all
        if (worker.Progress.PastCancelGrace && !assignments.RunsForCaller(worker))
        {
            GiveUp(now, worker, Reason.CancelGrace, fx);
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
