using System.Diagnostics;

namespace Snakepit.Pools.Kernel;

/// <summary>Which worker runs a call.</summary>
internal sealed class Dispatcher(
    PoolPlan plan, Agenda agenda, Roster roster, Intake intake, Paces paces, Availability availability, Assignments assignments,
    Planner planner, Orders orders)
{
    /// <summary>Admits a call: it gets a worker, or waits, or is turned away with the reason.</summary>
    public Admission Submit(long now, in CallSpec spec, EffectList fx, out Placement placement)
    {
        placement = default;
        Outcome rejection = intake.JudgeCall(now, spec);
        if (rejection != Outcome.None)
        {
            return intake.Reject(spec, rejection, fx);
        }
        if (!spec.Target.IsNone)
        {
            return SubmitBound(now, spec, fx, out placement);
        }
        // A call that waits comes first, though this one might find a worker.
        Demand demand = paces.DemandOf(spec.Tool, spec.Bytes);
        WorkerNode? worker = intake.Queue.Count == 0 ? Pick(now, demand) : null;
        rejection = worker is null ? intake.JudgeWait(now, spec) : Outcome.None;
        if (rejection != Outcome.None)
        {
            return intake.Reject(spec, rejection, fx);
        }
        int index = intake.Accept(now, spec, waits: worker is null);
        if (worker is not null)
        {
            placement = new Placement(index, worker, demand);
        }
        else
        {
            // It has overtaken one that found no worker, and may find one: another kind of call may wait in a channel.
            agenda.Dispatch |= paces.Depth > 0 && intake.Queue.Count > 1 && intake.Queue.First == index;
            agenda.Staff |= roster.Resting > 0;
        }
        return new Admission(intake.Calls.KeyOf(index), Outcome.None, 0, 0); // how many wait is known when the step ends
    }

    public Admission SubmitCheck(long now, WorkerKey key, in CallSpec spec, out Placement placement)
    {
        placement = default;
        if (!intake.TakesChecks || roster.Find(key) is not { Phase: WorkerPhase.Serving, Load: 0, Look: MemoryLook.None } worker)
        {
            return intake.Answer(default, Outcome.Cancelled);
        }
        int index = intake.Create(now, spec);
        intake.Calls[index].IsCheck = true;
        assignments.Checks++;
        placement = new Placement(index, worker, default);
        return intake.Answer(intake.Calls.KeyOf(index));
    }

    /// <summary>Sends the call that need not wait.</summary>
    public void Send(long now, in Placement placement, EffectList fx) =>
        Assign(now, placement.Worker!, placement.Call, placement.Demand, fx);

    /// <summary>Sends what waits, strictly in the queue's order: what finds no worker holds up those behind it, or it might be overtaken
    /// for ever.</summary>
    public void Settle(long now, EffectList fx)
    {
        if (intake.Queue.Count > 0)
        {
            ServeQueue(now, fx);
        }
        ServeLanes(now, fx);
        if (plan.MaxConcurrent > 0 && intake.Bound.Count > 0)
        {
            ServeAllLanes(now, fx); // the quota may have room again
        }
    }

    /// <summary>Strictly in the queue's order: what finds no worker holds up those behind it, or it might be overtaken for ever.</summary>
    private void ServeQueue(long now, EffectList fx)
    {
        while (intake.Queue.First is >= 0 and var first)
        {
            Demand demand = paces.DemandOf(intake.Calls[first].Tool, intake.Calls[first].Bytes);
            if (Pick(now, demand) is not { } worker)
            {
                break;
            }
            if (worker.Bound.First is >= 0 and var bound && intake.Calls[bound].Ticket < intake.Calls[first].Ticket
                && availability.CanTakeBound(worker))
            {
                SendBound(now, worker, bound, fx); // it came first
            }
            else if (!intake.EndIfLate(now, first, fx))
            {
                intake.Queue.TakeFirst(first);
                Assign(now, worker, first, demand, fx);
            }
        }
        intake.NoteRelief();
    }

    /// <summary>A call that only one worker may run gets it, or waits for it, and is over when that worker is.</summary>
    private Admission SubmitBound(long now, in CallSpec spec, EffectList fx, out Placement placement)
    {
        placement = default;
        if (roster.Find(spec.Target) is not { Phase: WorkerPhase.Serving or WorkerPhase.Draining } worker)
        {
            return intake.Reject(spec, Outcome.WorkerLostNotStarted, fx);
        }
        bool waits = worker.Bound.Count > 0 || !intake.HasQuota || !availability.CanTakeBound(worker);
        if (waits && intake.JudgeWait(now, spec) is not Outcome.None and var rejection)
        {
            return intake.Reject(spec, rejection, fx);
        }
        int index = intake.Accept(now, spec, waits);
        if (waits)
        {
            availability.Update(worker); // other calls do not wait in the channel of a worker that calls wait for
        }
        else
        {
            placement = new Placement(index, worker, paces.DemandOf(spec.Tool, spec.Bytes));
        }
        return new Admission(intake.Calls.KeyOf(index), Outcome.None, 0, 0);
    }

    /// <summary>Looks at the workers that calls wait for and no other: each gets those that it has room for.</summary>
    public void ServeLanes(long now, EffectList fx)
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
        if (worker.Phase == WorkerPhase.Draining && plan.IsExhausted(worker))
        {
            intake.RejectLane(worker, Outcome.WorkerLostNotStarted, fx); // it may not run them
        }
        if (worker.IsDrained)
        {
            orders.Stop(now, worker, fx);
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
            Assign(now, worker, index, paces.DemandOf(intake.Calls[index].Tool, intake.Calls[index].Bytes), fx);
        }
    }

    /// <summary>An idle worker if there is one; else the least loaded one in whose channel the call may wait.</summary>
    private WorkerNode? Pick(long now, in Demand demand)
    {
        if (!intake.HasQuota)
        {
            return null;
        }
        int load = availability.NextLoad(0);
        if (load >= 0 && load < plan.Capacity)
        {
            return availability.First(load);
        }
        if (!demand.MayWait)
        {
            return null;
        }
        for (; load >= 0; load = availability.NextLoad(load + 1))
        {
            if (FirstAwake(now, load) is { } worker && assignments.HasRoomFor(worker, demand))
            {
                return worker;
            }
        }
        return null;
    }

    private void Assign(long now, WorkerNode worker, int index, in Demand demand, EffectList fx)
    {
        ref CallState call = ref intake.Calls[index];
        Debug.Assert(worker.Phase is WorkerPhase.Serving or WorkerPhase.Draining && worker.Load < plan.Capacity + paces.Depth, "L2");
        assignments.Attach(now, worker, index, demand);
        intake.Wheel.Set(index, call.Deadline);
        fx.Add(new Effect(EffectKind.Send, worker.Key, intake.Calls.KeyOf(index), Argument: call.Attempts));
        if (plan.MaxRequests > 0)
        {
            planner.NoteCall(now, worker);
        }
        availability.Update(worker);
    }

    /// <summary>The first worker of that load that has not stalled meanwhile.</summary>
    private WorkerNode? FirstAwake(long now, int load)
    {
        while (availability.First(load) is { } worker)
        {
            if (now < worker.StallAt)
            {
                return worker;
            }
            worker.Stalled = true;
            availability.Remove(worker);
        }
        return null;
    }
}
