namespace Snakepit.Pools.Kernel;

/// <content>Looking at the kernel without changing it.</content>
internal sealed partial class PoolKernel
{
    public PoolState State => _state;

    /// <summary>How many calls of the key wait; known only where they are limited.</summary>
    public int WaitingOf(ulong key) => _queue.WaitingOf(key);

    /// <summary>Workers that take calls.</summary>
    public int ServingCount => CountServing();

    /// <summary>The worker that serves in the slot; none when there is none.</summary>
    public WorkerKey CurrentOf(int slot) => slot < _slots.Length ? _slots[slot].Current?.Key ?? default : default;

    /// <summary>One past the highest slot.</summary>
    public int SlotCount => _slots.Length;

    /// <summary>How many calls the worker has begun; 0 when it is not known any more.</summary>
    public long RequestsOf(WorkerKey worker) => Find(worker) is { } known ? known.Requests - CountWaiting(known) : 0;

    public int ErrorsOf(WorkerKey worker) => Find(worker)?.Errors ?? 0;

    public bool IsServing(WorkerKey worker) => Find(worker) is { Phase: WorkerPhase.Serving };

    public int Target => _target;

    public int RestingCount => _resting;

    /// <param name="view">What to fill.</param>
    /// <param name="withCalls">Each call too. There may be many.</param>
    public void CopyTo(PoolView view, bool withCalls = true)
    {
        view.State = _state;
        view.Closing = _closing;
        view.Accepted = Accepted;
        view.Rejected = Rejected;
        view.Recycled = Recycled;
        view.Target = _target;
        view.Resting = _resting;
        view.Ready = CountServing();
        view.Replacing = 0;
        view.Queue.Clear();
        view.Slots.Clear();
        view.Workers.Clear();
        view.Calls.Clear();
        if (withCalls)
        {
            _queue.CopyTo(view.Queue);
        }
        view.NextCall = _queue.First < 0 ? default : _calls.KeyOf(_queue.First);
        view.Running = _running;
        view.Restarts.Clear();
        view.Restarts.AddRange(_restarts.Rows);
        view.Suspects.Clear();
        view.Suspects.AddRange(_quarantine.Suspects);
        foreach (SlotNode slot in _slots)
        {
            CopySlot(slot, view);
        }
        for (int index = 0; withCalls && index < _calls.Used; index++)
        {
            ref CallState call = ref _calls[index];
            if (call.Phase != CallPhase.Free)
            {
                view.Calls.Add(new CallView(_calls.KeyOf(index), call.Phase, call.Open, call.Worker?.Key ?? default, call.Attempts, call.Deadline, call.Ticket));
            }
        }
    }

    private void CopySlot(SlotNode slot, PoolView view)
    {
        view.Slots.Add(slot.PhaseAt(_closing, _restarts.IsTrying));
        view.Replacing += slot.IsReplacing ? 1 : 0;
        void Add(WorkerNode worker, WorkerRole role) => view.Workers.Add(new WorkerView(
            worker.Key, worker.Phase, role, worker.Load, CountWaiting(worker), worker.OpenCalls, worker.Requests, worker.Leaving,
            role == WorkerRole.Current ? slot.Wanted : Reason.None, worker.Due, worker.Listed >= 0 && worker.Load < _plan.Capacity, worker.Stalled,
            worker.ServingSince, worker.Errors, worker.Unresponsive, worker.Calls.First < 0 ? default : _calls.KeyOf(worker.Calls.First), worker.Ttl, slot.TaintedUntil,
            worker.ReplacedBy, role == WorkerRole.Current ? slot.DueSince : long.MaxValue, role == WorkerRole.Current ? slot.FailedReplacements : 0,
            role == WorkerRole.Current && IsExhausted(worker)));
        if (slot.Current is { } current)
        {
            Add(current, WorkerRole.Current);
        }
        if (slot.Next is { } next)
        {
            Add(next, WorkerRole.Next);
        }
        foreach (WorkerNode leaving in slot.Leaving)
        {
            Add(leaving, WorkerRole.Leaving);
        }
    }
}
