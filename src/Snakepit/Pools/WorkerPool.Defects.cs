using System.Globalization;
using System.Runtime.ExceptionServices;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <content>After a defect: calls end, workers are killed, and a new kernel starts from empty once their processes have gone.</content>
internal sealed partial class WorkerPool
{
    private readonly DefectCount _defects;
    private readonly HashSet<PoolWorker> _orphans = []; // of an earlier kernel, until their processes have gone
    private long _orphansUntil = long.MaxValue; // they are waited for no longer
    private int _lastGeneration;
    private bool _stopsAfterOrphans; // the kernel has stopped
    private string _lastDefect = "";
    private PoolCounts _earlier; // what earlier kernels had counted

    /// <summary>Ends everything that depended on the kernel that has failed, and begins with a new one. In the step's batch only what the defect left to do
    /// remains, and the calls that were over before.</summary>
    private void StartAgain_NeedsLock(Exception error, StepBatch batch)
    {
        batch.Abort();
        long now = _time.GetTimestamp();
        TraceDump? trace = _defects.IsExceeded ? null : TryDumpTrace_NeedsLock();
        _defects.Add(now);
        _lastDefect = Shown.Headline(error);
        int calls = EndCalls_NeedsLock(_lastDefect, batch);
        int workers = OrphanWorkers_NeedsLock(now, error);
        batch.Defect = new Defect(error, trace, calls, workers, _defects.IsExceeded);
        if (_defects.IsExceeded)
        {
            _lastStartFailure = GaveUp(
                error,
                $"{DefectCount.Most} times within Restart.Window ({Shown.Duration(_options.Restart.Window)}), the last time with {_lastDefect} The adapter is not the cause.");
        }
        ReplaceKernel_NeedsLock();
        try
        {
            BeginAgain_NeedsLock(now, batch);
            AfterStep_NeedsLock(batch);
        }
        catch (Exception again)
        {
            EndForGood_NeedsLock(again, batch);
        }
    }

    /// <summary>Not even a new kernel makes its first step: the pool takes no calls, and stopping it needs no kernel.</summary>
    private void EndForGood_NeedsLock(Exception error, StepBatch batch)
    {
        batch.Abort();
        batch.Defect = batch.Defect! with { IsFinal = true };
        while (!_defects.IsExceeded)
        {
            _defects.Add(_time.GetTimestamp());
        }
        _lastStartFailure ??= GaveUp(error, $"with {Shown.Headline(error)}");
        ReplaceKernel_NeedsLock();
        OpenRoom_NeedsLock(batch);
        ServeReadyWaiters_NeedsLock();
        if (_stoppingAt != 0)
        {
            NoteStopped_NeedsLock();
        }
    }

    private AdapterLoadException GaveUp(Exception error, string how) =>
        new($"Pool '{Name}' accepts no calls: Snakepit itself failed in it {how} The log has the traces; report them, and restart the host.", error)
        {
            Pool = Name,
            Adapter = _options.Adapter,
        };

    private TraceDump? TryDumpTrace_NeedsLock()
    {
        try
        {
            return _trace.Dump();
        }
        catch (Exception)
        {
            return null; // part of the defect
        }
    }

    private int EndCalls_NeedsLock(string defect, StepBatch batch)
    {
        int ended = 0;
        foreach (ref UnaryCall? call in _calls.AsSpan())
        {
            if (call is null)
            {
                continue;
            }
            Outcome outcome = call.IsAnswered ? Outcome.Replied : call.Worker.IsNone ? Outcome.WorkerLostNotStarted : Outcome.WorkerLostMayHaveRun;
            batch.Ended.Add(new EndedCall(call, new CallEnd(outcome, call.ReplyKind, IdOf(call.Worker), Defect: defect)));
            call = null;
            ended++;
        }
        return ended;
    }

    private int OrphanWorkers_NeedsLock(long now, Exception error)
    {
        int known = _orphans.Count;
        foreach (List<PoolWorker> slot in _workers)
        {
            foreach (PoolWorker worker in slot.Where(static worker => worker.Death is null))
            {
                worker.KilledBecause ??= $"a defect of Snakepit ended its pool's kernel ({error.GetType().Name})";
                _orphans.Add(worker);
            }
            slot.Clear();
        }
        if (_orphans.Count > known)
        {
            _orphansUntil = PoolKernel.SafeAdd(now, ToUnits(_options.Stop.KillTimeout));
        }
        return _orphans.Count - known;
    }

    private void ReplaceKernel_NeedsLock()
    {
        _earlier = _earlier.Plus(_kernel);
        PoolState before = _kernel.State;
        _plan = _plan with { Size = _kernel.Target, EarlierGenerations = _lastGeneration };
        _kernel = new PoolKernel(_plan, ++_seed);
        _trace = new KernelTrace(_kernel, _plan, _seed) { Fault = _trace.Fault };
        if (before != _kernel.State)
        {
            _reports.Enqueue(new Report(new Effect(EffectKind.ReportPoolState, default, Argument: ((long)before << 8) | (long)_kernel.State)));
        }
        foreach (RecycleRequest request in _recycles.Values)
        {
            request.Done.TrySetResult(new SlotRecycle
            {
                Slot = request.Slot,
                Outcome = SlotRecycleOutcome.AlreadyReplaced,
                Old = IdOf(request.Old),
                Duration = Elapsed(request.BegunAt, _time.GetTimestamp()),
            });
        }
        _recycles.Clear();
        _slotFailures.Clear();
        _inputs.Clear();
        _suspectTools = [];
        _memoryIsShort = false; // the next reading tells it again
    }

    private void BeginAgain_NeedsLock(long now, StepBatch batch)
    {
        if (_stoppingAt != 0)
        {
            Command_NeedsLock(new PoolCommand(CommandKind.Shutdown), batch);
        }
        else if (_defects.IsExceeded)
        {
            _trace.Apply(new KernelStep(StepKind.CannotStart, now) { Note = new EndNote(NumberOf_NeedsLock("a defect of Snakepit")) }, batch.Effects);
        }
        else
        {
            StartIfMayStart_NeedsLock(now, batch);
        }
    }

    private void StartIfMayStart_NeedsLock(long now, StepBatch batch)
    {
        if (_launcher is not null && _orphans.Count == 0 && !_defects.IsExceeded)
        {
            _trace.Apply(new KernelStep(StepKind.Start, now), batch.Effects);
        }
    }

    /// <summary>An orphan's process has ended. After the last one the pool goes on.</summary>
    private void OnOrphanExited_NeedsLock(PoolWorker worker, long now, StepBatch batch)
    {
        _orphans.Remove(worker);
        NoteDeath_NeedsLock(worker);
        if (_orphans.Count == 0)
        {
            EndOrphans_NeedsLock(now, batch);
        }
    }

    /// <summary>Waits no longer for processes that not even SIGKILL has ended.</summary>
    private void GiveUpOrphans_NeedsLock(long now, StepBatch batch)
    {
        if (now < _orphansUntil)
        {
            return;
        }
        foreach (PoolWorker worker in _orphans)
        {
            worker.EndStart();
            _reports.Enqueue(new Report(new Effect(EffectKind.ReportUnkillable, worker.Key), worker));
        }
        _orphans.Clear();
        EndOrphans_NeedsLock(now, batch);
    }

    private void EndOrphans_NeedsLock(long now, StepBatch batch)
    {
        _orphansUntil = long.MaxValue;
        if (_stopsAfterOrphans)
        {
            NoteStopped_NeedsLock();
        }
        else if (_stoppingAt == 0)
        {
            StartIfMayStart_NeedsLock(now, batch);
        }
    }

    /// <summary>The kernel has nothing left. The pool has stopped when that is true of its orphans too.</summary>
    private void NoteStopped_NeedsLock()
    {
        _stopsAfterOrphans = _orphans.Count > 0;
        if (!_stopsAfterOrphans)
        {
            _reports.Enqueue(new Report(new Effect(EffectKind.ReportStopped, default)));
        }
    }

    /// <summary>The kernel's state, unless it is one that has made no step or does not know of orphans.</summary>
    private PoolState StateWith_NeedsLock(PoolState kernel) =>
        _stoppingAt != 0 && _orphans.Count > 0 ? PoolState.Stopping
        : kernel != PoolState.Starting || !_defects.IsExceeded ? kernel
        : _stoppingAt == 0 ? PoolState.Failing
        : PoolState.Stopped;

    /// <summary>Kills those that the defect left, and tells of it.</summary>
    private void Tell(Defect defect)
    {
        PoolWorker[] orphans;
        lock (_gate)
        {
            orphans = [.. _orphans];
        }
        foreach (PoolWorker worker in orphans)
        {
            TryDiscard(worker);
        }
        _reporter.Failed(defect);
        TellReports();
    }

    private void TryDiscard(PoolWorker worker)
    {
        try
        {
            worker.Discard();
        }
        catch (Exception error)
        {
            _reporter.NotKilled(worker, error);
        }
    }

    /// <summary>What the kernel takes for done has not been done: it knows nothing true any more.</summary>
    internal void OnEffectFailed(Exception error)
    {
        if (_defects.IsExceeded)
        {
            _reporter.Failed(new Defect(error, null, 0, 0, IsFinal: true));
        }
        else
        {
            Step(error, static (WorkerPool _, in Exception error, StepBatch _) =>
            {
                ExceptionDispatchInfo.Throw(error);
                return 0;
            });
        }
    }

    private WorkerLostException LostByDefect(string tool, WorkerId on, string defect, CallExecution execution, bool isIdempotent)
    {
        string worker = on == default ? "" : string.Create(CultureInfo.InvariantCulture, $" on worker {on}");
        string fate = execution == CallExecution.MayHaveRun ? "The tool may have run." : "The tool did not run.";
        return new WorkerLostException(
            $"'{tool}'{worker} was ended by a defect of Snakepit in pool '{Name}' ({defect}). {fate} The pool kills its workers and starts again; other pools are not affected. The log has the trace; please report it.")
        {
            Worker = on,
            Execution = execution,
            IsIdempotent = isIdempotent,
        };
    }
}
