namespace Snakepit.Pools.Kernel;

/// <content>Places whose workers get no calls for a time, since what is there may be broken: a device, above all.</content>
internal sealed partial class PoolKernel
{
    private int _tainted; // places

    /// <summary>Places where workers can take calls now.</summary>
    private int SoundPlaces
    {
        get
        {
            int sound = _target;
            for (int i = 0; _tainted > 0 && i < _slots.Length; i++)
            {
                sound -= _slots[i] is { IsTainted: true, Current: not null } ? 1 : 0;
            }
            return Math.Max(1, Math.Min(sound, _slots.Length - _tainted));
        }
    }

    /// <summary>Of the workers that are to come, those that will wait for the end of a taint though another could start in a sound place.</summary>
    private int CountHeldBack()
    {
        if (_tainted == 0 || !Array.Exists(_slots, static slot => slot.IsFree && !slot.IsTainted))
        {
            return 0;
        }
        int count = -_plan.Spares;
        foreach (SlotNode slot in _slots)
        {
            count += slot is { IsTainted: true, Current: null } && (slot.Next is not null || slot.Refills != 0) ? 1 : 0;
        }
        return Math.Max(0, count);
    }

    private bool IsTainted(WorkerNode worker) => _tainted > 0 && _slots[worker.Key.Slot].IsTainted;

    /// <summary>A worker serves that takes calls, or will when its place is sound again.</summary>
    private bool HasServing => Array.Exists(_slots, slot => slot.Current is { } worker && !IsExhausted(worker));

    /// <summary>Whether a slot (1 or 0), or how many of all (-1), get no calls.</summary>
    public int CountTainted(int slot)
    {
        if (slot >= 0)
        {
            return _slots[slot].IsTainted ? 1 : 0;
        }
        return _tainted;
    }

    private void TaintByOrder(long now, in PoolCommand command, EffectList fx)
    {
        if (_closing)
        {
            return;
        }
        foreach (SlotNode slot in _slots)
        {
            bool isMeant = command.Kind == CommandKind.TaintDevice ? HasDevice(slot, command.Value) : slot.Index == command.Slot;
            if (isMeant)
            {
                Taint(now, slot, default, command.Duration, Reason.Manual, fx);
            }
        }
        _staffDue = true;
    }

    /// <summary>It died of something that its place, or its device, may be the cause of.</summary>
    private void TaintByDeath(long now, WorkerNode dead, EffectList fx)
    {
        foreach (SlotNode slot in _slots)
        {
            bool isOwn = slot.Index == dead.Key.Slot;
            if (isOwn || HasDevice(slot, dead.Device))
            {
                Taint(now, slot, isOwn ? dead.Key : default, _plan.TaintTime, Reason.Died, fx);
            }
        }
    }

    private static bool HasDevice(SlotNode slot, int device) => device != 0 && (slot.Current ?? slot.Next)?.Device == device;

    private void Taint(long now, SlotNode slot, WorkerKey culprit, long duration, Reason reason, EffectList fx)
    {
        long until = SafeAdd(now, duration);
        if (until <= Math.Max(now, slot.TaintedUntil))
        {
            return;
        }
        _tainted += slot.IsTainted ? 0 : 1;
        slot.TaintedUntil = until;
        NoteClock(until);
        if (slot.Current is { } worker && worker.Key != culprit)
        {
            _listed.Remove(worker);
            if (CountWaiting(worker) > 0)
            {
                fx.Add(new Effect(EffectKind.Recall, worker.Key)); // for others to run
            }
        }
        WorkerKey whose = !culprit.IsNone ? culprit : (slot.Current ?? slot.Next)?.Key ?? new WorkerKey(slot.Index, slot.Generation);
        fx.Add(new Effect(EffectKind.ReportTainted, whose, Reason: reason, Argument: duration));
    }

    private void LiftTaints(int slot)
    {
        foreach (SlotNode node in Select(slot))
        {
            EndTaint(node);
        }
        _staffDue = true;
    }

    private void EndTaints(long now)
    {
        if (_tainted == 0)
        {
            return;
        }
        foreach (SlotNode slot in _slots)
        {
            if (slot.TaintedUntil <= now)
            {
                EndTaint(slot);
            }
        }
    }

    private void EndTaint(SlotNode slot)
    {
        if (!slot.IsTainted)
        {
            return;
        }
        slot.TaintedUntil = 0;
        _tainted--;
        _dispatchDue = true;
        if (slot.Current is { } worker)
        {
            Relist(worker);
        }
    }
}
