using System.Diagnostics;

namespace Snakepit.Pools.Kernel;

/// <summary>Decides which worker runs a call.</summary>
internal sealed class Dispatcher(
    PoolPlan plan, Agenda agenda, Roster roster, Intake intake, Paces paces, Availability availability, Assignments assignments,
    Planner planner, Retirements retirements, SessionMoves moves)
{
    /// <summary>
    /// Returns a worker for a call that need not wait; null when it must. A waiting call comes first, even when this one could find a
    /// worker.
    /// </summary>
    public WorkerNode? Find(long now, in CallSpec spec)
    {
        if (!spec.Target.IsNone)
        {
            return roster.Find(spec.Target) is { Bound.Count: 0 } target && intake.HasQuota
                && availability.CanTakeBound(target) ? target : null;
        }
        return intake.Queue.Count == 0 ? Pick(now, spec) : null;
    }

    /// <summary>Returns an idle worker for a health check; null when it is busy or has ended.</summary>
    public WorkerNode? FindForCheck(WorkerKey key) =>
        intake.TakesChecks && roster.Find(key) is { Phase: WorkerPhase.Serving, Load: 0, Limits.Look: MemoryLook.None } worker
            && !worker.Bound.Moves ? worker : null;

    /// <summary>Returns the worker for the next call of the move of a session; null when the move is over.</summary>
    public WorkerNode? FindForMove(ulong session) => moves.BeginCall(session);

    /// <summary>A call waits from now on.</summary>
    public void NoteWaiting(int index)
    {
        ref CallState call = ref intake.Calls[index];
        if (!call.Spec.Target.IsNone)
        {
            availability.Update(roster.Find(call.Spec.Target)!); // other calls do not wait in the channel of a worker that has bound calls
            return;
        }
        // It has overtaken a call that found no worker, and may find one: another kind of call may wait in a channel.
        agenda.Dispatch |= paces.Depth > 0 && intake.Queue.Count > 1 && intake.Queue.First == index;
        agenda.Staff |= roster.Resting > 0;
    }

    /// <summary>Assigns a call to a worker.</summary>
    public void Send(long now, WorkerNode worker, int index, EffectList fx)
    {
        ref CallState call = ref intake.Calls[index];
        Debug.Assert(
            worker.Phase is WorkerPhase.Serving or WorkerPhase.Draining && worker.Load < worker.Capacity + paces.DepthOf(worker), "L2");
        if (call is { IsOwn: false, Spec.Session: not 0 })
        {
            intake.BindSession(worker, index, fx);
        }
        assignments.Attach(now, worker, index, call.IsOwn ? default : paces.DemandOf(call.Spec.Tool, call.Spec.Bytes));
        intake.Wheel.Set(index, call.Spec.Deadline);
        fx.Add(Effect.Send(worker.Key, intake.Calls.KeyOf(index), call.Attempts));
        if (plan.MaxRequests > 0)
        {
            planner.ApplyMaxRequests(now, worker);
        }
        availability.Update(worker);
    }

    /// <summary>Sends the calls that wait and can have a worker now.</summary>
    public void Settle(long now, EffectList fx)
    {
        if (intake.Queue.Count > 0)
        {
            ServeQueue(now, fx);
        }
        agenda.Dispatch = false; // the queue was served with all that was noted until now
        ServeLanes(now, fx);
        if (plan.MaxConcurrent > 0 && intake.Bound.Count > 0)
        {
            ServeAllLanes(now, fx); // the quota may have room again
        }
    }

    /// <summary>
    /// Sends calls strictly in the queue's order: a call without a worker delays those behind it, because they could overtake it for ever.
    /// </summary>
    private void ServeQueue(long now, EffectList fx)
    {
        while (intake.Queue.First is >= 0 and var first)
        {
            if (Pick(now, intake.Calls[first].Spec) is not { } worker)
            {
                break;
            }
            if (worker.Bound.First is >= 0 and var bound && intake.Calls[bound].Queue.Ticket < intake.Calls[first].Queue.Ticket
                && availability.CanTakeBound(worker))
            {
                SendBound(now, worker, bound, fx); // it came first
            }
            else if (!intake.EndIfLate(now, first, fx))
            {
                intake.Queue.TakeFirst(first);
                Send(now, worker, first, fx);
            }
        }
        intake.NoteRelief();
    }

    /// <summary>Serves the workers with bound calls: each gets those that it has room for.</summary>
    private void ServeLanes(long now, EffectList fx)
    {
        for (int i = 0; i < agenda.Lanes.Count; i++)
        {
            ServeLane(now, agenda.Lanes[i], fx);
        }
        agenda.Lanes.Clear();
    }

    private void ServeAllLanes(long now, EffectList fx)
    {
        foreach (SlotNode slot in roster.Each(SlotFact.HasLane))
        {
            for (int i = 0; i < slot.HolderCount; i++)
            {
                if (slot.Holder(i) is { Bound.Count: > 0 } worker)
                {
                    ServeLane(now, worker, fx);
                }
            }
        }
        agenda.Lanes.Clear();
    }

    private void ServeLane(long now, WorkerNode worker, EffectList fx)
    {
        while (worker.Bound.First is >= 0 and var first && intake.HasQuota && availability.CanTakeBound(worker))
        {
            SendBound(now, worker, first, fx);
        }
        if (worker is { Phase: WorkerPhase.Draining, Bound: { Gives: false, Moves: false } } && plan.IsExhausted(worker))
        {
            intake.LoseSessions(worker, worker.Exit.Reason, fx); // it may not run their calls
        }
        if (worker.IsDrained)
        {
            retirements.Stop(now, worker, fx);
        }
        else if (worker is { Phase: WorkerPhase.Serving, Bound.Count: 0 })
        {
            availability.Update(worker); // other calls may wait in its channel again
            agenda.Dispatch |= intake.Queue.Count > 0;
        }
    }

    private void SendBound(long now, WorkerNode worker, int index, EffectList fx)
    {
        if (!intake.EndIfLate(now, index, fx))
        {
            intake.Bound.Remove(index);
            Send(now, worker, index, fx);
        }
    }

    /// <summary>
    /// Returns an idle worker if there is one, else the least loaded one in whose channel the call may wait; both times the session's own
    /// first.
    /// </summary>
    private WorkerNode? Pick(long now, in CallSpec spec)
    {
        if (!intake.HasQuota)
        {
            return null;
        }
        SessionNode? session = spec.Session == 0 ? null : intake.Sessions.Find(spec.Session);
        WorkerNode? own = session?.Worker;
        if (own is not null && Availability.IsIdle(own))
        {
            return own;
        }
        int load = availability.NextLoad(0);
        if (load >= 0 && load < plan.Capacity)
        {
            return availability.First(load);
        }
        if (spec.Affinity != Affinity.Hint || session is { IsStrict: true })
        {
            return null; // calls of strict sessions do not wait in channels
        }
        Demand demand = paces.DemandOf(spec.Tool, spec.Bytes);
        if (own is { Links.Load: >= 0 } && demand.MayWait && now < own.Progress.StallAt && assignments.HasRoomFor(own, demand))
        {
            return own;
        }
        for (; demand.MayWait && load >= 0; load = availability.NextLoad(load + 1))
        {
            if (FirstAwake(now, load) is { } worker && assignments.HasRoomFor(worker, demand))
            {
                return worker;
            }
        }
        return null;
    }

    /// <summary>Returns the first worker of that load that has not stalled meanwhile.</summary>
    private WorkerNode? FirstAwake(long now, int load)
    {
        while (availability.First(load) is { } worker)
        {
            if (now < worker.Progress.StallAt)
            {
                return worker;
            }
            worker.Progress.Stalled = true;
            availability.Remove(worker);
        }
        return null;
    }
}
