namespace Snakepit.Pools.Kernel;

/// <content>How long a request to recycle may last: one pause and one start. If its replacement has not begun by then the old worker stays.</content>
internal sealed partial class PoolKernel
{
    private long _progressAt; // the last time a worker became ready or an old one was gone

    /// <summary>The longest pause and the longest start.</summary>
    private long Patience => SafeAdd(_plan.BootTimeout, _plan.MaxBackoff + (long)(_plan.MaxBackoff * _plan.Jitter));

    private long FirstPause => _plan.InitialBackoff + (long)(_plan.InitialBackoff * _plan.Jitter);

    /// <summary>A start has failed. Its slot keeps the old worker, and so does every other whose turn would now come only after a longer pause.</summary>
    private void GiveUpRequests(long now, SlotNode failed, Reason reason, EffectList fx)
    {
        foreach (SlotNode slot in _slots)
        {
            if (IsAwaited(slot) && (slot == failed || NextStartOf(slot) - now > FirstPause || (_stopsFirst && !MayStopFirst(slot))))
            {
                EndRequest(now, slot, reason, fx);
            }
        }
    }

    /// <summary>Nothing has become of the others' replacements either.</summary>
    private void GiveUpRequests(long now, EffectList fx)
    {
        foreach (SlotNode slot in _slots)
        {
            if (now >= EndOfPatience(slot))
            {
                EndRequest(now, slot, Reason.None, fx);
            }
        }
    }

    /// <summary>Every replacement that succeeds brings a request nearer to its turn. long.MaxValue: none waits here for its turn.</summary>
    private long EndOfPatience(SlotNode slot) => IsAwaited(slot) ? SafeAdd(Math.Max(slot.AskedAt, _progressAt), Patience) : long.MaxValue;

    private static bool IsAwaited(SlotNode slot) => slot is { Wanted: Reason.Manual, Current: not null, Next: null };

    private void EndRequest(long now, SlotNode slot, Reason reason, EffectList fx)
    {
        fx.Add(new Effect(EffectKind.ReportKeptOld, slot.Current!.Key, Reason: reason));
        TakeBack(now, slot, slot.Current);
    }
}
