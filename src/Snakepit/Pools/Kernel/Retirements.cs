namespace Snakepit.Pools.Kernel;

/// <summary>
/// The ways a worker ends on purpose. Retire: it takes no more calls and drains, which is to finish those that it has. Stop: it has nothing
/// more to do, and is asked to end. EndUnused: it does not serve yet and is not needed. Each has a time limit, after which <see
/// cref="WorkerEnds.Escalate"/> terminates or kills the worker: SIGTERM, which ends it whatever it runs, or SIGKILL.
/// </summary>
internal sealed class Retirements(PoolPlan plan, Agenda agenda, Availability availability, Failures failures, Assignments assignments)
{
    public void Retire(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        failures.BrakeIfUseless(now, worker, reason, fx);
        TakeOutOfService(worker, reason);
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

    /// <summary>Stops a worker that is ready, and kills one that is not.</summary>
    public void EndUnused(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        TakeOutOfService(worker, reason);
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
    public void TakeOutOfService(WorkerNode worker, Reason reason)
    {
        availability.Remove(worker);
        Roster.TakeOutOfService(worker, reason);
    }
}
