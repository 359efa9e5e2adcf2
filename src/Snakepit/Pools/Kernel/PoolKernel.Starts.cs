namespace Snakepit.Pools.Kernel;

/// <content>Starts: launch, ready, failure and pause, and the reconciliation that computes what is missing.</content>
internal sealed partial class PoolKernel
{
    private const int UnprovenStarts = 4; // at once, before any worker of the pool was ever ready

    private bool _everReady;
    private bool _failing; // no worker serves or starts, and the last start failed; ends with the next READY
    private int _startFailures; // in a row; ends with the next READY
    private int _earlyDeaths; // of workers that were ready but never answered, in a row; ends with the next answer
    private long _nextStartAt = long.MinValue;
    private long _learnedStart;

    private static void OnLaunched(WorkerNode worker, EffectList fx)
    {
        worker.HasProcess = true;
        if (worker.Phase == WorkerPhase.Launching)
        {
            worker.MoveTo(WorkerPhase.Booting);
        }
        if (worker.Killed)
        {
            fx.Add(new Effect(EffectKind.Kill, worker.Key, Reason: worker.Leaving)); // the first order found no process
        }
    }

    private void OnReady(long now, WorkerNode worker, EffectList fx)
    {
        worker.MoveTo(WorkerPhase.Ready);
        worker.Due = long.MaxValue;
        long took = now - worker.LaunchedAt;
        _learnedStart = _learnedStart == 0 ? took
            : took > _learnedStart ? (_learnedStart + took) / 2 // who starts ahead must not be late: slow starts count more
            : ((_learnedStart * 7) + took) / 8;
        _startFailures = 0;
        _failing = false;
        _everReady = true;
        fx.Add(new Effect(EffectKind.ReportReady, worker.Key, Argument: took));
        if (_codeUntried && worker.LaunchedAt >= _codeChangedAt)
        {
            AcceptChangedCode(now, fx);
        }
        StartPinging(now, worker);
        SlotNode slot = _slots[worker.Key.Slot];
        if (slot.Current is null ? CountCurrent() < WantedServing : slot.RetireDue)
        {
            Promote(now, slot, fx);
        }
        else if (slot.Current is not null)
        {
            Hold(now, slot);
        }
        Reconcile(now, fx);
    }

    /// <summary>A start has come to nothing. The slot tries again after a pause that all slots of the pool share: they share the adapter too.</summary>
    private void OnStartFailed(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        SlotNode slot = _slots[worker.Key.Slot];
        worker.StartFailed = true;
        Leave(slot, worker, reason);
        if (worker.Phase != WorkerPhase.Stopping)
        {
            worker.MoveTo(WorkerPhase.Stopping);
        }
        SetDue(worker, SafeAdd(now, _plan.KillTimeout));
        long pause = Backoff(ref _startFailures);
        _nextStartAt = Math.Max(_nextStartAt, now + pause);
        fx.Add(new Effect(EffectKind.ReportStartFailed, worker.Key, Reason: reason, Argument: pause));
        if (slot.Current is { } old && slot.Wanted == Reason.Manual)
        {
            fx.Add(new Effect(EffectKind.ReportKeptOld, old.Key, Reason: reason));
            TakeBack(slot, old);
        }
        if (_codeUntried && worker.LaunchedAt >= _codeChangedAt && CountServing() > 0)
        {
            RejectChangedCode(fx);
        }
        _failing = _failing || (CountServing() == 0 && !Array.Exists(_slots, static s => s.Next is not null));
        if (_failing)
        {
            RejectQueue(Outcome.PoolFailing, fx);
        }
        Reconcile(now, fx);
    }

    /// <summary>The pause after one more failure: fourfold each time, which keeps a broken adapter to six starts in its first minute.</summary>
    private long Backoff(ref int failures)
    {
        long pause = _plan.InitialBackoff << Math.Min(2 * failures, 16);
        pause = pause <= 0 || pause > _plan.MaxBackoff ? _plan.MaxBackoff : pause;
        failures++;
        return pause + (long)(pause * _plan.Jitter * NextRandom(1_000) / 1_000);
    }

    /// <summary>Computes what is missing from the state and starts it: first what is vacant, then replacements within their budget.</summary>
    private void Reconcile(long now, EffectList fx)
    {
        if (!_closing)
        {
            WakeThoseNeeded();
            UseSpares(now, fx);
            ReleaseHeld(now, fx); // may start workers itself
            StartMissing(now, fx);
        }
        ComputeWorkersDue(now);
        ReportState(fx);
    }

    private void StartMissing(long now, EffectList fx)
    {
        int starting = CountStarting();
        int limit = StartLimit();
        while (starting < limit && now >= _nextStartAt && NextSlotToStart() is { } slot)
        {
            if (_stopsFirst && slot.Current is not null)
            {
                if (_plan.Spares == 0)
                {
                    StopFirst(now, slot, fx);
                }
                else if (slot.Wanted == Reason.CodeChanged && FindSpare() is { } spare)
                {
                    Discard(now, spare, spare.Next!, Reason.CodeChanged, fx); // whose place the changed code is tried in
                }
                else
                {
                    break; // the next spare takes over
                }
            }
            else
            {
                Launch(now, slot, fx);
                starting++;
            }
        }
    }

    private int StartLimit() =>
        _startFailures > 0 ? 1 // it finds out for all
        : _everReady ? _plan.MaxConcurrentStarts
        : Math.Min(_plan.MaxConcurrentStarts, UnprovenStarts);

    private int CountStarting()
    {
        int count = 0;
        foreach (SlotNode slot in _slots)
        {
            count += slot.Next is { IsStarting: true } ? 1 : 0;
        }
        return count;
    }

    private SlotNode? NextSlotToStart()
    {
        if (CountPlaces() < WantedServing + _plan.Spares)
        {
            return Array.Find(_slots, static slot => slot.IsFree && slot.Refills != 0) ?? Array.Find(_slots, static slot => slot.IsFree);
        }
        return NextSlotToReplace();
    }

    private void Launch(long now, SlotNode slot, EffectList fx)
    {
        var worker = new WorkerNode(new WorkerKey(slot.Index, ++slot.Generation), now);
        SetDue(worker, SafeAdd(now, _plan.BootTimeout));
        slot.Next = worker;
        fx.Add(new Effect(EffectKind.Launch, worker.Key));
    }

    private void ComputeWorkersDue(long now)
    {
        long due = _closing ? _rejectQueueAt : Math.Min(_rejectQueueAt, _planAt);
        foreach (SlotNode slot in _slots)
        {
            if (slot.Next is { } next)
            {
                due = Math.Min(due, Math.Min(next.Due, next.NextClock));
            }
            if (slot.Current is { } current && !_closing)
            {
                due = Math.Min(due, ClockOf(current));
            }
            foreach (WorkerNode worker in slot.Leaving)
            {
                due = Math.Min(due, worker.Due);
            }
        }
        if (!_closing && _nextStartAt > now && NextSlotToStart() is not null)
        {
            due = Math.Min(due, _nextStartAt);
        }
        _workersDue = due;
    }
}
