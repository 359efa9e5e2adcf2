namespace Snakepit.Pools.Kernel;

/// <summary>Changed code: one worker tries it before the others are replaced.</summary>
internal sealed class CodeChange(
    PoolStatus status, Agenda agenda, Roster roster, Replacements replacements, Retirements retirements, Failures failures,
    Quarantine quarantine)
{
    /// <summary>Replaces all workers, after one has tried whether the new code starts at all.</summary>
    public void Begin(long now, EffectList fx)
    {
        if (status.IsClosing)
        {
            return;
        }
        status.CodeChangedAt = now;
        status.IsCodeUntried = true;
        failures.Clear();
        quarantine.Clear();
        foreach (SlotNode slot in roster.Each(SlotFact.Current))
        {
            if (slot.Next is { Phase: WorkerPhase.Ready } old)
            {
                retirements.EndUnused(now, old, Reason.CodeChanged, fx);
            }
            replacements.SetReplaceReason(slot, slot.RetireDue ? slot.ReplaceReason : Reason.CodeChanged);
            replacements.FallDue(now, slot);
        }
        agenda.Staff = true;
    }

    /// <summary>
    /// A worker is ready. If it is the first one with the changed code, the others may follow, and spares with the old code are useless
    /// now.
    /// </summary>
    public void NoteReady(long now, WorkerNode worker, EffectList fx)
    {
        if (!IsCanary(worker))
        {
            return;
        }
        status.IsCodeUntried = false;
        foreach (SlotNode slot in roster.Each(SlotFact.Waiting))
        {
            if (slot.HasSpare && slot.Next!.Times.LaunchedAt < status.CodeChangedAt)
            {
                retirements.EndUnused(now, slot.Next, Reason.CodeChanged, fx);
            }
        }
    }

    /// <summary>
    /// A start has failed. If the changed code cannot start, no other worker tries it. The next change counts on its own.
    /// </summary>
    public void NoteFailure(long now, WorkerNode worker, EffectList fx)
    {
        if (!IsCanary(worker) || !roster.Any(SlotFact.Present))
        {
            return;
        }
        status.IsCodeUntried = false;
        status.CodeChangedAt = long.MinValue;
        foreach (SlotNode slot in roster.Each(SlotFact.Current))
        {
            if (slot.ReplaceReason == Reason.CodeChanged)
            {
                replacements.Cancel(now, slot);
            }
        }
        fx.Add(Effect.CodeRejected());
    }

    private bool IsCanary(WorkerNode worker) => status.IsCodeUntried && worker.Times.LaunchedAt >= status.CodeChangedAt;
}
