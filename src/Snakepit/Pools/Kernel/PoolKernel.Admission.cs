namespace Snakepit.Pools.Kernel;

/// <content>Admission: which calls are taken, which wait, and which are turned away.</content>
internal sealed partial class PoolKernel
{
    private const double SheddingMargin = 1.25;
    private int _running; // callers' calls that workers have
    private bool _saturated;
    private int _reliefAt; // the length of the queue at which it is not saturated any more
    private bool _shedding; // calls have waited in vain since the queue was last empty

    private bool HasQuota => _plan.MaxConcurrent == 0 || _running < _plan.MaxConcurrent;

    /// <summary>How many calls run at once when so many workers serve.</summary>
    private int MostRunning(int workers) => _plan.MaxConcurrent == 0 ? workers * _plan.Capacity : Math.Min(workers * _plan.Capacity, _plan.MaxConcurrent);

    /// <summary>Admits a call: it is assigned at once, or waits, or is rejected with the reason.</summary>
    public Admission Submit(long now, in CallSpec spec, EffectList fx)
    {
        Outcome rejection = JudgeCall(now, spec);
        WorkerNode? worker = null;
        Demand demand = default;
        if (rejection == Outcome.None)
        {
            demand = DemandOf(spec.Tool, spec.Bytes);
            worker = _queue.Count == 0 ? PickWorker(now, demand) : null; // who waits comes first, though this one might have found a place
            rejection = worker is null ? JudgeWait(now, spec) : Outcome.None;
        }
        if (rejection != Outcome.None)
        {
            return Reject(spec, rejection, fx);
        }

        Accepted++;
        int index = Create(now, spec);
        CallKey key = _calls.KeyOf(index);
        if (worker is not null)
        {
            _saturated = _shedding = false;
            Assign(now, worker, index, demand, fx);
        }
        else
        {
            _calls[index].Phase = CallPhase.Queued;
            _queue.Add(index);
            _wheel.Set(index, Math.Min(spec.Deadline, _calls[index].Arrived + _plan.QueueTimeout));
            if (_depth > 0 && _queue.Count > 1 && _queue.First == index)
            {
                _dispatchDue = true; // the call has overtaken one that found no worker, and may find one
            }
            _staffDue |= _resting > 0;
        }
        Settle(now, fx);
        return new Admission(key, Outcome.None, _queue.Count, _plan.QueueLimit);
    }

    /// <summary>Why a submission would be rejected, whatever the length of its frame. Changes nothing: so it can be known before the frame is made.</summary>
    public Outcome Foresee(long now, in CallSpec spec) =>
        JudgeCall(now, spec) is not Outcome.None and var rejection ? rejection
        : _queue.Count > 0 ? JudgeWait(now, spec)
        : Outcome.None;

    private Outcome JudgeCall(long now, in CallSpec spec) =>
        _closing ? Outcome.PoolStopping
        : _failing ? Outcome.PoolFailing
        : spec.Deadline <= now ? Outcome.DeadlineInQueue
        : spec.Input != 0 && _quarantine.Holds(spec.Input, now) ? Outcome.Quarantined
        : Outcome.None;

    /// <summary>Whether a call that finds no place may wait for one.</summary>
    private Outcome JudgeWait(long now, in CallSpec spec) =>
        _queue.Count >= _plan.QueueLimit ? Outcome.QueueFull
        : _plan.LimitPerKey > 0 && spec.Key != 0 && _queue.WaitingOf(spec.Key) >= _plan.LimitPerKey ? Outcome.KeyQueueFull
        : _plan.RejectLate && WouldWaitInVain(now, spec) ? Outcome.TooLate
        : Outcome.None;

    /// <summary>What is ahead of it, all workers serving, takes longer than it has. Nothing is ahead, or nothing is known of it: no. At first only what is
    /// certain counts; once calls have waited in vain, what is likely does, with a margin, or nearly all that are taken would just miss their time.</summary>
    private bool WouldWaitInVain(long now, in CallSpec spec)
    {
        Backlog ahead = _queue.Ahead(spec.Priority, spec.Key);
        double wait = _shedding ? ahead.Mean * SheddingMargin / MostRunning(SoundPlaces) : ahead.Least / MostRunning(_target); // no taint lasts for certain
        return wait > 0 && wait > Math.Min(spec.Deadline - now - LeastRun(EstimateOf(spec.Tool)), _plan.QueueTimeout);
    }

    /// <summary>A call that waited has too little time left to be worth a worker's.</summary>
    private bool IsTooLate(long now, in CallState call) => _plan.RejectLate && call.Deadline - now < LeastRun(call.Run);

    private double LeastRun(in RunEstimate run) => _shedding ? run.Usual : run.Least;

    private RunEstimate EstimateOf(int tool) => _plan.RejectLate && tool > 0 ? PaceOf(tool).Estimate : default;

    private Admission Reject(in CallSpec spec, Outcome why, EffectList fx)
    {
        Rejected++;
        if (why == Outcome.KeyQueueFull)
        {
            return new Admission(default, why, _queue.WaitingOf(spec.Key), _plan.LimitPerKey);
        }
        if (why is Outcome.QueueFull or Outcome.TooLate)
        {
            ReportSaturation(fx);
        }
        return new Admission(default, why, _queue.Count, _plan.QueueLimit, (long)(_queue.Ahead(spec.Priority, spec.Key).Mean / MostRunning(SoundPlaces)));
    }

    private int Create(long now, in CallSpec spec)
    {
        int index = _calls.Allocate();
        ref CallState call = ref _calls[index];
        call.Open = true;
        call.Idempotent = spec.Idempotent;
        call.IsCheck = false;
        call.Attempts = 0;
        call.Tool = spec.Tool;
        call.Bytes = spec.Bytes;
        call.Input = spec.Input;
        call.Deadline = spec.Deadline;
        call.Ticket = ++_tickets;
        call.Arrived = spec.Since == 0 ? now : spec.Since;
        call.Priority = spec.Priority;
        call.Key = spec.Key;
        call.Run = EstimateOf(spec.Tool);
        return index;
    }

    private void ReportSaturation(EffectList fx)
    {
        if (!_saturated)
        {
            _saturated = true;
            _reliefAt = _queue.Count / 2;
            fx.Add(new Effect(EffectKind.ReportSaturated, default, Argument: _queue.Count));
        }
    }

    /// <summary>The queue has become shorter.</summary>
    private void NoteRelief()
    {
        _saturated = _saturated && _queue.Count > _reliefAt;
        _shedding = _shedding && _queue.Count > 0;
    }

    /// <summary>How many of the calls that wait could be run, were there workers.</summary>
    private int CountStartable() => _plan.MaxConcurrent == 0 ? _queue.Count : Math.Clamp(_plan.MaxConcurrent - _running, 0, _queue.Count);
}
