namespace Snakepit.Pools.Kernel;

/// <content>How many workers there are: spares in waiting, workers that rest, and another size.</content>
internal sealed partial class PoolKernel
{
    private int _target; // workers the pool is to have
    private int _resting; // of them, stopped for want of calls until some wait

    private int WantedServing => _target - _resting;

    private int LeastReady => Math.Min(_plan.MinReady, _target);

    private bool MayRest => _plan.IdleTimeout > 0 && !_closing;

    private int CountCurrent()
    {
        int count = 0;
        foreach (SlotNode slot in _slots)
        {
            count += slot.Current is null ? 0 : 1;
        }
        return count;
    }

    /// <summary>Those that serve, will serve, wait as spares, or are to be followed when they are gone.</summary>
    private int CountPlaces()
    {
        int count = 0;
        foreach (SlotNode slot in _slots)
        {
            count += slot.IsFree ? 0 : 1;
        }
        return count;
    }

    private void AddSlots()
    {
        int count = _slots.Length;
        int wanted = _target + _plan.Spares;
        if (wanted > count)
        {
            Array.Resize(ref _slots, wanted);
            for (int i = count; i < wanted; i++)
            {
                _slots[i] = new SlotNode(i, _plan) { Generation = _plan.EarlierGenerations };
            }
        }
    }

    private void Resize(long now, int size, EffectList fx)
    {
        if (_closing)
        {
            return;
        }
        _resting = Math.Max(0, _resting - Math.Max(0, _target - size)); // who rests goes first
        _target = size;
        AddSlots();
        while (CountCurrent() > WantedServing)
        {
            RetireOne(now, fx);
        }
        while (CountPlaces() > WantedServing + _plan.Spares && FindNew() is { } slot)
        {
            Discard(now, slot, slot.Next!, Reason.Resized, fx);
        }
        GiveUpRefills(fx);
        _staffDue = true;
    }

    /// <summary>A slot whose worker was stopped first waits for another one only while the pool is short of one.</summary>
    private void GiveUpRefills(EffectList fx)
    {
        int vacant = WantedServing - CountCurrent();
        foreach (SlotNode slot in _slots)
        {
            vacant -= slot is { Current: null, Next: not null } ? 1 : 0;
        }
        foreach (SlotNode slot in _slots)
        {
            if (slot is { Refills: not 0, Next: null } && --vacant < 0)
            {
                GiveUpRefill(slot, fx);
            }
        }
    }

    /// <summary>Of the workers too many, one that takes no calls, or is to go anyway, or the last.</summary>
    private void RetireOne(long now, EffectList fx)
    {
        SlotNode? slot = Array.FindLast(_slots, s => s.Current is { } exhausted && IsExhausted(exhausted))
            ?? Array.FindLast(_slots, static s => s.Current is not null && s.IsTainted)
            ?? Array.FindLast(_slots, static s => s.Current is not null && s.RetireDue)
            ?? Array.FindLast(_slots, static s => s.Current is not null);
        WorkerNode worker = slot!.Current!;
        if (slot.Wanted == Reason.Manual)
        {
            fx.Add(new Effect(EffectKind.ReportAlreadyReplaced, worker.Key));
        }
        slot.ClearWanted();
        Retire(now, slot, worker, Reason.Resized, fx);
    }

    /// <summary>Where somebody starts or waits for a place: of those too many, one that would wait for the end of a taint, or the last.</summary>
    private SlotNode? FindNew() =>
        Array.FindLast(_slots, static s => s is { Current: null, Next: not null, IsTainted: true }) ?? Array.FindLast(_slots, static s => s is { Current: null, Next: not null });

    /// <summary>Ends a worker that serves no calls.</summary>
    private void Discard(long now, SlotNode slot, WorkerNode worker, Reason reason, EffectList fx)
    {
        Leave(slot, worker, reason);
        if (worker.Phase == WorkerPhase.Ready)
        {
            Stop(now, worker, fx);
            return;
        }
        worker.StartFailed = true; // not a failure of the adapter: nobody is told
        worker.Killed = true;
        worker.MoveTo(WorkerPhase.Stopping);
        SetDue(worker, SafeAdd(now, _plan.KillTimeout));
        fx.Add(new Effect(EffectKind.Kill, worker.Key, Reason: reason));
    }

    private SlotNode? FindSpare(long launchedFrom = long.MinValue)
    {
        foreach (SlotNode slot in _slots)
        {
            if (slot.HasSpare && !slot.IsTainted && slot.Next!.LaunchedAt >= launchedFrom)
            {
                return slot;
            }
        }
        return null;
    }

    private SlotNode? FindOldSpare() => _plan.Spares == 0 ? null : Array.Find(_slots, slot => slot.HasSpare && slot.Next!.LaunchedAt < _codeChangedAt);

    /// <summary>One is there, or starts, that need not wait for the end of a taint.</summary>
    private bool IsSpareComing => _plan.Spares > 0 && Array.Exists(_slots, static slot => slot is { Current: null, IsFree: false, IsTainted: false });

    /// <summary>Spares take the places that are vacant, and those that are due, within the budget.</summary>
    private void UseSpares(long now, EffectList fx)
    {
        while (CountCurrent() < WantedServing && FindSpare() is { } vacancy)
        {
            Serve(now, vacancy, fx);
        }
        if (_plan.Spares == 0)
        {
            return;
        }
        while (NextSlotToReplace(now) is { RetireDue: true } slot && FindSpare(slot.Wanted == Reason.CodeChanged ? _codeChangedAt : long.MinValue) is { } spare)
        {
            WorkerNode old = slot.Current!;
            old.ReplacedBy = spare.Next!.Key;
            old.HoldsPlace = _stopsFirst;
            Reason reason = slot.Wanted;
            slot.ClearWanted();
            Retire(now, slot, old, reason, fx);
            Serve(now, spare, fx);
        }
    }

    /// <summary>A worker without calls for long enough is stopped until calls wait, unless it is one of the least that must be ready, or starts fail: it might
    /// not come back.</summary>
    private void RestIfIdle(long now, SlotNode slot, WorkerNode worker, EffectList fx)
    {
        _restarts.Prune(now); // a row may have ended since anything was started
        if (worker.Load > 0 || slot.Wanted != Reason.None || CountServing() <= LeastReady || _restarts.IsTrying)
        {
            worker.IdleSince = now; // to be looked at again
            return;
        }
        _resting++;
        if (slot.Next is { } unwanted)
        {
            Discard(now, slot, unwanted, Reason.Idle, fx); // it was to try changed code, which others have found useless
        }
        Retire(now, slot, worker, Reason.Idle, fx);
        _staffDue = true;
    }

    /// <summary>As many of the workers that rest come back as calls wait, those counted that come anyway; and one without which no other could stop
    /// first.</summary>
    private void WakeThoseNeeded()
    {
        if (_resting == 0)
        {
            return;
        }
        int needed = Math.Max(CountStartable(), IsStopFirstHeldUp() ? 1 : 0);
        if (_tainted > 0)
        {
            needed = Math.Max(needed, LeastReady - CountServing());
        }
        if (needed > 0)
        {
            int coming = WantedServing - CountCurrent() - CountHeldBack();
            _resting -= Math.Clamp(needed - coming, 0, _resting);
        }
    }
}
