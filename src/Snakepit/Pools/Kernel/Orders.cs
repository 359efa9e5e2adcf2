namespace Snakepit.Pools.Kernel;

/// <summary>
/// The ways a worker leaves on purpose. Retire: it takes no more calls and may finish those it has. Stop: it has none, and is asked to end.
/// Discard: it serves nobody yet and is not needed. Each has a time limit after which the worker is killed.
/// </summary>
internal sealed class Orders(PoolPlan plan, Agenda agenda, Availability availability, Failures failures, Assignments assignments)
{
    public void Retire(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        failures.BrakeIfUseless(now, worker, reason, fx);
        Leave(worker, reason);
        worker.MoveTo(WorkerPhase.Draining);
        worker.Due.Phase = PoolKernel.SafeAdd(now, plan.DrainTimeout);
        fx.Add(Effect.WorkerDraining(worker.Key, reason, worker.Load - assignments.CountWaiting(worker)));
        if (worker.Bound.Count > 0)
        {
            agenda.LookAt(worker);
        }
        if (worker.IsDrained)
        {
            Stop(now, worker, fx);
        }
    }

    public void Stop(long now, WorkerNode worker, EffectList fx)
    {
        worker.MoveTo(WorkerPhase.Stopping);
        worker.Due.Phase = PoolKernel.SafeAdd(now, plan.KillTimeout);
        fx.Add(Effect.Stop(worker.Key));
    }

    public void Discard(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        Leave(worker, reason);
        if (worker.Phase == WorkerPhase.Ready)
        {
            Stop(now, worker, fx);
            return;
        }
        worker.Exit.StartFailed = true; // not a failure of the adapter: nobody is told
        worker.Exit.Killed = true;
        worker.MoveTo(WorkerPhase.Stopping);
        worker.Due.Phase = PoolKernel.SafeAdd(now, plan.KillTimeout);
        fx.Add(Effect.Kill(worker.Key, reason));
    }

    /// <summary>Takes a worker out of its slot's service. Its node stays until its exit is seen.</summary>
    public void Leave(WorkerNode worker, Reason reason)
    {
        availability.Remove(worker);
        Roster.Leave(worker, reason);
    }
}
