namespace Snakepit.Pools.Kernel;

/// <content>What holds up starts and replacements: failures in a row, by cause, and what ends a row.</content>
internal sealed partial class PoolKernel
{
    private readonly RestartLedger _restarts;

    private RestartRow Fail(long now, in RestartFailure failure) => _restarts.Fail(failure, now, NextRandom(1_000) / 1_000.0);

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
            Fail(now, new RestartFailure(
                new RestartCause(reason, note.Cause), worker.LaunchedAt, IsExcused: worker.Requests > 0));
        }
    }

    /// <summary>What a worker has been good for, which its last rows of failures are held against.</summary>
    /// <returns>Whether that has ended one.</returns>
    private bool NoteUse(WorkerNode worker, bool failed, bool isCheck)
    {
        bool answers = !worker.HasAnswered && _restarts.Succeed(RestartProof.Answer, worker.Key, worker.LaunchedAt);
        bool succeeds = !failed && !isCheck && _restarts.Succeed(RestartProof.Success, worker.Key, worker.LaunchedAt);
        worker.HasAnswered = true;
        worker.HasSucceeded = !failed && !isCheck;
        return answers || succeeds;
    }

    private void NotePassedCheck(long now, WorkerNode worker, EffectList fx)
    {
        worker.HasPassed = true;
        if (_restarts.Succeed(RestartProof.Check, worker.Key, worker.LaunchedAt))
        {
            Reconcile(now, fx);
        }
    }

    /// <summary>A replacement that gives the same reason again, and was of no use before, does not help. Who serves may serve on while the next one waits.</summary>
    private void BrakeIfUseless(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        if (!RestartRow.IsBrake(reason) || (reason == Reason.HealthCheckFailed ? worker.HasPassed : worker.HasSucceeded))
        {
            return;
        }
        RestartRow row = Fail(now, new RestartFailure(new RestartCause(reason), worker.LaunchedAt, Successor: worker.ReplacedBy));
        if (row.Failures == RestartLedger.Telling)
        {
            fx.Add(new Effect(EffectKind.ReportBraked, worker.Key, Reason: reason, Argument: row.Failures));
        }
    }

    /// <summary>Its replacement would come too soon after others for the same reason.</summary>
    private bool IsHeldBack(long now, SlotNode slot) => RestartRow.IsBrake(slot.Wanted) && now < _restarts.NextReplacement(slot.Wanted);
}
