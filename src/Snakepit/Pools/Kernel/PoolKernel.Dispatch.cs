using System.Diagnostics;

namespace Snakepit.Pools.Kernel;

/// <content>Dispatch: which worker takes the next call, and the lists of those that can.</content>
internal sealed partial class PoolKernel
{
    /// <summary>An idle worker if there is one; else the least loaded one in whose channel the call may wait.</summary>
    private WorkerNode? PickWorker(long now, in Demand demand)
    {
        if (!HasQuota)
        {
            return null;
        }
        int load = _listed.NextLoad(0);
        if (load >= 0 && load < _plan.Capacity)
        {
            return _listed.First(load);
        }
        if (!demand.MayWait)
        {
            return null;
        }
        for (; load >= 0; load = _listed.NextLoad(load + 1))
        {
            if (FirstAwake(now, load) is { } worker && HasRoomFor(worker, demand))
            {
                return worker;
            }
        }
        return null;
    }

    private void Assign(long now, WorkerNode worker, int index, in Demand demand, EffectList fx)
    {
        ref CallState call = ref _calls[index];
        Debug.Assert(worker.Phase == WorkerPhase.Serving && worker.Load < _plan.Capacity + _depth, "L2");
        _listed.Remove(worker);
        call.Phase = CallPhase.Assigned;
        call.Attempts++;
        worker.Requests += call.IsCheck ? 0 : 1;
        Attach(now, worker, index, demand);
        _wheel.Set(index, call.Deadline);
        fx.Add(new Effect(EffectKind.Send, worker.Key, _calls.KeyOf(index), Argument: call.Attempts));
        if (_plan.MaxRequests > 0)
        {
            PlanForMaxRequests(now, worker);
        }
        List(worker);
    }

    /// <summary>Sends what waits, strictly in the queue's order: what finds no place holds up those behind it, or it might be overtaken for ever.</summary>
    private void DispatchQueue(long now, EffectList fx)
    {
        while (_queue.First >= 0)
        {
            int index = _queue.First;
            Demand demand = DemandOf(_calls[index].Tool, _calls[index].Bytes);
            if (PickWorker(now, demand) is not { } worker)
            {
                break;
            }
            if (_calls[index].Due <= now)
            {
                ExpireQueued(now, index, fx); // the wheel has not come round to it yet
                continue;
            }
            if (IsTooLate(now, _calls[index]))
            {
                _shedding = true;
                EndQueued(index, Outcome.TooLate, fx);
                continue;
            }
            _queue.TakeFirst(index);
            Assign(now, worker, index, demand, fx);
        }
        NoteRelief();
    }

    private void Relist(WorkerNode worker)
    {
        _listed.Remove(worker);
        List(worker);
    }

    /// <summary>Makes a worker available when it can take a call.</summary>
    private void List(WorkerNode worker)
    {
        if (worker.Phase == WorkerPhase.Serving && !worker.Overdue && worker.Look == MemoryLook.None && !IsExhausted(worker) && !IsTainted(worker)
            && !_slots[worker.Key.Slot].GivesWay
            && (worker.Load < _plan.Capacity || MayHoldMore(worker)))
        {
            if (IsSpared(worker))
            {
                _listed.AddToEnd(worker);
            }
            else
            {
                _listed.Add(worker);
            }
        }
    }
}
