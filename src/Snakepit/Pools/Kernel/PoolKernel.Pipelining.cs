namespace Snakepit.Pools.Kernel;

/// <content>Pipelining: calls that wait in the channel of a busy worker, so that it need not idle for a round trip, and how they come back.</content>
internal sealed partial class PoolKernel
{
    private readonly int _depth; // how many calls may wait in a channel; 0 unless a worker runs one call at a time
    private ToolPace[] _paces = new ToolPace[16];
    private int _deepWorkers; // that have calls waiting in their channel
    private long _stallsDue = long.MaxValue;

    /// <summary>A worker gave a call back before it began it. The call waits again, in its old place, as if it had never been sent.</summary>
    public void Recalled(long now, WorkerKey from, CallKey key, EffectList fx)
    {
        int index = FindAssigned(from, key);
        if (index < 0)
        {
            return;
        }
        WorkerNode worker = _calls[index].Worker!;
        bool wasExhausted = IsExhausted(worker);
        worker.Requests -= _calls[index].IsCheck ? 0 : 1;
        _calls[index].Attempts--;
        if (wasExhausted && _slots[worker.Key.Slot].Current == worker)
        {
            _failing = false; // it serves again
        }
        if (!_calls[index].Open)
        {
            EndAssignment(now, worker, index);
        }
        else if (_calls[index].IsCheck)
        {
            Complete(index, Outcome.Cancelled, fx); // for this worker or none
            EndAssignment(now, worker, index);
        }
        else
        {
            bool isHeld = _quarantine.Holds(_calls[index].Input, now);
            bool goesOn = MayQueueAgain && !isHeld;
            Requeue(now, worker, index);
            if (!goesOn)
            {
                EndQueued(index, isHeld ? Outcome.Quarantined : _closing ? Outcome.PoolStopping : Outcome.PoolFailing, fx);
            }
        }
        AfterAssignment(now, worker, fx);
        _staffDue |= wasExhausted || (_resting > 0 && _queue.Count > 0);
        Settle(now, fx);
    }

    /// <summary>What a call asks of the worker it is given to.</summary>
    private Demand DemandOf(int tool, int bytes)
    {
        if (_depth == 0 || tool == 0)
        {
            return default;
        }
        ref ToolPace pace = ref PaceOf(tool);
        return new Demand(pace.IsFast, pace.Mean + _plan.CallOverhead, bytes);
    }

    private ref ToolPace PaceOf(int tool)
    {
        if (tool >= _paces.Length)
        {
            Array.Resize(ref _paces, Math.Max(tool + 1, _paces.Length * 2));
        }
        return ref _paces[tool];
    }

    private bool IsSlow(int tool) => _depth > 0 && (tool == 0 || !PaceOf(tool).IsFast);

    private void Learn(int tool, long runTime)
    {
        if (tool == 0 || runTime < 0)
        {
            return;
        }
        ref ToolPace pace = ref PaceOf(tool);
        bool wasFast = pace.IsFast;
        pace.Learn(runTime, _plan.FastRun);
        if (_depth > 0 && pace.IsFast != wasFast)
        {
            OnPaceChanged(tool, wasFast ? 1 : -1);
        }
    }

    /// <summary>A tool has become slow, or fast: so have its calls that workers hold. Seldom, so a walk over all of them will do.</summary>
    private void OnPaceChanged(int tool, int slowCalls)
    {
        foreach (SlotNode slot in _slots)
        {
            if (slot.Current is { } current)
            {
                Recount(current, tool, slowCalls);
                _listed.Remove(current);
                List(current);
            }
            foreach (WorkerNode leaving in slot.Leaving)
            {
                Recount(leaving, tool, slowCalls);
            }
        }
    }

    private void Recount(WorkerNode worker, int tool, int slowCalls)
    {
        for (int index = worker.Calls.First; index >= 0; index = _calls[index].Next)
        {
            worker.SlowCalls += _calls[index].Tool == tool ? slowCalls : 0;
        }
    }

    /// <summary>The call has been sent and none of those before it has been answered.</summary>
    private bool IsWaiting(WorkerNode worker, int index) => worker.Load > _plan.Capacity && worker.Calls.First != index;

    private int CountWaiting(WorkerNode worker) => Math.Max(0, worker.Load - _plan.Capacity);

    private bool MayHoldMore(WorkerNode worker) =>
        worker.CanRecall && !worker.Stalled && worker.SlowCalls == 0 && worker.OpenCalls == worker.Load
        && worker.Load < _plan.Capacity + _depth && worker.Work < _plan.MaxHeldWork;

    private bool HasRoomFor(WorkerNode worker, in Demand demand)
    {
        int waiting = worker.Bytes - _calls[worker.Calls.First].Bytes;
        return worker.Work + demand.Work <= _plan.MaxHeldWork && waiting + (long)demand.Bytes <= _plan.MaxWaitingBytes;
    }

    /// <summary>The first worker of that load that has not stalled meanwhile.</summary>
    private WorkerNode? FirstAwake(long now, int load)
    {
        while (_listed.First(load) is { } worker)
        {
            if (now < worker.StallAt)
            {
                return worker;
            }
            worker.Stalled = true;
            _listed.Remove(worker);
        }
        return null;
    }

    private void Attach(long now, WorkerNode worker, int index, in Demand demand)
    {
        ref CallState call = ref _calls[index];
        if (worker.Load < _plan.Capacity)
        {
            worker.StallAt = SafeAdd(now, _plan.StallCheck); // it begins at once
        }
        call.Worker = worker;
        call.AssignedAt = now;
        call.Work = demand.Work;
        _running += call.IsCheck ? 0 : 1;
        worker.Calls.AddLast(_calls, index);
        worker.OpenCalls++;
        worker.Work += call.Work;
        worker.Bytes += call.Bytes;
        worker.SlowCalls += IsSlow(call.Tool) ? 1 : 0;
        if (worker.Load == _plan.Capacity + 1)
        {
            _deepWorkers++;
            _stallsDue = Math.Min(_stallsDue, worker.StallAt);
        }
    }

    private void Detach(long now, WorkerNode worker, int index)
    {
        ref CallState call = ref _calls[index];
        bool wasFirst = worker.Calls.First == index;
        worker.Calls.Remove(_calls, index);
        worker.OpenCalls -= call.Open ? 1 : 0;
        worker.Work -= call.Work;
        worker.Bytes -= call.Bytes;
        worker.SlowCalls -= IsSlow(call.Tool) ? 1 : 0;
        if (call.IsCheck)
        {
            _checks--;
        }
        else
        {
            _running--;
            worker.IdleSince = now;
        }
        if (worker.Load == _plan.Capacity && --_deepWorkers == 0)
        {
            _stallsDue = long.MaxValue;
        }
        if (wasFirst && _depth > 0 && worker.Calls.First is >= 0 and var next && !_calls[next].Open)
        {
            _wheel.Set(next, SafeAdd(now, _plan.CancelGrace)); // it was given up while it waited: only now can the worker let go of it
        }
    }

    private void NoteProgress(long now, WorkerNode worker)
    {
        worker.Stalled = false;
        worker.StallAt = SafeAdd(now, _plan.StallCheck);
    }

    /// <summary>Workers with waiting calls that have stalled, or run what has turned out to be slow, lose those calls to others.</summary>
    private void CheckStalls(long now, EffectList fx)
    {
        _stallsDue = long.MaxValue;
        foreach (SlotNode slot in _slots)
        {
            if (slot.Current is { } current)
            {
                CheckStall(now, current, fx);
            }
            foreach (WorkerNode leaving in slot.Leaving)
            {
                CheckStall(now, leaving, fx);
            }
        }
    }

    private void CheckStall(long now, WorkerNode worker, EffectList fx)
    {
        if (CountWaiting(worker) == 0)
        {
            return;
        }
        if (now >= worker.StallAt || worker.SlowCalls > 0)
        {
            _listed.Remove(worker);
            worker.Stalled = true;
            worker.StallAt = SafeAdd(now, _plan.StallCheck); // to look whether they have come
            fx.Add(new Effect(EffectKind.Recall, worker.Key));
        }
        _stallsDue = Math.Min(_stallsDue, worker.StallAt);
    }

    /// <summary>A call nobody waits for has not begun within the grace. The worker is not to blame, so it is only asked for the call.</summary>
    private void RecallAbandoned(long now, WorkerNode worker, int index, EffectList fx)
    {
        fx.Add(new Effect(EffectKind.Recall, worker.Key));
        _wheel.Set(index, SafeAdd(now, Math.Max(_plan.CancelGrace, _plan.StallCheck)));
    }

    /// <param name="MayWait">Its tool is fast: the call may wait behind others, and others behind it.</param>
    /// <param name="Work">How long it is expected to occupy the worker.</param>
    /// <param name="Bytes">The length of its frame.</param>
    private readonly record struct Demand(bool MayWait, long Work, int Bytes);
}
