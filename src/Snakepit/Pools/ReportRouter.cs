using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>Passes the kernel's reports on: to requests that wait for them, the log, the meter, and lifecycle events.</summary>
internal sealed class ReportRouter(PoolRing ring, Reconfiguration reconfiguration)
{
    private readonly PoolContext _pool = ring.Pool;

    public void Route(in Report report)
    {
        (Effect effect, PoolWorker? worker, SnakepitException? failure, string? tool) = report;
        PoolReporter reporter = _pool.Reporter;
        switch (effect.Kind)
        {
            case EffectKind.SlotRefilled:
                ring.Recycles.OnRefilled(effect);
                break;
            case EffectKind.SlotNotRefilled:
                ring.Recycles.OnNotRefilled(effect, worker is null ? null : ring.Deaths.StartFailed(worker, effect.Reason).Message);
                break;
            case EffectKind.WorkerKept or EffectKind.AlreadyReplaced:
                ring.Recycles.OnNotRecycled(effect, failure);
                break;
            case EffectKind.InputQuarantined:
                reporter.Quarantined(tool ?? "", effect.Input, worker?.End.Death, _pool.Options.Crash.QuarantineTime);
                break;
            case EffectKind.SlotTainted:
                TaintReason why = effect.Reason == Reason.Manual ? TaintReason.Manual : TaintReason.WorkerDied;
                reporter.Tainted(_pool.IdOf(effect.Worker), worker?.Pid ?? 0, worker?.Device, why, _pool.Clock.ToSpan(effect.Duration));
                break;
            case EffectKind.SessionOver when effect.Reason is Reason.None or Reason.Idle: // else it was lost, which was told
                reporter.SessionEnded(isExpired: effect.Reason == Reason.Idle);
                break;
            case EffectKind.SessionMoved:
                reporter.SessionMoved(_pool.IdOf(effect.Worker), _pool.IdOf(effect.Heir));
                break;
            case EffectKind.ReplacementsBraked:
                reporter.Braked(KernelWords.ToPublic(effect.Reason), effect.Failures);
                break;
            case EffectKind.CodeRejected:
                reporter.CodeRejected();
                break;
            case EffectKind.BlueprintProven:
                reconfiguration.OnProven(effect.Blueprint);
                break;
            case EffectKind.BlueprintRejected:
                reconfiguration.OnRejected(effect.Blueprint);
                break;
            case EffectKind.QueueSaturated:
                reporter.Saturated(effect.QueueLength, _pool.Options.Queue.Limit);
                break;
            case EffectKind.PoolScaled:
                reporter.Scaled(effect.SizeBefore, effect.SizeAfter, KernelWords.ToPublic(effect.SizeReason));
                break;
            case EffectKind.StateChanged:
                ring.Readiness.OnStateChanged(effect.Before, effect.After);
                break;
            case EffectKind.PoolStopped:
                ring.Recycles.EndAll();
                reconfiguration.EndAll();
                ring.Code.EndWatch();
                ring.Limits.Stop();
                ring.Limits.Budget?.Leave();
                ring.Shutdown.End();
                break;
            default:
                if (worker is not null)
                {
                    RouteOfWorker(effect, worker, failure);
                }
                break;
        }
    }

    private void RouteOfWorker(in Effect effect, PoolWorker worker, SnakepitException? failure)
    {
        PoolReporter reporter = _pool.Reporter;
        switch (effect.Kind)
        {
            case EffectKind.WorkerReady:
                reporter.Ready(worker, _pool.Clock.ToSpan(effect.StartTime));
                break;
            case EffectKind.WorkerDraining:
                reporter.Draining(worker, KernelWords.ToPublic(effect.Reason), effect.RunningCalls);
                break;
            case EffectKind.WorkerRecycled:
                OnRecycled(effect, worker);
                break;
            case EffectKind.WorkerUnresponsive:
                ring.Health.OnUnresponsive(worker);
                break;
            case EffectKind.WorkerExited when worker.End.Death is { } death && effect.Reason != Reason.Shutdown:
                reporter.Crashed(death);
                break;
            case EffectKind.ReplacementOverdue:
                reporter.ReplacementOverdue(worker, KernelWords.ToPublic(effect.Reason), failure);
                break;
            case EffectKind.StartFailed:
                AdapterLoadException failed = ring.Deaths.StartFailed(worker, effect.Reason);
                reporter.StartFailed(worker, failed, _pool.Clock.ToSpan(effect.Pause));
                reconfiguration.OnStartFailed(failed);
                if (DeathBook.HasHung(effect, worker))
                {
                    reporter.Died(worker.End.Death!);
                }
                break;
            case EffectKind.SessionsLost:
                reporter.SessionsLost(worker, KernelWords.ToLoss(effect.Reason), effect.Sessions);
                break;
            case EffectKind.WorkerUnkillable:
                reporter.Unkillable(worker, _pool.Options.Stop.KillTimeout);
                break;
        }
    }

    private void OnRecycled(in Effect effect, PoolWorker old)
    {
        WorkerId? replacement = effect.Replacement.IsNone ? null : _pool.IdOf(effect.Replacement);
        _pool.Reporter.Recycled(old, KernelWords.ToPublic(effect.Reason), replacement, effect.LostCalls);
        if (effect.Reason == Reason.Unresponsive)
        {
            _pool.Reporter.HealthCheckFailed(old, HealthFailureReason.NoSignOfLife, old.End.KilledBecause ?? "");
        }
        ring.Recycles.OnRecycled(effect, old);
    }
}
