using System.Runtime.InteropServices;

namespace Snakepit.Pools.Kernel;

/// <summary>The unplanned ends of workers: their exits, the effect on their calls, and kills.</summary>
internal sealed class WorkerEnds(
    PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Intake intake, Availability availability, Assignments assignments,
    Failures failures,
    Retirements retirements, Starter starter, Taints taints)
{
    /// <summary>The number of workers that were recycled.</summary>
    public long Recycled { get; private set; }

    /// <summary>
    /// The worker's process has ended and all its output was read. Its calls are judged (<see cref="Assignments.JudgeCallsOf"/>), here and
    /// nowhere else.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="worker">The worker.</param>
    /// <param name="begun">The calls that it has begun, or may have begun.</param>
    /// <param name="note">How it ended.</param>
    /// <param name="isGone">Whether it has ended; false when it is given up, and may still run its calls.</param>
    /// <param name="fx">The list that gets the effects.</param>
    public void End(long now, WorkerNode worker, ReadOnlySpan<CallKey> begun, EndNote note, bool isGone, EffectList fx)
    {
        if (note.Taints && !status.IsClosing)
        {
            taints.TaintByDeath(now, worker, fx); // first, because it decides where the next worker starts
        }
        if (worker.IsStarting)
        {
            bool hung = worker.Exit.Killed;
            starter.NoteFailed(now, worker, hung ? Reason.BootTimeout : Reason.BootFailed, hung ? default : note, fx);
        }
        bool served = worker.Phase is WorkerPhase.Serving or WorkerPhase.Ready;
        availability.Remove(worker);
        if (isGone && DiesOfItsCalls(worker)) // otherwise it is not known what blocks it, nor which calls it has begun
        {
            assignments.Accuse(now, worker, begun, fx);
        }
        worker.MoveTo(WorkerPhase.Exited);
        intake.Sessions.Lose(worker, Reason.Died, fx);
        int lost = assignments.JudgeCallsOf(now, worker, begun, isGone, fx);
        intake.RejectLane(worker, Outcome.WorkerLostNotStarted, fx);
        Roster.Remove(worker);
        roster.ProgressAt = worker.Exit.StartFailed ? roster.ProgressAt : now;
        if (served && !status.IsClosing)
        {
            NoteDeath(now, worker, note, fx);
        }
        else
        {
            ReportEnd(worker, lost, fx);
        }
        agenda.Dispatch = agenda.Staff = true;
    }

    /// <summary>Orders SIGKILL. The worker's slot continues at once; its calls are decided when it has ended.</summary>
    public void Kill(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        worker.Exit.Killed = true;
        fx.Add(Effect.Kill(worker.Key, reason));
        if (worker.IsStarting)
        {
            starter.NoteFailed(now, worker, reason, default, fx);
        }
        else
        {
            KillServing(now, worker, reason, fx);
        }
        worker.Due.Phase = PoolKernel.SafeAdd(now, plan.KillTimeout);
        agenda.Staff = true;
    }

    /// <summary>The time for the worker's orderly end has passed.</summary>
    public void Escalate(long now, WorkerNode worker, EffectList fx)
    {
        if (worker.Exit.Killed)
        {
            // Not even SIGKILL ended it (a driver, a dead file server): its calls get their outcome, and the slot continues without it. It
            // may still run them, so no other worker may.
            fx.Add(Effect.WorkerUnkillable(worker.Key));
            End(now, worker, CollectionsMarshal.AsSpan(assignments.KeysOf(worker)), default, isGone: false, fx);
        }
        else if (worker.Phase == WorkerPhase.Draining && status.IsClosing)
        {
            worker.MoveTo(WorkerPhase.Stopping);
            worker.Due.Phase = PoolKernel.SafeAdd(now, plan.KillTimeout);
            fx.Add(Effect.Terminate(worker.Key));
            intake.RejectLane(worker, Outcome.PoolStopping, fx);
        }
        else if (worker.Phase == WorkerPhase.Draining)
        {
            EndDraining(now, worker, fx);
        }
        else
        {
            Kill(now, worker, Reason.StopTimeout, fx);
        }
    }

    public void Exchange(KernelImage image) => Recycled = image.Of(Recycled);

    /// <summary>Returns whether it crashed, or had to be killed because of a call, rather than being ended on purpose.</summary>
    private static bool DiesOfItsCalls(WorkerNode worker) =>
        worker.Phase is WorkerPhase.Serving or WorkerPhase.Draining || worker.Exit.Reason.Is(ReasonTrait.IsLoss);

    /// <summary>The time in which the worker was to finish is over. If only sessions have kept it, it is stopped in good order.</summary>
    private void EndDraining(long now, WorkerNode worker, EffectList fx)
    {
        if (worker.Load == 0)
        {
            intake.LoseSessions(worker, Reason.DrainTimeout, fx);
            retirements.Stop(now, worker, fx);
        }
        else
        {
            Kill(now, worker, Reason.DrainTimeout, fx);
        }
    }

    private void NoteDeath(long now, WorkerNode worker, EndNote note, EffectList fx)
    {
        fx.Add(Effect.WorkerExited(worker.Key, Reason.Died, worker.Requests));
        if (worker.Slot.Current is null)
        {
            Replacements.EndRequest(worker.Slot, worker, fx);
            worker.Slot.ClearReplaceReason();
        }
        failures.NoteLoss(now, worker, Reason.Died, note);
    }

    private void ReportEnd(WorkerNode worker, int lost, EffectList fx)
    {
        if (worker.Exit.StartFailed)
        {
            return;
        }
        if (worker.Exit.Reason.Is(ReasonTrait.Recycles))
        {
            Recycled++;
            fx.Add(Effect.WorkerRecycled(worker.Key, worker.Exit.Reason, worker.Exit.ReplacedBy, lost));
        }
        else
        {
            fx.Add(Effect.WorkerExited(worker.Key, worker.Exit.Reason, worker.Requests));
        }
    }

    private void KillServing(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        SlotNode slot = worker.Slot;
        bool serving = slot.Current == worker;
        if (reason.Is(ReasonTrait.IsLoss) && worker.Exit.Reason == Reason.None)
        {
            failures.NoteLoss(now, worker, reason);
        }
        if (serving)
        {
            Replacements.EndRequest(slot, worker, fx);
        }
        retirements.TakeOutOfService(worker, worker.Exit.Reason == Reason.None ? reason : worker.Exit.Reason);
        intake.LoseSessions(worker, reason, fx);
        if (worker.Phase != WorkerPhase.Stopping)
        {
            worker.MoveTo(WorkerPhase.Stopping);
        }
        if (serving)
        {
            slot.ClearReplaceReason();
        }
    }
}
