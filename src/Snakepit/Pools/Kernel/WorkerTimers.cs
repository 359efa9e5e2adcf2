namespace Snakepit.Pools.Kernel;

/// <summary>
/// Acts when a worker's time is up: its start, its pong, its TTL, its idle time, its orderly end, its kill. Only slots with a due time that
/// has come are examined, in order.
/// </summary>
internal sealed class WorkerTimers(
    PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Intake intake, Health health, Starter starter,
    Replacements replacements, Planner planner, Limits limits, Sizing sizing, Taints taints, WorkerEnds ends, Closing closing,
    Scaler scaler)
{
    public void Tick(long now, EffectList fx)
    {
        for (SlotNode? slot = roster.NextDue(now, 0); slot is not null; slot = roster.NextDue(now, slot.Index + 1))
        {
            TickNext(now, slot, fx);
            if (slot.Current is { } current && !status.IsClosing)
            {
                TickServing(now, current, fx);
            }
            for (int i = slot.Leaving.Count - 1; i >= 0; i--)
            {
                if (slot.Leaving[i].Due.Look <= now)
                {
                    limits.EndLook(slot.Leaving[i]); // the calls that are bound to it wait for that
                }
                if (slot.Leaving[i].Due.Phase <= now)
                {
                    ends.Escalate(now, slot.Leaving[i], fx);
                }
            }
        }
        for (SlotNode? slot = roster.NextDue(now, 0); slot is not null && !status.IsClosing; slot = roster.NextDue(now, slot.Index + 1))
        {
            if (now >= roster.EndOfPatience(slot))
            {
                replacements.KeepOld(now, slot, Reason.None, fx); // the replacements of the other slots have not started either
            }
            if (slot.Current is { } worker && now >= worker.Due.Look)
            {
                limits.EndLook(worker);
            }
            taints.EndIfDue(now, slot);
        }
        closing.Tick(now, fx);
        intake.Sessions.Tick(now, fx);
        if (now >= scaler.Due)
        {
            scaler.Tick(now, fx);
        }
        if (now >= planner.PlanAt)
        {
            planner.PlanAhead(now);
        }
        agenda.Staff = true;
    }

    private void TickNext(long now, SlotNode slot, EffectList fx)
    {
        if (slot.Next is not { } next)
        {
            return;
        }
        if (next.Phase == WorkerPhase.Ready && health.Tick(now, next, fx))
        {
            ends.Kill(now, next, Reason.Unresponsive, fx);
        }
        else if (next.Due.Phase <= now && next.IsStarting)
        {
            starter.EndHungStart(now, next, fx);
        }
        else if (next.Due.Phase <= now)
        {
            next.Due.Phase = long.MaxValue;
            if (slot.Current is not null) // otherwise the worker before it has ended, and this one is a spare
            {
                replacements.FallDue(now, slot);
            }
        }
    }

    private void TickServing(long now, WorkerNode worker, EffectList fx)
    {
        if (health.Tick(now, worker, fx))
        {
            ends.Kill(now, worker, Reason.Unresponsive, fx);
        }
        else if (!limits.ApplyHeldReason(now, worker) && now >= worker.Due.Ttl)
        {
            worker.Due.Ttl = long.MaxValue;
            replacements.ReplaceWhenReady(now, worker, Reason.TtlExpired);
        }
        else if (roster.MayRest && now >= worker.Times.IdleSince + plan.IdleTimeout)
        {
            sizing.RestIfIdle(now, worker, fx);
        }
    }
}
