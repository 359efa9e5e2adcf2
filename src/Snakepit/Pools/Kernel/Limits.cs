namespace Snakepit.Pools.Kernel;

/// <summary>Limits that workers reach, and when each has a worker replaced. Of memory beyond the soft limit what counts is what a look
/// after the call finds: a tool may need much while it runs and free it.</summary>
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
            worker.Hold(reason); // its least life begins when it serves: the next one would give the same reason as early
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

    /// <summary>A reason that was held back until the worker had served its least time counts now.</summary>
    /// <returns>Whether there was one.</returns>
    public bool ReleaseHeld(long now, WorkerNode worker)
    {
        if (worker.Limits.Held is not (not Reason.None and var held) || now < roster.LeastLifeEnds(worker))
        {
            return false;
        }
        worker.Limits.Release(held);
        replacements.ReplaceWhenReady(now, worker, held);
        return true;
    }

    /// <summary>If a worker's memory is to be looked at, and it has no calls now, it is.</summary>
    public void AskForLook(long now, WorkerNode worker, EffectList fx)
    {
        if (worker is { Limits.Look: MemoryLook.Wanted, Load: 0, Phase: WorkerPhase.Serving } && !status.IsClosing)
        {
            worker.Limits.Look = MemoryLook.Asked;
            worker.Due.Look = PoolKernel.SafeAdd(now, plan.Frequency);
            fx.Add(Effect.LookAtMemory(worker.Key));
        }
    }

    /// <summary>Ends a look that takes too long, on a machine with too much to do: it keeps nobody from a worker. What it finds counts when
    /// it is done.</summary>
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

    /// <summary>The worker has too much memory. It gets no more calls until those that it has are over and its memory has been looked at
    /// again.</summary>
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

    /// <summary>The memory is back. A replacement that was not started yet is not needed.</summary>
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
        if (slot is { Wanted: Reason.MemoryThreshold, Next: null })
        {
            replacements.Cancel(now, slot);
            agenda.Staff = true;
        }
    }
}
