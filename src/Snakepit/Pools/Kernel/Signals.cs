namespace Snakepit.Pools.Kernel;

/// <summary>Routes signals about workers to the part of the kernel that handles them.</summary>
internal sealed class Signals(PoolStatus status, Starter starter, WorkerEnds ends, Limits limits)
{
    public void Apply(long now, WorkerNode worker, in WorkerSignal signal, EffectList fx)
    {
        switch (signal.Kind)
        {
            case SignalKind.Begun when worker.Phase == WorkerPhase.Launching && worker.Due.Phase == long.MaxValue:
                starter.Begin(now, worker);
                break;
            case SignalKind.Launched when !worker.History.HasProcess:
                Starter.NoteLaunched(worker, fx);
                break;
            case SignalKind.Ready when worker is { IsStarting: true, Exit.Killed: false }:
                starter.NoteReady(now, worker, signal, fx);
                break;
            case SignalKind.LaunchFailed when !worker.History.HasProcess:
                ends.End(now, worker, [], signal.Note, isGone: true, fx);
                break;
            case SignalKind.LaunchFailed when worker.IsStarting:
                starter.NoteFailed(now, worker, Reason.BootFailed, signal.Note, fx);
                break;
            case SignalKind.Pong:
                Health.NoteSignOfLife(worker);
                break;
            case SignalKind.LimitReached when !status.IsClosing:
                limits.Reach(now, worker, signal.Reason, fx);
                break;
            case SignalKind.LimitCleared:
                limits.Clear(now, worker, signal.Reason);
                break;
        }
    }
}
