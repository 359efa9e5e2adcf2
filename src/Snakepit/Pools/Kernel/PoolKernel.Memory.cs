namespace Snakepit.Pools.Kernel;

/// <content>Memory beyond the soft limit. A tool may need much while it runs and free it, so what counts is what a look after the call finds.</content>
internal sealed partial class PoolKernel
{
    private long LongestLook => _plan.Frequency;

    /// <summary>The worker has too much memory. It gets no more calls until those that it has are over and its memory has been looked at again.</summary>
    private void OnMemoryThreshold(long now, WorkerNode worker, EffectList fx)
    {
        worker.MemoryIsBack = false;
        if (worker.Look == MemoryLook.Asked)
        {
            EndLook(worker);
            ReplaceFor(now, worker, Reason.MemoryThreshold);
            _dispatchDue = true;
            return;
        }
        worker.Look = MemoryLook.Wanted;
        _listed.Remove(worker);
        AskForLook(now, worker, fx);
    }

    private void AskForLook(long now, WorkerNode worker, EffectList fx)
    {
        if (worker is { Look: MemoryLook.Wanted, Load: 0, Phase: WorkerPhase.Serving } && !_closing)
        {
            worker.Look = MemoryLook.Asked;
            worker.LookUntil = SafeAdd(now, LongestLook);
            NoteClock(worker.LookUntil);
            fx.Add(new Effect(EffectKind.LookAtMemory, worker.Key));
        }
    }

    private void EndLook(WorkerNode worker)
    {
        if (worker.Look != MemoryLook.None)
        {
            worker.Look = MemoryLook.None;
            worker.LookUntil = long.MaxValue;
            Relist(worker);
        }
    }

    /// <summary>Looks that take too long, on a machine with too much to do, keep nobody from a worker. What they find counts when they are done.</summary>
    private void EndLateLooks(long now)
    {
        foreach (SlotNode slot in _slots)
        {
            if (slot.Current is { } worker && now >= worker.LookUntil)
            {
                EndLook(worker);
                _dispatchDue = true;
            }
        }
    }

    private void EndLooks()
    {
        foreach (SlotNode slot in _slots)
        {
            if (slot.Current is { } worker)
            {
                EndLook(worker);
            }
        }
    }

    /// <summary>The memory is back. A replacement that was not started yet is not needed.</summary>
    private void ForgetMemoryThreshold(long now, WorkerNode worker)
    {
        EndLook(worker);
        SlotNode slot = _slots[worker.Key.Slot];
        if (slot.Current != worker || _closing)
        {
            return;
        }
        if (slot.Overridden == Reason.MemoryThreshold)
        {
            slot.Overridden = Reason.None;
        }
        worker.MemoryIsBack = true;
        if (slot is { Wanted: Reason.MemoryThreshold, Next: null })
        {
            TakeBack(now, slot, worker);
            _staffDue = true;
        }
        _dispatchDue = true;
    }

    /// <summary>The replacement was launched before the memory was back, and could not start: it is not needed any more.</summary>
    private void TakeBackMemoryThreshold(long now, SlotNode slot)
    {
        if (slot is { Wanted: Reason.MemoryThreshold, Next: null, Current: { MemoryIsBack: true } worker })
        {
            TakeBack(now, slot, worker);
        }
    }
}
