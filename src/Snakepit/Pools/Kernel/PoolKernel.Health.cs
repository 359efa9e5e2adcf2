namespace Snakepit.Pools.Kernel;

/// <content>Signs of life, and checks of idle workers.</content>
internal sealed partial class PoolKernel
{
    private const int PingTimes = 4; // in an interval
    private int _checks; // under way

    /// <summary>Gives a worker that has nothing else to do a check to run: a call that only it can answer, and that counts as no request.</summary>
    /// <returns>Whether it could.</returns>
    public Admission SubmitCheck(long now, WorkerKey key, in CallSpec spec, EffectList fx)
    {
        if (_closing || Find(key) is not { Phase: WorkerPhase.Serving, Load: 0, Look: MemoryLook.None } worker)
        {
            return new Admission(default, Outcome.Cancelled, _queue.Count, _plan.QueueLimit);
        }
        int index = Create(now, spec);
        _calls[index].IsCheck = true;
        _checks++;
        Assign(now, worker, index, default, fx);
        return new Admission(_calls.KeyOf(index), Outcome.None, _queue.Count, _plan.QueueLimit);
    }

    /// <summary>Spreads the first questions, so that not all workers are asked at once.</summary>
    private void StartPinging(long now, WorkerNode worker)
    {
        if (_plan.PingInterval > 0)
        {
            worker.PingDue = PingTimeBefore(SafeAdd(now, (_plan.PingInterval / 2) + (_plan.PingInterval / 2 * (worker.Key.Slot % _target) / _target)));
        }
    }

    /// <summary>There are a few times in every interval, the same for all workers of all pools: to wake up costs more than to ask.</summary>
    private long PingTimeBefore(long due) => due == long.MaxValue ? due : due - (due % Math.Max(1, _plan.PingInterval / PingTimes));

    /// <summary>It has answered: a ping or a call.</summary>
    private static void OnSignOfLife(WorkerNode worker)
    {
        worker.PongDue = worker.SilentUntil = long.MaxValue;
        worker.Unresponsive = false;
    }

    private void TickHealth(long now, WorkerNode worker, EffectList fx)
    {
        if (IsLate(now, Math.Min(worker.SilentUntil, worker.PongDue)))
        {
            AskAgain(now, worker, fx);
        }
        else if (now >= worker.SilentUntil)
        {
            Kill(now, worker, Reason.Unresponsive, fx);
            return;
        }
        else if (now >= worker.PongDue)
        {
            OnSilent(now, worker, fx);
        }
        else if (now >= worker.PingDue)
        {
            Ping(now, worker, fx);
        }
        if (now >= worker.CheckDue && worker.Phase == WorkerPhase.Serving)
        {
            // One at a time: a worker that is checked serves nobody. One that is about to go needs no check; one whose replacement does not come does.
            SlotNode slot = _slots[worker.Key.Slot];
            bool isIdle = worker is { Load: 0, Look: MemoryLook.None } && _checks == 0 && (!slot.RetireDue || slot.IsOverdue);
            worker.CheckDue = now + (isIdle ? _plan.CheckInterval : Math.Min(_plan.CheckInterval, _plan.Frequency));
            if (isIdle)
            {
                fx.Add(new Effect(EffectKind.CheckHealth, worker.Key));
            }
        }
    }

    /// <summary>The host itself stood still, or its debugger did: what the worker has said meanwhile may wait to be read.</summary>
    private bool IsLate(long now, long due) => now - due >= _plan.LivenessTimeout;

    private void AskAgain(long now, WorkerNode worker, EffectList fx)
    {
        long answer = SafeAdd(now, _plan.LivenessTimeout);
        worker.PongDue = worker.PongDue == long.MaxValue ? long.MaxValue : answer;
        worker.SilentUntil = worker.SilentUntil == long.MaxValue ? long.MaxValue : answer;
        worker.PingDue = PingTimeBefore(SafeAdd(answer, _plan.PingInterval));
        fx.Add(new Effect(EffectKind.Ping, worker.Key));
    }

    private void Ping(long now, WorkerNode worker, EffectList fx)
    {
        worker.PingDue = PingTimeBefore(SafeAdd(now, Math.Max(_plan.PingInterval, _plan.LivenessTimeout)));
        if (worker.PongDue == long.MaxValue && (!worker.Unresponsive || worker.Load == 0))
        {
            worker.PongDue = SafeAdd(now, _plan.LivenessTimeout);
        }
        fx.Add(new Effect(EffectKind.Ping, worker.Key));
    }

    /// <summary>The sign of life is overdue. In a call that proves nothing but C code that keeps the interpreter; without one the worker is of no use.</summary>
    private void OnSilent(long now, WorkerNode worker, EffectList fx)
    {
        worker.PongDue = long.MaxValue;
        if (worker.Load == 0)
        {
            Kill(now, worker, Reason.Unresponsive, fx);
        }
        else if (!worker.Unresponsive)
        {
            worker.Unresponsive = true;
            worker.SilentUntil = _plan.UnresponsiveTimeout > 0 ? SafeAdd(now, _plan.UnresponsiveTimeout) : long.MaxValue;
            fx.Add(new Effect(EffectKind.ReportUnresponsive, worker.Key));
        }
    }
}
