namespace Snakepit.Pools.Kernel;

/// <content>Changed code: one worker tries it before the others are replaced.</content>
internal sealed partial class PoolKernel
{
    private long _codeChangedAt = long.MinValue;
    private bool _codeUntried; // nobody has started with the changed code yet

    /// <summary>All workers are replaced, but first one tries whether the new code starts at all.</summary>
    private void ReplaceChangedCode(long now, EffectList fx)
    {
        if (_closing)
        {
            return;
        }
        _codeChangedAt = now;
        _codeUntried = true;
        ForgetFailures();
        _quarantine.Clear();
        foreach (SlotNode slot in _slots)
        {
            if (slot.Current is null)
            {
                continue;
            }
            if (slot.Next is { Phase: WorkerPhase.Ready } old)
            {
                Discard(now, slot, old, Reason.CodeChanged, fx);
            }
            Want(slot, slot.RetireDue ? slot.Wanted : Reason.CodeChanged);
            FallDue(now, slot);
        }
        _staffDue = true;
    }

    /// <summary>A worker with the changed code is ready: the others may follow, and spares with the old code are of no use any more.</summary>
    private void AcceptChangedCode(long now, EffectList fx)
    {
        _codeUntried = false;
        foreach (SlotNode slot in _slots)
        {
            if (slot.HasSpare && slot.Next!.LaunchedAt < _codeChangedAt)
            {
                Discard(now, slot, slot.Next, Reason.CodeChanged, fx);
            }
        }
    }

    private bool WaitsForCanary(SlotNode slot) =>
        _codeUntried && slot.Wanted == Reason.CodeChanged
        && Array.Exists(_slots, s => s.Refills != 0 || (s.Next is { } next && next.LaunchedAt >= _codeChangedAt));

    /// <summary>The changed code cannot start, so nobody else has to try it. The next change is another matter.</summary>
    private void RejectChangedCode(long now, EffectList fx)
    {
        _codeUntried = false;
        _codeChangedAt = long.MinValue;
        foreach (SlotNode slot in _slots)
        {
            if (slot is { Wanted: Reason.CodeChanged, Current: { } worker })
            {
                TakeBack(now, slot, worker);
            }
        }
        fx.Add(new Effect(EffectKind.ReportCodeRejected, default));
    }
}
