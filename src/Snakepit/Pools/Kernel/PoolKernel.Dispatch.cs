using System.Diagnostics;

namespace Snakepit.Pools.Kernel;

/// <content>Dispatch: which worker takes the next call, and the lists of those that can.</content>
internal sealed partial class PoolKernel
{
    private WorkerNode? PickWorker()
    {
        foreach (WorkerNode? head in _available)
        {
            if (head is not null)
            {
                return head; // least loaded first; among those the one used last, whose caches are warm
            }
        }
        return null;
    }

    private void Assign(long now, WorkerNode worker, int index, EffectList fx)
    {
        ref CallState call = ref _calls[index];
        Debug.Assert(worker.Phase == WorkerPhase.Serving && worker.Load < _plan.Capacity, "L2");
        Unlist(worker);
        call.Phase = CallPhase.Assigned;
        call.Worker = worker;
        call.Attempts++;
        worker.Calls.AddLast(_calls, index);
        worker.OpenCalls++;
        worker.Requests++;
        _wheel.Set(index, call.Deadline);
        fx.Add(new Effect(EffectKind.Send, worker.Key, _calls.KeyOf(index), Argument: call.Attempts));
        if (_plan.MaxRequests > 0)
        {
            PlanForMaxRequests(now, worker, fx);
        }
        List(worker);
    }

    private void DispatchQueue(long now, EffectList fx)
    {
        while (_queue.First >= 0 && PickWorker() is { } worker)
        {
            int index = _queue.First;
            if (_calls[index].Due <= now)
            {
                ExpireQueued(now, index, fx); // the wheel has not come round to it yet
                continue;
            }
            _queue.Remove(_calls, index);
            Assign(now, worker, index, fx);
        }
        if (_saturated && _queue.Count <= _plan.QueueLimit / 2)
        {
            _saturated = false;
        }
    }

    /// <summary>Makes a worker available when it can take a call.</summary>
    private void List(WorkerNode worker)
    {
        if (worker.Phase != WorkerPhase.Serving || worker.Load >= _plan.Capacity || worker.Overdue || IsExhausted(worker))
        {
            return;
        }
        ref WorkerNode? head = ref _available[worker.Load];
        worker.Listed = worker.Load;
        worker.PreviousIdle = null;
        worker.NextIdle = head;
        if (head is not null)
        {
            head.PreviousIdle = worker;
        }
        head = worker;
    }

    private void Unlist(WorkerNode worker)
    {
        if (worker.Listed < 0)
        {
            return;
        }
        if (worker.PreviousIdle is not null)
        {
            worker.PreviousIdle.NextIdle = worker.NextIdle;
        }
        else
        {
            _available[worker.Listed] = worker.NextIdle;
        }
        if (worker.NextIdle is not null)
        {
            worker.NextIdle.PreviousIdle = worker.PreviousIdle;
        }
        worker.Listed = -1;
        worker.PreviousIdle = worker.NextIdle = null;
    }
}
