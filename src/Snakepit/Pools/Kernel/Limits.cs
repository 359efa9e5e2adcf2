namespace Snakepit.Pools.Kernel;

/// <summary>
/// Limits that workers reach, and when they lead to a replacement. Memory above the soft limit is judged by a reading after the call: a
/// tool may need much while it runs, and free it.
/// </summary>
internal sealed class Limits(
    PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Availability availability, Replacements replacements, WorkerEnds ends,
    Retirements retirements, Failures failures)
{
    public void Reach(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        bool serves = worker.Slot.Current == worker;
        if (reason == Reason.MemoryLimit)
        {
            if (!worker.Exit.Killed)
            {
                ends.Kill(now, worker, reason, fx);
            }
        }
        else if (serves && reason == Reason.MemoryThreshold)
        {
            ReachMemoryThreshold(now, worker, fx);
        }
        else if (serves)
        {
            ReplaceFor(now, worker, reason);
        }
        else if (worker.IsStarting || (worker.Phase == WorkerPhase.Ready && reason.Is(ReasonTrait.IsKeptUntilServing)))
        {
            worker.Hold(reason); // the minimum lifetime begins when it serves: the next worker would give the same reason as early
        }
        else if (worker.Phase == WorkerPhase.Ready)
        {
            retirements.EndUnused(now, worker, reason, fx);
            agenda.Staff = true;
        }
    }

    public void Clear(long now, WorkerNode worker, Reason reason)
    {
        worker.Limits.Release(reason);
        if (reason == Reason.HealthCheckFailed)
        {
            failures.NotePassedCheck(worker);
        }
        else if (reason == Reason.MemoryThreshold)
        {
            ClearMemoryThreshold(now, worker);
        }
    }

    public void CountError(long now, WorkerNode worker, bool failed)
    {
        if (!failed)
        {
            worker.History.Errors = 0;
            worker.Limits.Release(Reason.Errors);
        }
        else if (++worker.History.Errors >= plan.MaxConsecutiveErrors && plan.MaxConsecutiveErrors > 0 && worker.Slot.Current == worker)
        {
            ReplaceFor(now, worker, Reason.Errors);
        }
    }

    /// <summary>Applies a reason that was held back until the worker had served its minimum lifetime.</summary>
    /// <returns>Whether there was one.</returns>
    public bool ApplyHeldReason(long now, WorkerNode worker)
    {
        if (worker.Limits.Held is not (not Reason.None and var held) || now < roster.LeastLifeEnds(worker))
        {
            return false;
        }
        worker.Limits.Release(held);
        replacements.ReplaceWhenReady(now, worker, held);
        return true;
    }

    /// <summary>Requests the reading of a worker's memory, if one is needed and the worker has no calls.</summary>
    public void AskForLook(long now, WorkerNode worker, EffectList fx)
    {
        if (worker is { Limits.Look: MemoryLook.Wanted, Load: 0, Phase: WorkerPhase.Serving } && !status.IsClosing)
        {
            worker.Limits.Look = MemoryLook.Asked;
            worker.Due.Look = PoolKernel.SafeAdd(now, plan.Frequency);
            fx.Add(Effect.LookAtMemory(worker.Key));
        }
    }

    /// <summary>
    /// Ends the wait for a reading that takes too long, as on an overloaded machine, so that the worker gets calls again. The result counts
    /// when it arrives.
    /// </summary>
    public void EndLook(WorkerNode worker)
    {
        if (worker.Limits.Look != MemoryLook.None)
        {
            worker.Limits.Look = MemoryLook.None;
            worker.Due.Look = long.MaxValue;
            availability.Update(worker);
            agenda.Dispatch = true;
        }
    }

    private void ReplaceFor(long now, WorkerNode worker, Reason reason)
    {
        if (reason.Is(ReasonTrait.WaitsForMinLifetime) && now < roster.LeastLifeEnds(worker))
        {
            worker.Hold(reason);
            return;
        }
        replacements.ReplaceWhenReady(now, worker, reason);
    }

    /// <summary>
    /// The worker has too much memory. It gets no more calls until those that it has are over and its memory has been read again.
    /// </summary>
    private void ReachMemoryThreshold(long now, WorkerNode worker, EffectList fx)
    {
        worker.Limits.MemoryIsBack = false;
        if (worker.Limits.Look == MemoryLook.Asked)
        {
            EndLook(worker);
            ReplaceFor(now, worker, Reason.MemoryThreshold);
            return;
        }
        worker.Limits.Look = MemoryLook.Wanted;
        availability.Remove(worker);
        AskForLook(now, worker, fx);
    }

    /// <summary>The memory is back to normal. A replacement that has not started yet is not needed.</summary>
    private void ClearMemoryThreshold(long now, WorkerNode worker)
    {
        EndLook(worker);
        SlotNode slot = worker.Slot;
        if (slot.Current != worker || status.IsClosing)
        {
            return;
        }
        if (slot.Overridden == Reason.MemoryThreshold)
        {
            slot.Overridden = Reason.None;
        }
        worker.Limits.MemoryIsBack = true;
        if (slot is { ReplaceReason: Reason.MemoryThreshold, Next: null })
        {
            replacements.Cancel(now, slot);
            agenda.Staff = true;
        }
    }
}
