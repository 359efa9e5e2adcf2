namespace Snakepit.Pools.Kernel;

/// <summary>
/// Knows which worker has which calls, and the progress of each call. Calls return from a worker through it before the worker begins them.
/// </summary>
internal sealed class Assignments(
    PoolPlan plan, Roster roster, Intake intake, Paces paces, Availability availability, Quarantine quarantine)
{
    private readonly CallTable _calls = intake.Calls;
    private int _deepWorkers; // workers with calls that wait in their channel

    /// <summary>The time at which the next worker with waiting calls may have stalled.</summary>
    public long StallsDue { get; private set; } = long.MaxValue;

    /// <summary>The number of running calls of the pool's own.</summary>
    public int Checks { get; private set; }

    /// <summary>Whether calls wait in channels, from where they may return.</summary>
    public bool HasWaiting => _deepWorkers > 0;

    /// <summary>Returns the entry of a call that this worker has; -1 when it does not have it.</summary>
    public int Find(WorkerKey worker, CallKey key)
    {
        int index = _calls.Find(key);
        return index >= 0 && _calls[index].Phase == CallPhase.Assigned && _calls[index].Worker!.Key == worker ? index : -1;
    }

    /// <summary>Returns whether the call was sent and all calls before it are unanswered.</summary>
    public static bool IsWaiting(WorkerNode worker, int index) => worker.Load > worker.Capacity && worker.Calls.First != index;

    /// <summary>
    /// Returns whether a caller waits for a call that the worker runs. Calls that only wait in its channel lose nothing by its end.
    /// </summary>
    public bool RunsForCaller(WorkerNode worker) =>
        worker.Load > worker.Capacity ? _calls[worker.Calls.First].Open : worker.Totals.Open > 0;

    public bool HasRoomFor(WorkerNode worker, in Demand demand)
    {
        int waiting = worker.Totals.Bytes - _calls[worker.Calls.First].Spec.Bytes;
        return worker.Totals.Work + demand.Work <= plan.MaxHeldWork && waiting + (long)demand.Bytes <= plan.MaxWaitingBytes;
    }

    public void Attach(long now, WorkerNode worker, int index, in Demand demand)
    {
        ref CallState call = ref _calls[index];
        if (worker.Load < worker.Capacity)
        {
            worker.Progress.StallAt = PoolKernel.SafeAdd(now, plan.StallCheck); // it begins at once
        }
        call.Worker = worker;
        call.Phase = CallPhase.Assigned;
        call.AssignedAt = now;
        call.Attempts++;
        call.Work = demand.Work;
        intake.Running += call.IsOwn ? 0 : 1;
        Count(worker, call.IsOwn ? 0 : 1);
        worker.Calls.AddLast(_calls, index);
        worker.Totals.Open++;
        worker.Totals.Work += call.Work;
        worker.Totals.Bytes += call.Spec.Bytes;
        worker.Totals.Slow += paces.IsSlow(call.Spec.Tool) ? 1 : 0;
        if (worker.Load == worker.Capacity + 1)
        {
            _deepWorkers++;
            StallsDue = Math.Min(StallsDue, worker.Progress.StallAt);
        }
    }

    public List<CallKey> KeysOf(WorkerNode worker)
    {
        var keys = new List<CallKey>(worker.Load);
        for (int index = worker.Calls.First; index >= 0; index = _calls[index].Next)
        {
            keys.Add(_calls.KeyOf(index));
        }
        return keys;
    }

    /// <summary>Adds to the number of calls that the worker has begun or holds. Whether it may have another one depends on it.</summary>
    public void Count(WorkerNode worker, int calls)
    {
        bool wasExhausted = plan.IsExhausted(worker);
        worker.Requests += calls;
        if (plan.IsExhausted(worker) != wasExhausted)
        {
            worker.Slot.Changed();
        }
    }

    /// <summary>Marks a call as one of the pool's own.</summary>
    public void BeginOwn(int index)
    {
        _calls[index].IsOwn = true;
        Checks++;
    }

    /// <summary>The worker has finished the call, and no caller waits for it.</summary>
    public void End(long now, WorkerNode worker, int index)
    {
        Detach(now, worker, index);
        intake.Wheel.Remove(index);
        if (_calls[index] is { IsOwn: false, Spec.Session: not 0 and ulong session })
        {
            intake.Sessions.Leave(now, session);
        }
        _calls.Free(index);
    }

    /// <summary>The worker no longer has the call, which waits for another worker.</summary>
    public void Return(long now, WorkerNode worker, int index)
    {
        Detach(now, worker, index);
        intake.Return(now, index);
    }

    public void NoteProgress(long now, WorkerNode worker)
    {
        worker.Progress.Stalled = false;
        worker.Progress.StallAt = PoolKernel.SafeAdd(now, plan.StallCheck);
    }

    /// <summary>
    /// Judges the calls of a worker that has ended or is given up: each is queued again, or ends as not started, or as one that may have
    /// run.
    /// </summary>
    /// <returns>The number of callers that have lost a call.</returns>
    public int JudgeCallsOf(long now, WorkerNode worker, ReadOnlySpan<CallKey> begun, bool isGone, EffectList fx)
    {
        int lost = 0;
        for (int position = 0; worker.Calls.First >= 0; position++)
        {
            int index = worker.Calls.First;
            ref CallState call = ref _calls[index];
            bool mayHaveRun = begun.Contains(_calls.KeyOf(index));
            if (!mayHaveRun && position >= worker.Capacity)
            {
                call.Attempts--; // it only waited behind others, so the worker did not die of it
            }
            bool again = mayHaveRun
                ? isGone && call.Spec.Idempotent && call.Attempts < plan.MaxAttempts
                : call.Attempts < plan.MaxAssignments;
            if (again && call.Open && !call.IsOwn && !intake.Sessions.IsBound(call.Spec) && intake.MayQueueAgain
                && !quarantine.Holds(call.Spec.Input, now))
            {
                Return(now, worker, index);
                continue;
            }
            if (call.Open)
            {
                lost += call.IsOwn ? 0 : 1;
                intake.Complete(index, mayHaveRun ? Outcome.WorkerLostMayHaveRun : Outcome.WorkerLostNotStarted, fx);
            }
            End(now, worker, index);
        }
        return lost;
    }

    /// <summary>
    /// The worker died of its calls: their inputs become suspects, and calls with an input that has crashed too many workers are recalled
    /// from other workers.
    /// </summary>
    public void Accuse(long now, WorkerNode worker, ReadOnlySpan<CallKey> begun, EffectList fx)
    {
        for (int index = worker.Calls.First; index >= 0; index = _calls[index].Next)
        {
            ulong input = _calls[index].Spec.Input;
            if (begun.Contains(_calls.KeyOf(index)) && quarantine.Accuse(input, now))
            {
                fx.Add(Effect.InputQuarantined(worker.Key, _calls.KeyOf(index), input));
                CallBack(input, worker, fx);
            }
        }
        if (quarantine.Suspects.Count > 0)
        {
            intake.RejectQuarantined(now, fx);
        }
    }

    /// <summary>Recalls calls with that input that wait in the channels of other workers, which they would crash too.</summary>
    private void CallBack(ulong input, WorkerNode dead, EffectList fx)
    {
        foreach (SlotNode slot in roster.Slots)
        {
            for (int i = 0; i < slot.HolderCount; i++)
            {
                if (slot.Holder(i) is { } worker && worker != dead && HoldsWaiting(worker, input))
                {
                    Recall(worker, fx);
                }
            }
        }
    }

    /// <summary>Recalls every call that a worker has not begun.</summary>
    public static void Recall(WorkerNode worker, EffectList fx) => fx.Add(Effect.Recall(worker.Key));

    /// <summary>An abandoned call has not begun within the grace time. The worker is not to blame, so the call is only recalled.</summary>
    public void RecallAbandoned(long now, int index, EffectList fx)
    {
        Recall(_calls[index].Worker!, fx);
        intake.Wheel.Set(index, PoolKernel.SafeAdd(now, Math.Max(plan.CancelGrace, plan.StallCheck)));
    }

    /// <summary>
    /// A tool has become slow (1) or fast (-1), and so have its calls that workers hold. It happens seldom, so a walk over all of them is
    /// cheap enough.
    /// </summary>
    public void Recount(int tool, int slowCalls)
    {
        foreach (SlotNode slot in roster.Slots)
        {
            for (int i = 0; i < slot.HolderCount; i++)
            {
                for (int index = slot.Holder(i)?.Calls.First ?? -1; index >= 0; index = _calls[index].Next)
                {
                    _calls[index].Worker!.Totals.Slow += _calls[index].Spec.Tool == tool ? slowCalls : 0;
                }
            }
            if (slot.Current is { } current)
            {
                availability.Update(current);
            }
        }
    }

    /// <summary>Counts the slow calls that workers hold again: which tools count as slow depends on the plan.</summary>
    public void RecountSlow()
    {
        foreach (SlotNode slot in roster.Slots)
        {
            for (int i = 0; i < slot.HolderCount; i++)
            {
                if (slot.Holder(i) is not { } worker)
                {
                    continue;
                }
                worker.Totals.Slow = 0;
                for (int index = worker.Calls.First; index >= 0; index = _calls[index].Next)
                {
                    worker.Totals.Slow += paces.IsSlow(_calls[index].Spec.Tool) ? 1 : 0;
                }
            }
        }
    }

    /// <summary>Recalls the waiting calls of workers that have stalled, or that run a call that has turned out to be slow.</summary>
    public void CheckStalls(long now, EffectList fx)
    {
        StallsDue = long.MaxValue;
        foreach (SlotNode slot in roster.Slots)
        {
            for (int i = 0; i < slot.HolderCount; i++)
            {
                if (slot.Holder(i) is not { } worker || worker.Waiting == 0)
                {
                    continue;
                }
                if (now >= worker.Progress.StallAt || worker.Totals.Slow > 0)
                {
                    availability.Remove(worker);
                    worker.Progress.Stalled = true;
                    worker.Progress.StallAt = PoolKernel.SafeAdd(now, plan.StallCheck); // to check whether they have returned
                    Recall(worker, fx);
                }
                StallsDue = Math.Min(StallsDue, worker.Progress.StallAt);
            }
        }
    }

    public void Exchange(KernelImage image)
    {
        _deepWorkers = image.Of(_deepWorkers);
        StallsDue = image.Of(StallsDue);
        Checks = image.Of(Checks);
    }

    private bool HoldsWaiting(WorkerNode worker, ulong input)
    {
        for (int index = worker.Calls.First; index >= 0; index = _calls[index].Next)
        {
            if (_calls[index].Spec.Input == input && IsWaiting(worker, index))
            {
                return true;
            }
        }
        return false;
    }

    private void Detach(long now, WorkerNode worker, int index)
    {
        ref CallState call = ref _calls[index];
        bool wasFirst = worker.Calls.First == index;
        worker.Calls.Remove(_calls, index);
        worker.Totals.Open -= call.Open ? 1 : 0;
        worker.Totals.Work -= call.Work;
        worker.Totals.Bytes -= call.Spec.Bytes;
        worker.Totals.Slow -= paces.IsSlow(call.Spec.Tool) ? 1 : 0;
        if (call.IsOwn)
        {
            Checks--;
        }
        else
        {
            intake.Running--;
            worker.Times.IdleSince = now;
        }
        if (worker.Load == worker.Capacity && --_deepWorkers == 0)
        {
            StallsDue = long.MaxValue;
        }
        if (wasFirst && paces.DepthOf(worker) > 0 && worker.Calls.First is >= 0 and var next && !_calls[next].Open)
        {
            // It was abandoned while it waited: only now can the worker cancel it.
            intake.Wheel.Set(next, PoolKernel.SafeAdd(now, plan.CancelGrace));
        }
    }
}
