using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>Tells the reports of the kernel to those whom they concern: requests that wait for them, the log, the meter,
/// watchers.</summary>
internal sealed class ReportTeller(PoolRing ring)
{
    private readonly PoolContext _pool = ring.Pool;

    public void Tell(in Report report)
    {
        (Effect effect, PoolWorker? worker, SnakepitException? failure, string? tool) = report;
        PoolReporter reporter = _pool.Reporter;
        switch (effect.Kind)
        {
            case EffectKind.ReportRefilled:
                ring.Recycles.OnRefilled(effect);
                break;
            case EffectKind.ReportNotRefilled:
                ring.Recycles.OnNotRefilled(effect, worker is null ? null : ring.Deaths.StartFailed(worker, effect.Reason).Message);
                break;
            case EffectKind.ReportKeptOld or EffectKind.ReportAlreadyReplaced:
                ring.Recycles.OnNotRecycled(effect, failure);
                break;
            case EffectKind.ReportQuarantined:
                reporter.Quarantined(tool ?? "", (ulong)effect.Argument, worker?.End.Death, _pool.Options.Crash.QuarantineTime);
                break;
            case EffectKind.ReportTainted:
                TaintReason why = effect.Reason == Reason.Manual ? TaintReason.Manual : TaintReason.WorkerDied;
                reporter.Tainted(_pool.IdOf(effect.Worker), worker?.Pid ?? 0, worker?.Device, why, Span(effect));
                break;
            case EffectKind.ReportBraked:
                reporter.Braked(KernelWords.ToPublic(effect.Reason), (int)effect.Argument);
                break;
            case EffectKind.ReportCodeRejected:
                reporter.CodeRejected();
                break;
            case EffectKind.ReportSaturated:
                reporter.Saturated((int)effect.Argument, _pool.Options.Queue.Limit);
                break;
            case EffectKind.ReportPoolState:
                ring.Readiness.OnStateChanged((PoolState)(effect.Argument >> 8), (PoolState)(effect.Argument & 0xFF));
                break;
            case EffectKind.ReportStopped:
                ring.Recycles.EndAll();
                ring.Code.EndWatch();
                ring.Limits.Stop();
                ring.Shutdown.End();
                break;
            default:
                if (worker is not null)
                {
                    TellOfWorker(effect, worker, failure);
                }
                break;
        }
    }

    private void TellOfWorker(in Effect effect, PoolWorker worker, SnakepitException? failure)
    {
        PoolReporter reporter = _pool.Reporter;
        switch (effect.Kind)
        {
            case EffectKind.ReportReady:
                reporter.Ready(worker, Span(effect));
                break;
            case EffectKind.ReportDraining:
                reporter.Draining(worker, KernelWords.ToPublic(effect.Reason), (int)effect.Argument);
                break;
            case EffectKind.ReportRecycled:
                ring.Recycles.OnRecycled(effect, worker);
                break;
            case EffectKind.ReportUnresponsive:
                ring.Health.OnUnresponsive(worker);
                break;
            case EffectKind.ReportExited when worker.End.Death is { } death && effect.Reason != Reason.Shutdown:
                reporter.Crashed(death);
                break;
            case EffectKind.ReportReplacementOverdue:
                reporter.ReplacementOverdue(worker, KernelWords.ToPublic(effect.Reason), failure);
                break;
            case EffectKind.ReportStartFailed:
                reporter.StartFailed(worker, ring.Deaths.StartFailed(worker, effect.Reason), Span(effect));
                if (DeathBook.HasHung(effect, worker))
                {
                    reporter.Died(worker.End.Death!);
                }
                break;
            case EffectKind.ReportUnkillable:
                reporter.Unkillable(worker, _pool.Options.Stop.KillTimeout);
                break;
        }
    }

    private TimeSpan Span(in Effect effect) => _pool.Clock.ToSpan(effect.Argument);
}
