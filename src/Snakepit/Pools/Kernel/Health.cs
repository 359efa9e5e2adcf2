namespace Snakepit.Pools.Kernel;

/// <summary>Pings workers, and checks idle ones.</summary>
internal sealed class Health(PoolPlan plan, Roster roster, Assignments assignments)
{
    private const int PingTimes = 4; // in an interval

    /// <summary>Spreads the first pings, so that not all workers are pinged at once.</summary>
    public void StartPinging(long now, WorkerNode worker)
    {
        long half = plan.PingInterval / 2;
        worker.Due.Ping = plan.PingInterval == 0 ? long.MaxValue
            : PingTimeBefore(PoolKernel.SafeAdd(now, half + (half * (worker.Key.Slot % roster.Target) / roster.Target)));
    }

    /// <summary>Sets the time of the first check of a worker that serves.</summary>
    public void StartChecking(long now, WorkerNode worker) => worker.Due.Check =
        plan.CheckInterval > 0 && worker is { Phase: WorkerPhase.Serving, Features.CanCheck: true } ? now + plan.CheckInterval
            : long.MaxValue;

    /// <summary>The worker has answered a ping or a call.</summary>
    public static void NoteSignOfLife(WorkerNode worker)
    {
        worker.Due.Pong = worker.Due.Unresponsive = long.MaxValue;
        worker.Progress.Unresponsive = false;
    }

    /// <summary>Does what is due of the worker's health.</summary>
    /// <returns>Whether the worker must be killed, because it has been silent for too long.</returns>
    public bool Tick(long now, WorkerNode worker, EffectList fx)
    {
        if (IsLate(now, Math.Min(worker.Due.Unresponsive, worker.Due.Pong)))
        {
            AskAgain(now, worker, fx);
        }
        else if (now >= worker.Due.Unresponsive || (now >= worker.Due.Pong && worker.Load == 0))
        {
            return true;
        }
        else if (now >= worker.Due.Pong)
        {
            NoteUnresponsive(now, worker, fx);
        }
        else if (now >= worker.Due.Ping)
        {
            Ping(now, worker, fx);
        }
        if (now >= worker.Due.Check && worker.Phase == WorkerPhase.Serving)
        {
            // One at a time, because a worker takes no calls during its check. A worker that is about to be replaced needs no check, but
            // one whose replacement does not come does.
            bool isIdle = worker is { Load: 0, Limits.Look: MemoryLook.None } && assignments.Checks == 0
                && (!worker.Slot.RetireDue || worker.Slot.IsOverdue);
            worker.Due.Check = now + (isIdle ? plan.CheckInterval : Math.Min(plan.CheckInterval, plan.Frequency));
            if (isIdle)
            {
                fx.Add(Effect.CheckHealth(worker.Key));
            }
        }
        return false;
    }

    /// <summary>
    /// Aligns pings to a few times in every interval, the same for all workers of all pools: waking up costs more than pinging.
    /// </summary>
    private long PingTimeBefore(long due) => due == long.MaxValue ? due : due - (due % Math.Max(1, plan.PingInterval / PingTimes));

    /// <summary>
    /// Returns whether the host itself was suspended or stopped in a debugger: the worker's answers may still wait to be read.
    /// </summary>
    private bool IsLate(long now, long due) => now - due >= plan.LivenessTimeout;

    private void AskAgain(long now, WorkerNode worker, EffectList fx)
    {
        long answer = PoolKernel.SafeAdd(now, plan.LivenessTimeout);
        worker.Due.Pong = worker.Due.Pong == long.MaxValue ? long.MaxValue : answer;
        worker.Due.Unresponsive = worker.Due.Unresponsive == long.MaxValue ? long.MaxValue : answer;
        worker.Due.Ping = PingTimeBefore(PoolKernel.SafeAdd(answer, plan.PingInterval));
        fx.Add(Effect.Ping(worker.Key));
    }

    private void Ping(long now, WorkerNode worker, EffectList fx)
    {
        worker.Due.Ping = PingTimeBefore(PoolKernel.SafeAdd(now, Math.Max(plan.PingInterval, plan.LivenessTimeout)));
        if (worker.Due.Pong == long.MaxValue && (!worker.Progress.Unresponsive || worker.Load == 0))
        {
            worker.Due.Pong = PoolKernel.SafeAdd(now, plan.LivenessTimeout);
        }
        fx.Add(Effect.Ping(worker.Key));
    }

    /// <summary>The pong is overdue during a call: that only shows that C code may hold the interpreter.</summary>
    private void NoteUnresponsive(long now, WorkerNode worker, EffectList fx)
    {
        worker.Due.Pong = long.MaxValue;
        if (!worker.Progress.Unresponsive)
        {
            worker.Progress.Unresponsive = true;
            worker.Due.Unresponsive = plan.UnresponsiveTimeout > 0 ? PoolKernel.SafeAdd(now, plan.UnresponsiveTimeout) : long.MaxValue;
            fx.Add(Effect.WorkerUnresponsive(worker.Key));
        }
    }
}
