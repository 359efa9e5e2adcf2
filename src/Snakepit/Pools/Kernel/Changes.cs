namespace Snakepit.Pools.Kernel;

/// <summary>Changed code, and a changed make of workers: one worker tries the change before the others are replaced.</summary>
internal sealed class Changes(
    PoolStatus status, Agenda agenda, Roster roster, Replacements replacements, Retirements retirements, Failures failures,
    Quarantine quarantine)
{
    /// <summary>Replaces all workers, after one has tried whether the new code starts at all.</summary>
    public void BeginCode(long now, EffectList fx)
    {
        if (status.IsClosing)
        {
            return;
        }
        status.CodeChangedAt = now;
        status.IsCodeUntried = true;
        ReplaceAll(now, withOldCode: true, fx);
    }

    /// <summary>
    /// Replaces all workers that are made otherwise, after one has tried whether a worker of the new make starts. A change back to the
    /// proven make only ends what was to try the other one.
    /// </summary>
    public void BeginMake(long now, WorkerMake make, EffectList fx)
    {
        status.Make = make;
        EndUntried(now, fx);
        foreach (SlotNode slot in roster.Each(SlotFact.Current))
        {
            if (slot.ReplaceReason == Reason.ConfigurationChanged && !status.IsOutdated(slot.Current!))
            {
                replacements.Cancel(now, slot);
            }
        }
        ReplaceAll(now, withOldCode: false, fx);
    }

    /// <summary>
    /// A worker is ready. If it is the first one with the change, the others may follow, and spares without it are useless now. A make is
    /// proven by a worker with older code too: code that does not start is then rejected alone.
    /// </summary>
    public void NoteReady(long now, WorkerNode worker, EffectList fx)
    {
        bool triesCode = status.IsCodeUntried && !status.IsOutdated(worker);
        bool triesMake = status.Make != status.ProvenMake && worker.Features.Make == status.Make;
        if (!triesCode && !triesMake)
        {
            return;
        }
        status.IsCodeUntried &= !triesCode;
        if (triesMake)
        {
            status.ProvenMake = status.Make;
            fx.Add(Effect.BlueprintProven(status.Make.Blueprint));
        }
        foreach (SlotNode slot in roster.Each(SlotFact.Waiting))
        {
            if (slot.HasSpare && status.IsOutdated(slot.Next!))
            {
                retirements.EndUnused(now, slot.Next!, status.OutdatedReason(slot.Next!), fx);
            }
        }
    }

    /// <summary>
    /// A start has failed. If the change cannot start, no other worker tries it: those that serve stay as they are. The next change counts
    /// on its own.
    /// </summary>
    public void NoteFailure(long now, WorkerNode worker, EffectList fx)
    {
        if (!IsCanary(worker) || !roster.Any(SlotFact.Present))
        {
            return;
        }
        if (status.IsCodeUntried)
        {
            status.IsCodeUntried = false;
            status.CodeChangedAt = long.MinValue;
            fx.Add(Effect.CodeRejected());
        }
        if (status.Make != status.ProvenMake)
        {
            fx.Add(Effect.BlueprintRejected(status.Make.Blueprint));
            status.Make = status.ProvenMake;
            EndUntried(now, fx);
        }
        foreach (SlotNode slot in roster.Each(SlotFact.Current))
        {
            if (slot.ReplaceReason.Is(ReasonTrait.IsTriedFirst))
            {
                replacements.Cancel(now, slot);
            }
        }
    }

    /// <summary>Replaces every worker that is made otherwise than new ones, or every worker there is.</summary>
    private void ReplaceAll(long now, bool withOldCode, EffectList fx)
    {
        failures.Clear();
        quarantine.Clear();
        foreach (SlotNode slot in roster.Each(SlotFact.Current))
        {
            if (!withOldCode && !status.IsOutdated(slot.Current!))
            {
                continue;
            }
            Reason reason = status.OutdatedReason(slot.Current!);
            if (slot.Next is { Phase: WorkerPhase.Ready } old && (withOldCode || status.IsOutdated(old)))
            {
                retirements.EndUnused(now, old, reason, fx);
            }
            replacements.SetReplaceReason(slot, slot.RetireDue ? slot.ReplaceReason : reason);
            replacements.FallDue(now, slot);
        }
        agenda.Staff = true;
    }

    /// <summary>Ends the starts of a make that is neither proven nor to be tried.</summary>
    private void EndUntried(long now, EffectList fx)
    {
        foreach (SlotNode slot in roster.Slots)
        {
            if (slot.Next is { } next && next.Features.Make != status.Make && next.Features.Make != status.ProvenMake)
            {
                retirements.EndUnused(now, next, Reason.ConfigurationChanged, fx);
            }
        }
    }

    private bool IsCanary(WorkerNode worker) => status.IsUntried && !status.IsOutdated(worker);
}
