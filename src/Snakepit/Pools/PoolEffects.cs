using Snakepit.Pools.Kernel;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>
/// Performs the kernel's effects. Under the pool's lock it turns keys into objects, appends commands to the outboxes in their order and
/// notes what is to be reported. The rest follows outside the lock.
/// </summary>
internal sealed class PoolEffects(
    PoolRing ring, CallDesk desk, SessionBook sessions, SessionMover moves, ReportQueue reports, Reconfiguration reconfiguration)
{
    private readonly PoolContext _pool = ring.Pool;
    private readonly OpenCalls _calls = ring.Calls;
    private readonly WorkerDirectory _workers = ring.Workers;
    private readonly ReportRouter _router = new(ring, reconfiguration);

    /// <summary>Accepts the effects of a step.</summary>
    /// <returns>The time at which the kernel wants its next wake.</returns>
    public long Take_NeedsLock(StepBatch batch)
    {
        foreach (ref readonly Effect effect in batch.Effects.Commands)
        {
            if (_workers.Find(effect.Worker) is { Channel: { } channel } worker)
            {
                Post_NeedsLock(worker, channel, effect);
                if (batch.Touched.Count == 0 || batch.Touched[^1] != worker)
                {
                    batch.Touched.Add(worker);
                }
            }
        }
        foreach (ref readonly Effect effect in batch.Effects.Actions)
        {
            if (effect.Kind == EffectKind.Complete)
            {
                batch.Ended.Add(_calls.End(effect, batch.Exited?.End.Death));
            }
            else
            {
                batch.Workers.Add(effect.Kind == EffectKind.Launch ? Launch_NeedsLock(effect) : _workers.Find(effect.Worker));
            }
        }
        if (batch.Workers.Count > 0)
        {
            Note_NeedsLock(batch);
        }
        if (batch.Exited is { } exited)
        {
            ring.Inputs.RemoveCleared_NeedsLock();
            _workers.Remove(exited);
        }
        ring.Limits.Budget?.Ask_NeedsLock();
        batch.HasReports = !reports.IsEmpty;
        return desk.OpenRoom_NeedsLock(batch);
    }

    /// <summary>Kills the workers that the kernel wants to have killed.</summary>
    public static void Kill(StepBatch batch)
    {
        int index = 0;
        foreach (ref readonly Effect effect in batch.Effects.Actions)
        {
            if (effect.Kind == EffectKind.Complete)
            {
                continue;
            }
            PoolWorker? worker = batch.Workers[index++];
            if (effect.Kind == EffectKind.Kill)
            {
                worker?.Process.Kill(withStacks: effect.Reason.Is(ReasonTrait.WantsStacks));
            }
        }
    }

    public void TellReports() => reports.Tell(_router);

    /// <summary>Performs the effects that have no order.</summary>
    public void Act(StepBatch batch)
    {
        int index = 0;
        foreach (ref readonly Effect effect in batch.Effects.Actions)
        {
            if (effect.Kind != EffectKind.Complete)
            {
                Act(effect, batch.Workers[index++]);
            }
        }
    }

    private void Act(in Effect effect, PoolWorker? worker)
    {
        switch (effect.Kind)
        {
            case EffectKind.Launch:
                worker!.Process.Start();
                break;
            case EffectKind.Kill when worker is not null && effect.Reason != Reason.Shutdown
                && KernelWords.KillText(effect.Reason, _pool.Options) is { } why:
                _pool.Reporter.Killed(worker, why);
                break;
            case EffectKind.Terminate:
                worker?.Channel?.Terminate();
                break;
            case EffectKind.LookAtMemory:
                worker?.Sampled?.LookAgain();
                break;
            case EffectKind.CheckHealth when worker is not null:
                _ = ring.Health.CheckAsync(worker); // ends with the pool at the latest, like other calls, and never throws
                break;
            case EffectKind.MoveSession when worker is not null:
                _ = moves.MoveAsync(worker, effect.Session); // as above
                break;
        }
    }

    private PoolWorker Launch_NeedsLock(in Effect launch)
    {
        PoolWorker worker = new WorkerSink(launch.Worker, _workers.SourceOf(launch.Blueprint), ring).Worker;
        _workers.Add(worker);
        return worker;
    }

    private void Post_NeedsLock(PoolWorker worker, IWorkerChannel channel, in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.Send when _calls.At(effect.Call.Index) is { } call:
                Send_NeedsLock(call, channel, effect);
                worker.Output.Spans.Note(call);
                break;
            case EffectKind.Cancel:
                channel.PostCancel(effect.Call, effect.Interrupts);
                break;
            case EffectKind.Recall:
                channel.PostRecall();
                break;
            case EffectKind.Ping:
                channel.PostPing();
                break;
            case EffectKind.EndSession:
                channel.PostSessionEnd(effect.Session, isMoved: !effect.Heir.IsNone);
                break;
            case EffectKind.Stop:
                worker.End.IsOrdered = true;
                channel.PostShutdown();
                break;
        }
    }

    private void Send_NeedsLock(UnaryCall call, IWorkerChannel channel, in Effect effect)
    {
        PoolClock clock = _pool.Clock;
        long deadline = call.Request.Deadline;
        TimeSpan? remaining = deadline == long.MaxValue ? null : clock.ToSpan(deadline - clock.Now);
        call.Worker = effect.Worker;
        call.Stream?.OnSending(call.Key, channel);
        channel.PostCall(new OutgoingCall(
            call.Key, call, call.Body.Frame, effect.Attempt, remaining, call.Stream?.Window ?? 0));
        if (call.Queued)
        {
            call.Queued = false;
            call.DequeuedAt = clock.Now;
            _pool.Reporter.Dequeued(call);
        }
    }

    private void Note_NeedsLock(StepBatch batch)
    {
        bool changed = false;
        int index = 0;
        foreach (ref readonly Effect effect in batch.Effects.Actions)
        {
            if (effect.Kind == EffectKind.Complete)
            {
                continue;
            }
            PoolWorker? worker = batch.Workers[index++];
            if (effect.Kind == EffectKind.PoolStopped)
            {
                ring.Recovery.NoteStopped_NeedsLock();
                sessions.EndAll_NeedsLock();
            }
            else if (effect.IsFact)
            {
                string? tool = effect.Kind == EffectKind.InputQuarantined ? _calls.ToolAt(effect.Call.Index) : null;
                reports.Add(new Report(effect, worker, ring.Deaths.FailureBehind(effect), tool));
            }
            if (effect.Kind is EffectKind.SessionLost or EffectKind.SessionOver)
            {
                sessions.Note_NeedsLock(effect, batch.Exited?.End.Death);
            }
            changed |= effect.Kind is EffectKind.StateChanged or EffectKind.WorkerReady or EffectKind.WorkerExited;
            ring.Deaths.Note(effect, worker, _workers);
            if (worker is not null)
            {
                NoteEnd_NeedsLock(effect, worker);
            }
        }
        if (changed)
        {
            ring.Readiness.Serve_NeedsLock();
        }
    }

    private void NoteEnd_NeedsLock(in Effect effect, PoolWorker worker)
    {
        PoolOptions options = _pool.Options;
        switch (effect.Kind)
        {
            case EffectKind.Kill:
                worker.End.KilledBecause ??= worker.MissedPing is not null && effect.Reason == Reason.Unresponsive
                    ? "it was unresponsive in a call for Health.UnresponsiveTimeout "
                    + $"({Shown.Duration(options.Health.UnresponsiveTimeout ?? default)})"
                    : KernelWords.KillText(effect.Reason, options);
                break;
            case EffectKind.Terminate:
                worker.End.KilledBecause ??= KernelWords.KillText(Reason.Shutdown, options);
                break;
            case EffectKind.WorkerUnkillable:
                _workers.Remove(worker);
                worker.Process.EndStart();
                break;
        }
    }
}
