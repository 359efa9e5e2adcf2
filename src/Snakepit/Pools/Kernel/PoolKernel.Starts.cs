namespace Snakepit.Pools.Kernel;

/// <content>Starts: launch, ready, failure and pause, and the reconciliation that computes what is missing.</content>
internal sealed partial class PoolKernel
{
    private const int UnprovenStarts = 4; // at once; with the pauses after as many failures six starts a minute
    private const long NoDoubt = long.MaxValue;

    private bool _everReady;
    private long _doubtedAt; // no worker launched since then was ready
    private bool _failing; // no worker serves or starts, and starting one has proved to be of no use; ends with the next READY
    private long _learnedStart;
    private bool _mayStart; // what every worker needs is there
    private bool _toldOfOverdue;

    /// <summary>When the next start may be, for all that is known now.</summary>
    public long NextStart => _restarts.NextStart;

    /// <summary>Begins the first starts: what every worker needs is there.</summary>
    public void Start(long now, EffectList fx)
    {
        _mayStart = true;
        _restarts.Clear(); // nothing is missing any more
        Reconcile(now, fx);
    }

    /// <summary>Something is missing that every worker needs, so there is nothing to launch. Who looks for it looks again at <see cref="NextStart"/>.</summary>
    public void CannotStart(long now, EndNote note, EffectList fx)
    {
        if (_closing)
        {
            return;
        }
        Fail(now, new RestartFailure(new RestartCause(Reason.BootFailed, note.Cause), now));
        _failing = true;
        RejectQueue(Outcome.PoolFailing, fx);
        Reconcile(now, fx);
    }

    private void OnBegun(long now, WorkerNode worker)
    {
        worker.BegunAt = now;
        SetDue(worker, SafeAdd(now, _plan.BootTimeout));
    }

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
        long took = now - worker.BegunAt;
        _learnedStart = _learnedStart == 0 ? took
            : took > _learnedStart ? (_learnedStart + took) / 2 // who starts ahead must not be late: slow starts count more
            : ((_learnedStart * 7) + took) / 8;
        _restarts.Succeed(RestartProof.Ready, worker.Key, worker.LaunchedAt);
        _failing = false;
        _everReady = true;
        _doubtedAt = worker.LaunchedAt >= _doubtedAt ? NoDoubt : _doubtedAt;
        fx.Add(new Effect(EffectKind.ReportReady, worker.Key, Argument: took));
        if (_codeUntried && worker.LaunchedAt >= _codeChangedAt)
        {
            AcceptChangedCode(now, fx);
        }
        StartPinging(now, worker);
        SlotNode slot = _slots[worker.Key.Slot];
        if (slot.Current is null ? CountCurrent() < WantedServing && !slot.IsTainted : slot.RetireDue)
        {
            Promote(now, slot, fx);
        }
        else if (slot.Current is not null)
        {
            Hold(now, slot);
        }
        else
        {
            EndRefill(slot, worker, fx); // the end of a taint may be far
        }
        Reconcile(now, fx);
    }

    /// <summary>A start has come to nothing. The slot tries again after a pause that all slots of the pool share: they share the adapter too.</summary>
    private void OnStartFailed(long now, WorkerNode worker, Reason reason, EndNote note, EffectList fx)
    {
        SlotNode slot = _slots[worker.Key.Slot];
        worker.StartFailed = true;
        Leave(slot, worker, reason);
        if (worker.Phase != WorkerPhase.Stopping)
        {
            worker.MoveTo(WorkerPhase.Stopping);
        }
        SetDue(worker, SafeAdd(now, _plan.KillTimeout));
        RestartCause cause = reason is Reason.BootFailed or Reason.BootTimeout ? new(reason, note.Cause) : new(Reason.BootFailed, (int)reason);
        RestartRow row = Fail(now, new RestartFailure(cause, worker.LaunchedAt, note.IsForeign, note.IsForeign, note.IsForeign && _everReady));
        fx.Add(new Effect(EffectKind.ReportStartFailed, worker.Key, Reason: reason, Argument: row.Pause));
        if (slot.Current is { } old)
        {
            KeepOld(now, slot, old, reason, fx);
        }
        if (_codeUntried && worker.LaunchedAt >= _codeChangedAt && HasServing)
        {
            RejectChangedCode(now, fx);
        }
        bool mayBeChance = (note.IsForeign, _everReady) switch
        {
            (true, true) => true,
            (false, false) => false,
            _ => row.Failures == 1,
        };
        _failing = _failing || (!mayBeChance && !HasServing && !Array.Exists(_slots, static s => s.Next is not null));
        if (_failing)
        {
            RejectQueue(Outcome.PoolFailing, fx);
        }
        Reconcile(now, fx);
    }

    /// <summary>The replacement could not start, so the old worker goes on.</summary>
    private void KeepOld(long now, SlotNode slot, WorkerNode old, Reason why, EffectList fx)
    {
        slot.FailedReplacements++;
        if (slot.Wanted == Reason.Manual)
        {
            fx.Add(new Effect(EffectKind.ReportKeptOld, old.Key, Reason: why));
            TakeBack(now, slot, old);
        }
    }

    /// <summary>Told once, until no worker serves on because its replacement cannot start. Changed code and requests that fail are told in their own way.</summary>
    private void ReportOverdue(EffectList fx)
    {
        SlotNode? overdue = Array.Find(_slots, slot => slot.IsOverdue && !slot.MayBeTakenBack && !IsExhausted(slot.Current!));
        if (overdue is not null && !_toldOfOverdue)
        {
            fx.Add(new Effect(EffectKind.ReportReplacementOverdue, overdue.Current!.Key, Reason: overdue.Wanted));
        }
        _toldOfOverdue = overdue is not null;
    }

    /// <summary>Computes what is missing from the state and starts it: first what is vacant, then replacements within their budget.</summary>
    private void Reconcile(long now, EffectList fx)
    {
        _restarts.Prune(now);
        if (!_closing)
        {
            WakeThoseNeeded();
            UseSpares(now, fx);
            ReleaseHeld(now, fx); // may start workers itself
            StartMissing(now, fx);
            ReportOverdue(fx);
        }
        ComputeWorkersDue(now);
        ReportState(fx);
    }

    private void StartMissing(long now, EffectList fx)
    {
        int starting = CountStarting();
        int limit = StartLimit();
        while (_mayStart && starting < limit && now >= _restarts.NextStart && NextSlotToStart(now) is { } slot)
        {
            if (_stopsFirst && slot.Current is not null)
            {
                if (slot.Wanted == Reason.CodeChanged && FindOldSpare() is { } spare)
                {
                    Discard(now, spare, spare.Next!, Reason.CodeChanged, fx); // whose place the changed code is tried in
                }
                else if (IsSpareComing)
                {
                    break; // it takes over
                }
                else
                {
                    StopFirst(now, slot, fx);
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
        _restarts.IsTrying ? 1
        : _doubtedAt == NoDoubt ? _plan.MaxConcurrentStarts
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

    private SlotNode? NextSlotToStart(long now)
    {
        if (CountPlaces() < WantedServing + _plan.Spares)
        {
            return Array.Find(_slots, static slot => slot.IsFree && slot.Refills != 0) ?? Array.Find(_slots, static slot => slot.IsFree && !slot.IsTainted)
                ?? Array.Find(_slots, static slot => slot.IsFree);
        }
        return NextSlotToReplace(now);
    }

    /// <summary>No clock runs until the start has begun: for its turn among all pools it may wait long.</summary>
    private static void Launch(long now, SlotNode slot, EffectList fx)
    {
        var worker = new WorkerNode(new WorkerKey(slot.Index, ++slot.Generation), now);
        slot.Next = worker;
        fx.Add(new Effect(EffectKind.Launch, worker.Key));
    }

    private void ComputeWorkersDue(long now)
    {
        long due = _closing ? _rejectQueueAt : Math.Min(_rejectQueueAt, _planAt);
        foreach (SlotNode slot in _slots)
        {
            if (slot.IsTainted && !_closing)
            {
                due = Math.Min(due, slot.TaintedUntil);
            }
            if (slot.Next is { } next)
            {
                due = Math.Min(due, Math.Min(next.Due, next.NextClock));
            }
            if (slot.Current is { } current && !_closing)
            {
                due = Math.Min(due, ClockOf(current));
                due = IsHeldBack(now, slot) ? Math.Min(due, _restarts.NextReplacement(slot.Wanted)) : due;
            }
            foreach (WorkerNode worker in slot.Leaving)
            {
                due = Math.Min(due, worker.Due);
            }
        }
        if (!_closing)
        {
            due = _mayStart && _restarts.NextStart is var next && next > now && NextSlotToStart(now) is not null ? Math.Min(due, next) : due;
            due = _restarts.NextEnd is < long.MaxValue and var end ? Math.Min(due, end + 1) : due;
        }
        _workersDue = due;
    }
}
