namespace Snakepit.Pools.Kernel;

/// <summary>
/// Every decision of a pool: who runs a call, who waits, who starts, who is replaced, who is killed. A deterministic state machine: it is told
/// what happened and when, and answers with effects for the shell to carry out. No I/O, no clock, no tasks, no locks; one caller at a time.
/// </summary>
internal sealed partial class PoolKernel
{
    private readonly PoolPlan _plan;
    private SlotNode[] _slots = [];
    private readonly CallTable _calls = new();
    private readonly DeadlineWheel _wheel;
    private readonly WorkerLists _listed; // the workers that can take a call
    private readonly CallQueue _queue;
    private ulong _random;
    private long _tickets;
    private long _workersDue = long.MaxValue;
    private PoolState _state = PoolState.Starting;
    private bool _dispatchDue; // another call may come first, or a worker may have room
    private bool _staffDue; // others may have to serve, start or rest

    public PoolKernel(PoolPlan plan, ulong seed)
    {
        _plan = plan;
        _random = seed;
        _wheel = new DeadlineWheel(_calls, plan.Frequency);
        _restarts = new RestartLedger(plan);
        _quarantine = new Quarantine(plan);
        _queue = new CallQueue(_calls, plan);
        _depth = plan.Capacity == 1 && plan.MaxConcurrent == 0 ? plan.MaxDepth : 0;
        _listed = new WorkerLists(plan.Capacity + _depth);
        _target = plan.Size;
        _stopsFirst = plan.StopFirst;
        AddSlots();
    }

    /// <summary>When <see cref="Tick"/> has something to do at the latest; long.MaxValue: never.</summary>
    public long NextWake => Math.Min(Math.Min(_wheel.NextDue, _workersDue), _stallsDue);

    public int QueueLength => _queue.Count;

    public long Accepted { get; private set; }

    public long Rejected { get; private set; }

    public long Recycled { get; private set; }

    public void Apply(long now, in WorkerSignal signal, EffectList fx)
    {
        WorkerNode? worker = Find(signal.Worker);
        if (worker is null)
        {
            return; // an earlier generation's echo
        }
        switch (signal.Kind)
        {
            case SignalKind.Begun when worker.Phase == WorkerPhase.Launching && worker.Due == long.MaxValue:
                OnBegun(now, worker);
                break;
            case SignalKind.Launched when !worker.HasProcess:
                OnLaunched(worker, fx);
                break;
            case SignalKind.Ready when worker is { IsStarting: true, Killed: false }:
                OnLaunched(worker, fx); // whose own news may have been overtaken
                worker.CanRecall = signal.CanRecall;
                worker.CanCheck = signal.CanCheck;
                worker.Device = signal.Device;
                OnReady(now, worker, fx);
                break;
            case SignalKind.LaunchFailed when !worker.HasProcess:
                End(now, worker, [], signal.Note, isGone: true, fx);
                break;
            case SignalKind.LaunchFailed when worker.IsStarting:
                OnStartFailed(now, worker, Reason.BootFailed, signal.Note, fx);
                break;
            case SignalKind.Pong:
                OnSignOfLife(worker);
                break;
            case SignalKind.LimitReached when !_closing:
                OnLimit(now, worker, signal.Reason, fx);
                break;
            case SignalKind.LimitCleared:
                OnLimitCleared(now, worker, signal.Reason);
                break;
        }
        Settle(now, fx);
    }

    public void Apply(long now, in PoolCommand command, EffectList fx)
    {
        switch (command.Kind)
        {
            case CommandKind.Recycle:
                RequestRecycle(now, command.Slot, fx);
                break;
            case CommandKind.CancelRecycle:
                CancelRecycle(now, command.Slot);
                break;
            case CommandKind.Resize:
                Resize(now, command.Value, fx);
                break;
            case CommandKind.CodeChanged:
                ReplaceChangedCode(now, fx);
                break;
            case CommandKind.SetMemoryShort:
                _stopsFirst = _plan.StopFirst || command.Value != 0;
                _planAt = now;
                _staffDue = true;
                break;
            case CommandKind.Taint or CommandKind.TaintDevice:
                TaintByOrder(now, command, fx);
                break;
            case CommandKind.LiftTaint when !_closing:
                LiftTaints(command.Slot);
                break;
            case CommandKind.Shutdown:
                Shutdown(now, fx);
                break;
            case CommandKind.HurryShutdown when _closing:
                HurryShutdown(now, fx);
                break;
        }
        Settle(now, fx);
    }

    /// <summary>Does what has fallen due. Calling it early or often is harmless.</summary>
    public void Tick(long now, EffectList fx)
    {
        for (int index = _wheel.TakeDue(now); index >= 0; index = _wheel.TakeDue(now))
        {
            OnCallDue(now, index, fx);
            _dispatchDue = true;
        }
        if (now >= _stallsDue)
        {
            CheckStalls(now, fx);
            _dispatchDue = true;
        }
        if (now >= _workersDue)
        {
            TickWorkers(now, fx);
            if (now >= _planAt)
            {
                PlanAhead(now);
            }
            _staffDue = true;
        }
        Settle(now, fx);
    }

    /// <summary>Carries out what the step has made due, always in the same order: new workers take over, calls get workers, those that rest wake for calls that
    /// still wait; again, while that brings in new workers; then what is missing is started.</summary>
    private void Settle(long now, EffectList fx)
    {
        if (!_dispatchDue && !_staffDue)
        {
            return;
        }
        if (_staffDue && !_closing)
        {
            Swap(now, fx);
        }
        do
        {
            _dispatchDue = false;
            if (_queue.Count > 0)
            {
                DispatchQueue(now, fx);
            }
            _staffDue |= _closing || (_resting > 0 && CountStartable() > 0);
            if (_staffDue)
            {
                _restarts.Prune(now);
            }
            if (_staffDue && !_closing)
            {
                WakeThoseNeeded();
                Swap(now, fx);
            }
        }
        while (_dispatchDue);
        if (_closing)
        {
            StopIfDrained(now, fx);
        }
        else if (_staffDue)
        {
            StartMissing(now, fx);
            ReportOverdue(fx);
        }
        if (_staffDue)
        {
            ComputeWorkersDue(now);
            ReportState(fx);
        }
        _staffDue = false;
    }

    private WorkerNode? Find(WorkerKey key) => (uint)key.Slot < (uint)_slots.Length ? _slots[key.Slot].Find(key.Generation) : null;

    private int NextRandom(int below)
    {
        // SplitMix64: small, and the same on every machine, so that a trace replays.
        _random += 0x9E3779B97F4A7C15;
        ulong z = _random;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (int)((z ^ (z >> 31)) % (ulong)below);
    }

    private void ReportState(EffectList fx)
    {
        PoolState state = ComputeState();
        if (state != _state)
        {
            fx.Add(new Effect(EffectKind.ReportPoolState, default, Argument: ((long)_state << 8) | (long)state));
            _state = state;
            if (state == PoolState.Stopped)
            {
                fx.Add(new Effect(EffectKind.ReportStopped, default));
            }
        }
    }

    private PoolState ComputeState()
    {
        if (_closing)
        {
            return Array.TrueForAll(_slots, static s => s.Current is null && s.Next is null && s.Leaving.Count == 0) ? PoolState.Stopped : PoolState.Stopping;
        }
        int serving = CountServing();
        bool mayRest = LeastReady == 0 && _everReady && !_failing && CountCurrent() == 0 && _tainted < _slots.Length; // those who are there take no calls
        bool enough = serving > 0 ? serving >= LeastReady : mayRest;
        return enough && !(_restarts.IsBraking && serving > 0) ? PoolState.Ready
            : serving > 0 && _everReady ? PoolState.Degraded
            : _failing ? PoolState.Failing
            : _everReady ? PoolState.Degraded
            : PoolState.Starting;
    }

    private int CountServing()
    {
        int count = 0;
        foreach (SlotNode slot in _slots)
        {
            count += slot.Current is { } worker && !IsExhausted(worker) && !slot.IsTainted ? 1 : 0;
        }
        return count;
    }
}
