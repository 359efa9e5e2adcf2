namespace Snakepit.Pools.Kernel;

/// <summary>
/// The orderly ends of workers. Retire: the worker takes no more calls and drains, which is to finish those that it has. Stop: it has no
/// more work, and is asked to end. EndUnused: it does not serve yet and is not needed. Each has a time limit, after which
/// <see cref="WorkerEnds.Escalate"/> terminates the worker with SIGTERM, which ends it whatever it runs, or kills it with SIGKILL.
/// </summary>
internal sealed class Retirements(
    PoolPlan plan, Agenda agenda, Intake intake, SessionMoves moves, Availability availability, Failures failures)
{
    public void Retire(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        failures.BrakeIfUseless(now, worker, reason, fx);
        TakeOutOfService(worker, reason);
        worker.MoveTo(WorkerPhase.Draining);
        worker.Due.Phase = PoolKernel.SafeAdd(now, plan.DrainTimeout);
        fx.Add(Effect.WorkerDraining(worker.Key, reason, worker.Load - worker.Waiting, worker.Exit.ReplacedBy));
        intake.Sessions.ReleaseHints(worker);
        moves.Offer(worker);
        if (!worker.Bound.IsEmpty)
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
        worker.Exit.StartFailed = true; // it is not a failure of the adapter, so it is not reported
        worker.Exit.Killed = true;
        worker.MoveTo(WorkerPhase.Stopping);
        worker.Due.Phase = PoolKernel.SafeAdd(now, plan.KillTimeout);
        fx.Add(Effect.Kill(worker.Key, reason));
    }

    /// <summary>Removes a worker from service in its slot. Its node stays until its process has exited.</summary>
    public void TakeOutOfService(WorkerNode worker, Reason reason)
    {
        availability.Remove(worker);
        Roster.TakeOutOfService(worker, reason);
    }
}
