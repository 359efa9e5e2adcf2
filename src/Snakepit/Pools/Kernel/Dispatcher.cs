using System.Diagnostics;

namespace Snakepit.Pools.Kernel;

/// <summary>Which worker runs a call.</summary>
internal sealed class Dispatcher(
    PoolPlan plan, Agenda agenda, Roster roster, Intake intake, Paces paces, Availability availability, Assignments assignments,
    Planner planner)
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
        if (intake.Queue.Count == 0)
        {
            return;
        }
        while (intake.Queue.First is >= 0 and var first)
        {
            Demand demand = paces.DemandOf(intake.Calls[first].Tool, intake.Calls[first].Bytes);
            if (Pick(now, demand) is not { } worker)
            {
                break;
            }
            if (!intake.EndIfLate(now, first, fx))
            {
                intake.Queue.TakeFirst(first);
                Assign(now, worker, first, demand, fx);
            }
        }
        intake.NoteRelief();
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
        Debug.Assert(worker.Phase == WorkerPhase.Serving && worker.Load < plan.Capacity + paces.Depth, "L2");
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
