using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <content>What is told to others after the fact: events, readiness, the state of the pool.</content>
internal sealed partial class WorkerPool
{
    private readonly List<(int Workers, TaskCompletionSource Done)> _readyWaiters = [];
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<Report> _reports = new();
    private readonly Dictionary<int, SnakepitException> _slotFailures = []; // by slot: its last failed start, until one succeeds there
    private bool _reporting;
    private SnakepitException? _lastStartFailure;
    private long _startedAt;
    private long _stoppingAt;
    private bool _startReported;

    public IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken) => _reporter.Watch(cancellationToken);

    public async Task WaitUntilReadyAsync(int? workers, CancellationToken cancellationToken)
    {
        int wanted = workers ?? Math.Max(1, _options.MinReady);
        ArgumentOutOfRangeException.ThrowIfNegative(wanted, nameof(workers));
        lock (_gate)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(wanted, _kernel.Target, nameof(workers));
        }
        await WaitForServingAsync(wanted, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops admission, lets running calls finish within Stop.Timeout, ends the workers. Completes when every process is gone or known to be unkillable.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _stoppingAt = _stoppingAt == 0 ? _time.GetTimestamp() : _stoppingAt;
        }
        Command(new PoolCommand(CommandKind.Shutdown));
        await _stopped.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        _reporter.Dispose();
    }

    /// <summary>Leaves a stop under way no more time for calls. Does nothing before.</summary>
    public void HurryStop() => Command(new PoolCommand(CommandKind.HurryShutdown));

    private void NoteReports_NeedsLock(StepBatch batch)
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
            if (effect.Kind == EffectKind.ReportStopped)
            {
                NoteStopped_NeedsLock();
            }
            else if (effect.Kind >= EffectKind.ReportDraining)
            {
                _reports.Enqueue(new Report(effect, worker, FailureBehind_NeedsLock(effect)));
            }
            changed |= effect.Kind is EffectKind.ReportPoolState or EffectKind.ReportReady or EffectKind.ReportExited;
            switch (effect.Kind)
            {
                case EffectKind.ReportStartFailed when worker is not null:
                    NoteFailedStart_NeedsLock(effect, worker);
                    break;
                case EffectKind.ReportRecycled when worker is not null:
                    NoteRecycled_NeedsLock(effect, worker);
                    break;
                case EffectKind.ReportExited when worker is not null && effect.Reason != Reason.Shutdown:
                    Count_NeedsLock(RecycleReason.WorkerDied);
                    NoteDeath_NeedsLock(worker);
                    break;
                case EffectKind.ReportReady:
                    _lastStartFailure = null;
                    _slotFailures.Remove(effect.Worker.Slot);
                    break;
                case EffectKind.Kill when worker is not null:
                    worker.KilledBecause ??= worker.Silence is not null && effect.Reason == Reason.Unresponsive
                        ? $"it was unresponsive in a call for Health.UnresponsiveTimeout ({Shown.Duration(_options.Health.UnresponsiveTimeout ?? default)})"
                        : KillText(effect.Reason);
                    break;
                case EffectKind.Terminate when worker is not null:
                    worker.KilledBecause ??= KillText(Reason.Shutdown);
                    break;
                case EffectKind.ReportUnkillable when worker is not null:
                    _workers[effect.Worker.Slot].Remove(worker);
                    worker.EndStart();
                    break;
            }
        }
        if (changed)
        {
            ServeReadyWaiters_NeedsLock();
        }
    }

    /// <summary>The failed start that made the kernel say this. When it is told, others may have succeeded.</summary>
    private SnakepitException? FailureBehind_NeedsLock(in Effect effect) => effect.Kind switch
    {
        EffectKind.ReportKeptOld => _lastStartFailure, // of this step, unless nothing has failed
        EffectKind.ReportReplacementOverdue => _slotFailures.GetValueOrDefault(effect.Worker.Slot),
        _ => null,
    };

    /// <summary>Tells what there is to tell in the kernel's order, whichever threads made the steps: one of them tells for all. That holds it up for no longer
    /// than it takes to fill queues, for user code runs elsewhere: log providers and the meter's listeners on threads of their own, watchers on theirs.</summary>
    private void TellReports()
    {
        Report next;
        lock (_gate)
        {
            if (_reporting || !_reports.TryDequeue(out next))
            {
                return;
            }
            _reporting = true;
        }
        try
        {
            do
            {
                Tell(next);
            }
            while (TryTakeReport(out next));
        }
        catch
        {
            lock (_gate)
            {
                _reporting = false; // a defect must not silence the pool for ever
            }
            throw;
        }
    }

    private bool TryTakeReport(out Report next)
    {
        lock (_gate)
        {
            return _reporting = _reports.TryDequeue(out next);
        }
    }

    private void Tell(in Report report)
    {
        (Effect effect, PoolWorker? worker, SnakepitException? failure) = report;
        switch (effect.Kind)
        {
            case EffectKind.ReportReady when worker is not null:
                _reporter.Ready(worker, Units(effect.Argument));
                break;
            case EffectKind.ReportDraining when worker is not null:
                _reporter.Draining(worker, ToPublic(effect.Reason), (int)effect.Argument);
                break;
            case EffectKind.ReportRecycled when worker is not null:
                OnRecycled(effect, worker);
                break;
            case EffectKind.ReportRefilled:
                OnRefilled(effect);
                break;
            case EffectKind.ReportNotRefilled:
                EndRecycle(
                    new WorkerKey(effect.Worker.Slot, (int)effect.Argument), SlotRecycleOutcome.NotReplaced, null,
                    worker is null ? null : StartFailure(worker, effect.Reason).Message, stoppedFirst: true);
                break;
            case EffectKind.ReportUnresponsive when worker is not null:
                OnUnresponsive(worker);
                break;
            case EffectKind.ReportQuarantined:
                _reporter.Quarantined(_toolNames[effect.Call.Index], (ulong)effect.Argument, worker?.Death, _options.Crash.QuarantineTime);
                break;
            case EffectKind.ReportTainted:
                _reporter.Tainted(
                    new WorkerId(Name, effect.Worker.Slot, effect.Worker.Generation), worker?.Pid ?? 0, worker?.Device,
                    effect.Reason == Reason.Manual ? TaintReason.Manual : TaintReason.WorkerDied, Units(effect.Argument));
                break;
            case EffectKind.ReportBraked:
                _reporter.Braked(ToPublic(effect.Reason), (int)effect.Argument);
                break;
            case EffectKind.ReportCodeRejected:
                _reporter.CodeRejected();
                break;
            case EffectKind.ReportKeptOld:
            case EffectKind.ReportAlreadyReplaced:
                OnRecycleEnded(effect, failure);
                break;
            case EffectKind.ReportExited when worker is { Death: { } death }:
                if (effect.Reason != Reason.Shutdown)
                {
                    _reporter.Crashed(death);
                }
                break;
            case EffectKind.ReportReplacementOverdue when worker is not null:
                _reporter.ReplacementOverdue(worker, ToPublic(effect.Reason), failure);
                break;
            case EffectKind.ReportStartFailed when worker is not null:
                TellFailedStart(effect, worker);
                break;
            case EffectKind.ReportUnkillable when worker is not null:
                _reporter.Unkillable(worker, _options.Stop.KillTimeout);
                break;
            case EffectKind.ReportSaturated:
                _reporter.Saturated((int)effect.Argument, _options.Queue.Limit);
                break;
            case EffectKind.ReportPoolState:
                OnStateChanged((PoolState)(effect.Argument >> 8), (PoolState)(effect.Argument & 0xFF));
                break;
            case EffectKind.ReportStopped:
                EndRecycles();
                _timer.Dispose();
                _codeWatch?.Dispose();
                _sampler.FreeMemoryRead -= OnFreeMemory;
                _reporter.Stopped(Elapsed(_stoppingAt, _time.GetTimestamp()));
                _stopped.TrySetResult();
                break;
        }
    }

    private void OnStateChanged(PoolState from, PoolState to)
    {
        _reporter.StateChanged(from, to);
        int ready, target;
        lock (_gate)
        {
            if (to != PoolState.Ready || _startReported)
            {
                return;
            }
            _startReported = true;
            ready = _kernel.ServingCount;
            target = _kernel.Target;
        }
        _reporter.Started(ready, target, Elapsed(_startedAt, _time.GetTimestamp()));
    }

    private void ServeReadyWaiters_NeedsLock()
    {
        if (_readyWaiters.Count == 0)
        {
            return;
        }
        int serving = _kernel.ServingCount + _kernel.RestingCount; // those that rest come when they are wanted
        PoolState state = _kernel.State;
        for (int i = _readyWaiters.Count - 1; i >= 0; i--)
        {
            (int workers, TaskCompletionSource done) = _readyWaiters[i];
            bool ended = state is PoolState.Stopping or PoolState.Stopped ? done.TrySetException(Stopped())
                : state == PoolState.Failing || _defects.IsExceeded ? done.TrySetException(CopyStartFailure())
                : serving >= Math.Min(workers, _kernel.Target) && done.TrySetResult(); // so many are not to come any more
            if (ended || done.Task.IsCompleted)
            {
                _readyWaiters.RemoveAt(i);
            }
        }
    }

    private string? KillText(Reason reason) => reason switch
    {
        Reason.BootTimeout => $"it was not ready within Boot.Timeout ({Shown.Duration(_options.Boot.Timeout)})",
        Reason.CancelGrace => $"it continued a cancelled or timed-out call past Call.CancelGrace ({Shown.Duration(_options.Call.CancelGrace)})",
        Reason.DrainTimeout => $"its last calls did not end within Recycle.DrainTimeout ({Shown.Duration(_options.Recycle.DrainTimeout)})",
        Reason.StopTimeout => $"it did not end within Stop.KillTimeout ({Shown.Duration(_options.Stop.KillTimeout)}) after it was told to",
        Reason.Shutdown => "the pool is stopping",
        Reason.MemoryLimit => $"it had more private memory than Memory.HardLimit ({_options.Memory.HardLimit})",
        Reason.Unresponsive => $"it answered no heartbeat within Health.LivenessTimeout ({Shown.Duration(_options.Health.LivenessTimeout)})",
        _ => null,
    };

    /// <summary>Something to be told.</summary>
    private readonly record struct Report(Effect Effect, PoolWorker? Worker = null, SnakepitException? Failure = null);

    private TimeSpan Units(long units) => TimeSpan.FromTicks((long)(units / _unitsPerTick));

    private static RecycleReason ToPublic(Reason reason) => reason switch
    {
        Reason.TtlExpired => RecycleReason.TtlExpired,
        Reason.MaxRequests => RecycleReason.MaxRequests,
        Reason.MemoryThreshold or Reason.MemoryGrowth => RecycleReason.MemoryThreshold,
        Reason.MemoryLimit => RecycleReason.MemoryLimit,
        Reason.Idle => RecycleReason.Idle,
        Reason.CpuTime => RecycleReason.CpuTime,
        Reason.Errors => RecycleReason.Errors,
        Reason.HealthCheckFailed or Reason.Unresponsive => RecycleReason.HealthCheckFailed,
        Reason.WorkerRequested => RecycleReason.WorkerRequested,
        Reason.CodeChanged => RecycleReason.CodeChanged,
        Reason.Manual => RecycleReason.Manual,
        Reason.Custom => RecycleReason.Custom,
        Reason.Resized => RecycleReason.Resized,
        _ => RecycleReason.WorkerDied,
    };
}
