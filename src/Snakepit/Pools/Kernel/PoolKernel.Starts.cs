namespace Snakepit.Pools.Kernel;

/// <content>Starts: launch, ready, failure and pause, and the reconciliation that computes what is missing.</content>
internal sealed partial class PoolKernel
{
    private const int UnprovenStarts = 4; // at once; with the pauses after as many failures six starts a minute
    private const int BeyondChance = 5; // failures of one cause, with no worker ready since the first
    private const long NoDoubt = long.MaxValue;

    private bool _everReady;
    private long _doubtedAt; // no worker launched since then was ready
    private bool _failing; // no worker serves or starts, and starting one has proved to be of no use; ends with the next READY
    private long _learnedStart;
    private bool _mayStart; // what every worker needs is there

    /// <summary>When what every worker needs is to be looked for again.</summary>
    public long NextStart => _restarts.NextStart;

    /// <summary>Begins the first starts: what every worker needs is there.</summary>
    public void Start(long now, EffectList fx)
    {
        _mayStart = true;
        ForgetFailures(); // nothing is missing any more
        _staffDue = true;
        Settle(now, fx);
    }

    /// <summary>Something is missing that every worker needs, so there is nothing to launch. Who looks for it looks again at <see cref="NextStart"/>.</summary>
    public void CannotStart(long now, EndNote note, EffectList fx)
    {
        if (_closing)
        {
            return;
        }
        Fail(now, new RestartFailure(new RestartCause(Reason.BootFailed, note.Cause), now), null);
        _failing = true;
        RejectQueue(Outcome.PoolFailing, fx);
        _staffDue = true;
        Settle(now, fx);
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
            // The first order found no process.
            fx.Add(new Effect(EffectKind.Kill, worker.Key, Reason: worker.Leaving == Reason.None ? Reason.BootTimeout : worker.Leaving));
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
        Succeed(RestartProof.Ready, worker);
        _failing = false;
        _everReady = true;
        _progressAt = now;
        _doubtedAt = worker.LaunchedAt >= _doubtedAt ? NoDoubt : _doubtedAt;
        fx.Add(new Effect(EffectKind.ReportReady, worker.Key, Argument: took));
        if (_codeUntried && worker.LaunchedAt >= _codeChangedAt)
        {
            AcceptChangedCode(now, fx);
        }
        StartPinging(now, worker);
        SlotNode slot = _slots[worker.Key.Slot];
        if (slot.Current is null)
        {
            EndRefill(slot, worker, fx); // even if it does not serve yet: the end of a taint may be far
        }
        else
        {
            Hold(now, slot);
        }
        _staffDue = true;
    }

    /// <summary>A start has come to nothing. The slot tries again after a pause, and after others that want to start.</summary>
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
        RestartRow row = Fail(now, new RestartFailure(cause, worker.LaunchedAt, note.IsForeign, note.IsForeign, note.IsForeign && _everReady), slot);
        fx.Add(new Effect(EffectKind.ReportStartFailed, worker.Key, Reason: reason, Argument: Math.Max(0, NextStartOf(slot) - now)));
        slot.WantedTicket = ++_tickets;
        if (slot.Refills != 0)
        {
            fx.Add(new Effect(EffectKind.ReportNotRefilled, worker.Key, Reason: reason, Argument: slot.Refills));
            slot.Refills = 0; // its place is vacant, like that of a worker that has died
        }
        slot.FailedReplacements += slot is { Current: not null, Wanted: not Reason.None } ? 1 : 0;
        GiveUpRequests(now, slot, reason, fx);
        TakeBackMemoryThreshold(now, slot);
        if (_codeUntried && worker.LaunchedAt >= _codeChangedAt && HasServing)
        {
            RejectChangedCode(now, fx);
        }
        bool mayBeChance = (note.IsForeign, _everReady) switch
        {
            (true, true) => true,
            (false, false) => false,
            (true, false) => row.Failures == 1,
            (false, true) => row.Failures < BeyondChance,
        };
        _failing = _failing || (!mayBeChance && !HasServing && !Array.Exists(_slots, static s => s.Next is not null));
        if (_failing)
        {
            RejectQueue(Outcome.PoolFailing, fx);
        }
        _staffDue = true;
    }

    /// <summary>A start that hangs fails when its process has ended, which tells where it hung, or does not end within the time for that.</summary>
    private void EndHungStart(long now, WorkerNode next, EffectList fx)
    {
        if (next.Killed)
        {
            OnStartFailed(now, next, Reason.BootTimeout, default, fx);
            SetDue(next, now); // unkillable
        }
        else
        {
            next.Killed = true;
            fx.Add(new Effect(EffectKind.Kill, next.Key, Reason: Reason.BootTimeout));
            SetDue(next, SafeAdd(now, _plan.KillTimeout));
        }
    }

    private void StartMissing(long now, EffectList fx)
    {
        while (_mayStart && MayStartOneMore(now) && NextSlotToStart(now) is { } slot)
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
            }
        }
    }

    /// <summary>Nothing of what has gone wrong keeps another worker from starting; a start that hangs does not either.</summary>
    private bool MayStartOneMore(long now)
    {
        (int starting, int hanging) = (0, 0);
        foreach (SlotNode slot in _slots)
        {
            if (slot.Next is { IsStarting: true } next)
            {
                starting++;
                hanging += now >= HangsAt(next) ? 1 : 0;
            }
        }
        return starting < _plan.MaxConcurrentStarts && starting - hanging < MostUnprovenStarts;
    }

    /// <summary>When a start has taken far longer than others: it is no longer waited for. long.MaxValue: no other has succeeded, or it has not begun.</summary>
    private long HangsAt(WorkerNode starting) => !_everReady || starting.Due == long.MaxValue ? long.MaxValue : SafeAdd(starting.BegunAt, _plan.Frequency + (4 * _learnedStart));

    /// <summary>Who pauses holds up nobody else. What is vacant comes first, but a slot that has failed takes turns with the replacements that are due.</summary>
    private SlotNode? NextSlotToStart(long now)
    {
        SlotNode? vacancy = IsShort ? NextVacancy(now) : null;
        if (vacancy is not null && (vacancy.Restarts.LastAt == long.MinValue || (_stopsFirst && IsSpareComing)))
        {
            return vacancy;
        }
        SlotNode? due = NextSlotToReplace(now, starts: true);
        return vacancy is null || (due is { RetireDue: true } && due.WantedTicket < vacancy.WantedTicket) ? due : vacancy;
    }

    private bool IsShort => CountPlaces() < WantedServing + _plan.Spares;

    /// <summary>Those that were stopped first come first, then those whose last failure is longest ago. A tainted slot is of use only where no other is free.</summary>
    private SlotNode? NextVacancy(long now)
    {
        SlotNode? best = null;
        bool hasSound = Array.Exists(_slots, static slot => slot.IsFree && !slot.IsTainted);
        foreach (SlotNode slot in _slots)
        {
            bool isOfUse = slot.IsFree && (slot.Refills != 0 || !slot.IsTainted || !hasSound);
            if (isOfUse && MayStart(now, slot) && (best is null || RankOf(slot).CompareTo(RankOf(best)) < 0))
            {
                best = slot;
            }
        }
        return best;
        static (bool, long) RankOf(SlotNode slot) => (slot.Refills == 0, slot.Restarts.LastAt);
    }

    /// <summary>When a pause ends that holds up a start; long.MaxValue: none does.</summary>
    private long NextPauseEnd(long now)
    {
        long end = long.MaxValue;
        bool isShort = IsShort;
        bool mayReplace = CountReplacing() < RecycleBudget;
        foreach (SlotNode slot in _slots)
        {
            bool isWanted = (isShort && slot.IsFree) || (IsReplaceable(now, slot) && (mayReplace || IsExhausted(slot.Current!)));
            end = isWanted && NextStartOf(slot) is var next && next > now ? Math.Min(end, next) : end;
        }
        return end;
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
                due = next.IsStarting && HangsAt(next) is var hangs && hangs > now ? Math.Min(due, hangs) : due;
            }
            if (slot.Current is { } current && !_closing)
            {
                due = Math.Min(due, Math.Min(ClockOf(current), EndOfPatience(slot)));
                due = IsHeldBack(now, slot) ? Math.Min(due, NextReplacementOf(slot)) : due;
            }
            foreach (WorkerNode worker in slot.Leaving)
            {
                due = Math.Min(due, worker.Due);
            }
        }
        if (!_closing)
        {
            due = _mayStart ? Math.Min(due, NextPauseEnd(now)) : due;
            due = _restarts.NextEnd is < long.MaxValue and var end ? Math.Min(due, end + 1) : due;
        }
        _workersDue = due;
    }
}
