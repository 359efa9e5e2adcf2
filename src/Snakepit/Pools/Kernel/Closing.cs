namespace Snakepit.Pools.Kernel;

/// <summary>
/// Shuts the pool down: no more admissions, then running calls within the time budget, then SIGTERM, then SIGKILL, then the end.
/// </summary>
internal sealed class Closing(
    PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Intake intake, Assignments assignments, Retirements retirements,
    Limits limits)
{
    private long _drainUntil;

    /// <summary>The time at which waiting calls are rejected; long.MaxValue when none are kept waiting.</summary>
    public long RejectQueueAt { get; private set; } = long.MaxValue;

    public void Begin(long now, EffectList fx)
    {
        if (status.IsClosing)
        {
            return;
        }
        status.IsClosing = true;
        roster.ChangeAll();
        _drainUntil = PoolKernel.SafeAdd(now, Math.Max(0, plan.StopTimeout - plan.KillTimeout));
        if (plan.DrainQueueOnStop && (intake.Waiting > 0 || assignments.HasWaiting))
        {
            RejectQueueAt = _drainUntil;
        }
        else
        {
            intake.RejectAll(Outcome.PoolStopping, fx);
        }
        foreach (SlotNode slot in roster.Slots)
        {
            Close(now, slot, fx);
        }
        agenda.Dispatch = agenda.Staff = true;
    }

    /// <summary>Continues as when the time for running calls has passed.</summary>
    public void Hurry(long now, EffectList fx)
    {
        _drainUntil = Math.Min(_drainUntil, now);
        RejectQueue(fx);
        foreach (SlotNode slot in roster.Slots)
        {
            EndDraining(slot, now);
        }
    }

    public void Tick(long now, EffectList fx)
    {
        if (now >= RejectQueueAt)
        {
            RejectQueue(fx);
        }
    }

    /// <summary>Workers without calls end as soon as no call waits for them; without workers that take calls, no call can wait.</summary>
    public void Settle(long now, EffectList fx)
    {
        if (intake.Waiting > 0 && !roster.Any(SlotFact.Serving))
        {
            intake.RejectAll(Outcome.PoolStopping, fx);
        }
        bool mayComeBack = assignments.HasWaiting && RejectQueueAt != long.MaxValue; // from channels, to the queue
        if (intake.Waiting > 0 || mayComeBack)
        {
            return;
        }
        intake.Sessions.EndAll();
        foreach (SlotNode slot in roster.Each(SlotFact.Current))
        {
            WorkerNode worker = slot.Current!;
            retirements.TakeOutOfService(worker, Reason.Shutdown);
            worker.MoveTo(WorkerPhase.Draining);
            worker.Due.Phase = _drainUntil;
            if (worker.IsDrained)
            {
                retirements.Stop(now, worker, fx);
            }
        }
    }

    public void Exchange(KernelImage image)
    {
        _drainUntil = image.Of(_drainUntil);
        RejectQueueAt = image.Of(RejectQueueAt);
    }

    private void RejectQueue(EffectList fx)
    {
        RejectQueueAt = long.MaxValue;
        intake.RejectAll(Outcome.PoolStopping, fx);
        agenda.Staff = true;
    }

    private void Close(long now, SlotNode slot, EffectList fx)
    {
        for (int i = 0; i < slot.HolderCount; i++)
        {
            if (slot.Holder(i) is { } worker)
            {
                limits.EndLook(worker); // no worker is replaced any more
            }
        }
        if (slot.ReplaceReason == Reason.Manual)
        {
            fx.Add(Effect.WorkerKept(slot.Current!.Key, Reason.Shutdown));
        }
        slot.ClearReplaceReason();
        if (slot.Refills != 0)
        {
            Recycler.CancelRefill(slot, fx);
        }
        if (slot.Next is { } next)
        {
            retirements.EndUnused(now, next, Reason.Shutdown, fx);
        }
        EndDraining(slot, _drainUntil);
    }

    private static void EndDraining(SlotNode slot, long until)
    {
        foreach (WorkerNode worker in slot.Leaving)
        {
            if (worker.Phase == WorkerPhase.Draining)
            {
                worker.Due.Phase = Math.Min(worker.Due.Phase, until);
            }
        }
    }
}
