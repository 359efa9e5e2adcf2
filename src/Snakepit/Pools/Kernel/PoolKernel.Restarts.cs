namespace Snakepit.Pools.Kernel;

/// <content>What holds up starts and replacements: failures in a row, by cause, and what ends a row.</content>
internal sealed partial class PoolKernel
{
    private readonly RestartLedger _restarts;
    private bool _toldOfOverdue;

    /// <returns>The pool's row.</returns>
    private RestartRow Fail(long now, in RestartFailure failure, SlotNode? slot)
    {
        double chance = NextRandom(1_000) / 1_000.0;
        if (_restarts.Fail(failure, now, chance, slot?.Restarts, out RestartRow row))
        {
            slot?.Restarts.Fail(failure, now, chance, slot: null, out _);
        }
        return row;
    }

    private bool MayStart(long now, SlotNode slot) => now >= NextStartOf(slot);

    private long NextStartOf(SlotNode slot) => _restarts.NextStartIn(slot.Restarts);

    private bool Succeed(RestartProof proof, WorkerNode worker) =>
        _slots[worker.Key.Slot].Restarts.Succeed(proof, worker.Key, worker.LaunchedAt) | _restarts.Succeed(proof, worker.Key, worker.LaunchedAt);

    private void ForgetFailures()
    {
        _restarts.Clear();
        Array.ForEach(_slots, static slot => slot.Restarts.Clear());
    }

    /// <summary>Who was ready is lost. What outsiders kill is repaired at once: it was ready, so the next one will be. Any other may have met what the next
    /// ones will meet too. Of no use at all: no restart loop at full speed, but the first that may be a call's fault is repaired at once.</summary>
    private void NoteLoss(long now, WorkerNode worker, Reason reason, EndNote note = default)
    {
        if (note.IsForeign)
        {
            return;
        }
        _doubtedAt = now;
        if (!worker.HasAnswered && now - worker.LaunchedAt < _plan.MaxBackoff)
        {
            Fail(now, new RestartFailure(new RestartCause(reason, note.Cause), worker.LaunchedAt, IsExcused: worker.Requests > 0), _slots[worker.Key.Slot]);
        }
    }

    /// <summary>What a worker has been good for, which its last rows of failures are held against.</summary>
    /// <returns>Whether that has ended one.</returns>
    private bool NoteUse(WorkerNode worker, bool failed, bool isCheck)
    {
        bool answers = !worker.HasAnswered && Succeed(RestartProof.Answer, worker);
        bool succeeds = !failed && !isCheck && Succeed(RestartProof.Success, worker);
        worker.HasAnswered = true;
        worker.HasSucceeded = !failed && !isCheck;
        return answers || succeeds;
    }

    private void NotePassedCheck(WorkerNode worker)
    {
        worker.HasPassed = true;
        _staffDue |= Succeed(RestartProof.Check, worker);
    }

    /// <summary>A replacement that gives the same reason again, and was of no use before, does not help. Who serves may serve on while the next one waits.</summary>
    private void BrakeIfUseless(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        if (!RestartRow.IsBrake(reason) || (reason == Reason.HealthCheckFailed ? worker.HasPassed : worker.HasSucceeded))
        {
            return;
        }
        RestartRow row = Fail(now, new RestartFailure(new RestartCause(reason), worker.LaunchedAt, Successor: worker.ReplacedBy), _slots[worker.Key.Slot]);
        if (row.Failures == RestartLedger.Telling)
        {
            fx.Add(new Effect(EffectKind.ReportBraked, worker.Key, Reason: reason, Argument: row.Failures));
        }
    }

    /// <summary>Its replacement would come too soon after others for the same reason.</summary>
    private bool IsHeldBack(long now, SlotNode slot) => RestartRow.IsBrake(slot.Wanted) && now < NextReplacementOf(slot);

    private long NextReplacementOf(SlotNode slot) => _restarts.NextReplacementIn(slot.Restarts, slot.Wanted);

    /// <summary>Told once, until no worker serves on because its replacement cannot start. Changed code and requests that fail are told in their own way.</summary>
    private void ReportOverdue(EffectList fx)
    {
        SlotNode? overdue = FindOverdue();
        if (overdue is not null && !_toldOfOverdue)
        {
            fx.Add(new Effect(EffectKind.ReportReplacementOverdue, overdue.Current!.Key, Reason: overdue.Wanted));
        }
        _toldOfOverdue = overdue is not null;
    }

    private SlotNode? FindOverdue()
    {
        foreach (SlotNode slot in _slots)
        {
            if (slot.IsOverdue && !slot.MayBeTakenBack && !IsExhausted(slot.Current!))
            {
                return slot;
            }
        }
        return null;
    }

    /// <summary>As many as nothing speaks against. A pool that has worked spends four starts on finding out whether failures are chance: those that have failed, and those under way.</summary>
    private int MostUnprovenStarts =>
        _restarts.IsTrying ? _everReady ? Math.Max(1, UnprovenStarts - _restarts.UselessStarts) : 1
        : _doubtedAt == NoDoubt ? int.MaxValue
        : UnprovenStarts;
}
