using System.Runtime.InteropServices;
using Snakepit.Frames;
using Snakepit.Pools.Kernel;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <content>The pattern of every step: kernel and outboxes under the lock, everything else after it.</content>
internal sealed partial class WorkerPool
{
    private const double MostMilliseconds = 24 * 3_600_000;

    public string DumpTrace() => ReadTrace().ToString();

    internal TraceDump ReadTrace()
    {
        lock (_gate)
        {
            return _trace.Dump();
        }
    }

    private delegate TAnswer StepBody<TState, out TAnswer>(WorkerPool pool, in TState state, StepBatch batch)
        where TState : allows ref struct;

    /// <summary>
    /// The barrier around every step (H8): what <paramref name="body"/> does under the lock, and what the kernel asks for in it, either succeeds or costs this
    /// pool its kernel, its workers and its calls. It never throws, so that the threads that make steps carry on for the other pools.
    /// </summary>
    /// <param name="state">What the body works on, so that it need not be a closure.</param>
    /// <param name="body">Applies kernel steps.</param>
    /// <param name="byCaller">On the thread of a caller who now waits for nothing but the reply.</param>
    /// <returns>The body's answer; the default when it failed.</returns>
    private TAnswer? Step<TState, TAnswer>(in TState state, StepBody<TState, TAnswer> body, bool byCaller = false)
        where TState : allows ref struct
    {
        StepBatch batch = StepBatch.Rent();
        TAnswer? answer = default;
        lock (_gate)
        {
            try
            {
                answer = body(this, state, batch);
                AfterStep_NeedsLock(batch);
            }
            catch (Exception error)
            {
                StartAgain_NeedsLock(error, batch);
            }
        }
        Perform(batch, byCaller);
        return answer;
    }

    private void OnTimer() => Step(0, static (pool, in _, batch) =>
    {
        pool._armedAt = long.MaxValue;
        long now = pool._time.GetTimestamp();
        pool._trace.Apply(new KernelStep(StepKind.Tick, now), batch.Effects);
        pool.GiveUpOrphans_NeedsLock(now, batch);
        return 0;
    });

    /// <summary>Turns the step's keys into objects while they are valid, hands commands to outboxes in order, and arms the timer.</summary>
    private void AfterStep_NeedsLock(StepBatch batch)
    {
        foreach (ref readonly Effect effect in batch.Effects.Commands)
        {
            if (FindWorker(effect.Worker) is { Channel: { } channel } worker)
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
                UnaryCall call = _calls[effect.Call.Index]!;
                DeathReport? death = effect.Worker.IsNone ? null : batch.Exited?.Death;
                batch.Ended.Add(new EndedCall(call, new CallEnd(effect.Outcome, call.ReplyKind, IdOf(effect.Worker), death, (int)effect.Argument)));
                _calls[effect.Call.Index] = null;
            }
            else
            {
                batch.Workers.Add(effect.Kind == EffectKind.Launch ? AddWorker_NeedsLock(effect.Worker) : FindWorker(effect.Worker));
            }
        }
        if (batch.Workers.Count > 0)
        {
            NoteReports_NeedsLock(batch);
        }
        if (batch.Exited is { } exited)
        {
            Forget_NeedsLock(exited);
        }
        batch.HasReports = _reports.Count > 0;
        long wake = Math.Min(Math.Min(_kernel.NextWake, _orphansUntil), OpenRoom_NeedsLock(batch));
        _waiting = _kernel.QueueLength + (_room?.Callers ?? 0);
        if (wake < _armedAt)
        {
            _armedAt = wake;
            // Timers count whole milliseconds and cut: one that fires too early would be set again and again until it is time.
            double milliseconds = Math.Ceiling((wake - _time.GetTimestamp()) / _unitsPerTick / TimeSpan.TicksPerMillisecond);
            _timer.Change(TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, MostMilliseconds)), Timeout.InfiniteTimeSpan);
        }
    }

    private void Post_NeedsLock(PoolWorker worker, IWorkerChannel channel, in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.Send when _calls[effect.Call.Index] is { } call:
                TimeSpan? remaining = call.Request.Deadline == long.MaxValue ? null : TimeSpan.FromTicks((long)((call.Request.Deadline - _time.GetTimestamp()) / _unitsPerTick));
                call.Worker = effect.Worker;
                channel.PostCall(new OutgoingCall(call.Key, call, call.Body.Frame, (int)effect.Argument, remaining));
                if (call.Queued)
                {
                    call.Queued = false;
                    call.DequeuedAt = _time.GetTimestamp();
                }
                break;
            case EffectKind.Cancel:
                channel.PostCancel(effect.Call);
                break;
            case EffectKind.Recall:
                channel.PostRecall();
                break;
            case EffectKind.Ping:
                channel.PostPing();
                break;
            case EffectKind.Stop:
                worker.IsToldToEnd = true;
                channel.PostShutdown();
                break;
        }
    }

    /// <param name="batch">What is left to do.</param>
    /// <param name="byCaller">On the thread of a caller who now waits for nothing but the reply.</param>
    private void Perform(StepBatch batch, bool byCaller = false)
    {
        int ended = 0;
        long now = 0;
        try
        {
            Flush(batch, byCaller);
            if (batch.Defect is { } defect)
            {
                Tell(defect);
            }
            if (batch.Workers.Count > 0)
            {
                KillThose(batch);
            }
            if (batch.HasReports)
            {
                TellReports();
            }
            now = batch.Ended.Count > 0 ? _time.GetTimestamp() : 0;
            while (ended < batch.Ended.Count)
            {
                End(batch.Ended[ended++], now);
            }
            int acted = 0;
            foreach (ref readonly Effect effect in batch.Effects.Actions)
            {
                if (effect.Kind != EffectKind.Complete)
                {
                    Act(effect, batch.Workers[acted++]);
                }
            }
        }
        catch (Exception error)
        {
            for (; ended < batch.Ended.Count; ended++)
            {
                End(batch.Ended[ended], now != 0 ? now : _time.GetTimestamp());
            }
            OnEffectFailed(error);
        }
        foreach (ReplyBody reply in CollectionsMarshal.AsSpan(batch.Unwanted))
        {
            reply.Return();
        }
        batch.Return();
        Stepped?.Invoke();
    }

    private static void Flush(StepBatch batch, bool byCaller)
    {
        foreach (PoolWorker worker in CollectionsMarshal.AsSpan(batch.Touched))
        {
            if (byCaller)
            {
                worker.Channel!.FlushAndAwait();
            }
            else
            {
                worker.Channel!.Flush();
            }
        }
    }

    private static void End(in EndedCall ended, long now) => ended.Call.Complete(ended.End, now);

    private WorkerId IdOf(WorkerKey worker) => worker.IsNone ? default : new WorkerId(Name, worker.Slot, worker.Generation);

    private void Act(in Effect effect, PoolWorker? worker)
    {
        switch (effect.Kind)
        {
            case EffectKind.Launch:
                worker!.Start(_starts!);
                break;
            case EffectKind.Kill when worker is not null && effect.Reason != Reason.Shutdown && KillText(effect.Reason) is { } why:
                _reporter.Killed(worker, why);
                break;
            case EffectKind.Terminate:
                worker?.Channel?.Terminate();
                break;
            case EffectKind.LookAtMemory:
                worker?.Sampled?.LookAgain();
                break;
            case EffectKind.CheckHealth when worker is not null:
                _ = CheckHealthAsync(worker); // a call like others: it ends with the pool at the latest, and it never throws
                break;
        }
    }

    /// <summary>Kills before anything is told, so that no worker outlives its limit for that.</summary>
    private static void KillThose(StepBatch batch)
    {
        int index = 0;
        foreach (ref readonly Effect effect in batch.Effects.Actions)
        {
            if (effect.Kind == EffectKind.Complete)
            {
                continue;
            }
            PoolWorker? worker = batch.Workers[index++];
            if (effect.Kind != EffectKind.Kill)
            {
                continue;
            }
            if (effect.Reason is Reason.BootTimeout or Reason.CancelGrace or Reason.DrainTimeout or Reason.StopTimeout or Reason.Unresponsive)
            {
                worker?.KillWithStacks();
            }
            else
            {
                worker?.Kill();
            }
        }
    }

    private PoolWorker AddWorker_NeedsLock(WorkerKey key)
    {
        var worker = new PoolWorker(this, key, _time.GetTimestamp(), _time.GetUtcNow());
        int known = _workers.Length;
        if (key.Slot >= known)
        {
            Array.Resize(ref _workers, key.Slot + 1);
            for (int i = known; i < _workers.Length; i++)
            {
                _workers[i] = [];
            }
        }
        _workers[key.Slot].Add(worker);
        _lastGeneration = Math.Max(_lastGeneration, key.Generation);
        return worker;
    }

    private PoolWorker? FindWorker(WorkerKey key)
    {
        foreach (PoolWorker worker in CollectionsMarshal.AsSpan(key.Slot < _workers.Length ? _workers[key.Slot] : null))
        {
            if (worker.Key == key)
            {
                return worker;
            }
        }
        return null;
    }
}
