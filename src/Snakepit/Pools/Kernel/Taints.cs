namespace Snakepit.Pools.Kernel;

/// <summary>
/// Tainted slots: their workers get no calls for a time, because something in the slot may be broken, above all its device.
/// </summary>
internal sealed class Taints(
    PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Availability availability)
{
    public void TaintByOrder(long now, in PoolCommand command, EffectList fx)
    {
        if (status.IsClosing)
        {
            return;
        }
        foreach (SlotNode slot in roster.Slots)
        {
            bool isMeant = command.Kind == CommandKind.TaintDevice ? HasDevice(slot, command.Device) : slot.Index == command.Slot;
            if (isMeant)
            {
                Taint(now, slot, default, command.Duration, Reason.Manual, fx);
            }
        }
        agenda.Staff = true;
    }

    /// <summary>The worker crashed in a way that its slot, or its device, may have caused.</summary>
    public void TaintByDeath(long now, WorkerNode dead, EffectList fx)
    {
        foreach (SlotNode slot in roster.Slots)
        {
            bool isOwn = slot == dead.Slot;
            if (isOwn || HasDevice(slot, dead.Features.Device))
            {
                Taint(now, slot, isOwn ? dead.Key : default, plan.TaintTime, Reason.Died, fx);
            }
        }
    }

    public void Lift(int slot)
    {
        foreach (SlotNode node in roster.Select(slot))
        {
            EndIfDue(long.MaxValue, node);
        }
        agenda.Staff = true;
    }

    public void EndIfDue(long now, SlotNode slot)
    {
        if (!slot.IsTainted || slot.TaintedUntil > now)
        {
            return;
        }
        slot.TaintedUntil = 0;
        agenda.Dispatch = true;
        for (int i = 0; i < slot.HolderCount; i++)
        {
            if (slot.Holder(i) is { } worker)
            {
                availability.Update(worker);
            }
        }
    }

    private static bool HasDevice(SlotNode slot, int device) => device != 0 && (slot.Current ?? slot.Next)?.Features.Device == device;

    private void Taint(long now, SlotNode slot, WorkerKey culprit, long duration, Reason reason, EffectList fx)
    {
        long until = PoolKernel.SafeAdd(now, duration);
        if (until <= Math.Max(now, slot.TaintedUntil))
        {
            return;
        }
        slot.TaintedUntil = until;
        if (slot.Current is { } worker && worker.Key != culprit)
        {
            availability.Remove(worker);
            if (worker.Waiting > 0)
            {
                Assignments.Recall(worker, fx); // for other workers
            }
        }
        WorkerKey whose = !culprit.IsNone ? culprit : (slot.Current ?? slot.Next)?.Key ?? new WorkerKey(slot.Index, slot.Generation);
        fx.Add(Effect.SlotTainted(whose, reason, duration));
    }
}
