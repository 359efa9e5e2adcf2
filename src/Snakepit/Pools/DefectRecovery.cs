using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>
/// Recovers from a defect: calls end, workers are killed, and a new, empty kernel starts once their processes have ended. Owns the workers
/// of earlier kernels.
/// </summary>
internal sealed class DefectRecovery(
    PoolContext pool, PoolCore core, OpenCalls calls, WorkerDirectory workers, DeathBook deaths, DefectCount defects, Shutdown shutdown,
    ReportQueue reports, Readiness readiness, CallDesk desk, StartErrors errors, IReadOnlyList<IKernelBound> bound)
{
    private readonly HashSet<PoolWorker> _orphans = []; // workers of an earlier kernel, until their processes have ended
    private bool _stopsAfterOrphans; // the kernel has stopped

    /// <summary>The time until which the orphans are awaited. Under the pool's lock.</summary>
    public long OrphansUntil { get; private set; } = long.MaxValue;

    /// <summary>Whether there have been too many defects, so that the pool has ended.</summary>
    public bool IsExceeded => defects.IsExceeded;

    /// <summary>The defect after which no kernel continues; null while one does.</summary>
    public string? FinalDefect_NeedsLock => defects.IsExceeded ? defects.Last : null;

    /// <summary>Returns whether a worker belongs to an earlier kernel. Under the pool's lock.</summary>
    public bool IsOrphan(PoolWorker worker) => _orphans.Contains(worker);

    /// <summary>
    /// Ends everything that depended on the failed kernel, and begins with a new one. The step's batch keeps only what the defect left to
    /// do, and the calls that had ended before.
    /// </summary>
    public void StartAgain_NeedsLock(Exception error, StepBatch batch)
    {
        batch.Abort();
        long now = pool.Clock.Now;
        TraceDump? trace = IsExceeded ? null : TryDumpTrace_NeedsLock();
        defects.Add(now, error);
        int endedCalls = calls.EndAll(defects.Last, batch.Ended);
        int killed = OrphanWorkers_NeedsLock(now, error);
        batch.Defect = new Defect(error, trace, endedCalls, killed, IsExceeded);
        if (IsExceeded)
        {
            string window = Shown.Duration(pool.Options.Restart.Window);
            deaths.LastStartFailure = errors.GaveUp(
                error,
                $"{DefectCount.Most} times within Restart.Window ({window}), the last time with {defects.Last} "
                + "The adapter is not the cause.");
        }
        ReplaceKernel_NeedsLock();
        try
        {
            BeginAgain_NeedsLock(now, batch);
            core.AfterStep_NeedsLock(batch);
        }
        catch (Exception again)
        {
            EndForGood_NeedsLock(again, batch);
        }
    }

    /// <summary>Starts the kernel, unless the pool may not start yet, or not any more.</summary>
    public void StartIfMayStart_NeedsLock(long now, StepBatch batch)
    {
        if (workers.Source is not null && _orphans.Count == 0 && !IsExceeded)
        {
            core.Apply_NeedsLock(new KernelStep(StepKind.Start, now), batch);
        }
    }

    /// <summary>Handles the end of an orphan's process. After the last one, the pool continues.</summary>
    public void OnOrphanExited_NeedsLock(PoolWorker worker, long now, StepBatch batch)
    {
        _orphans.Remove(worker);
        deaths.Keep(worker);
        if (_orphans.Count == 0)
        {
            EndOrphans_NeedsLock(now, batch);
        }
    }

    /// <summary>Stops waiting for processes that not even SIGKILL has ended.</summary>
    public void GiveUpOrphans_NeedsLock(long now, StepBatch batch)
    {
        if (now < OrphansUntil)
        {
            return;
        }
        foreach (PoolWorker worker in _orphans)
        {
            worker.Process.EndStart();
            reports.Add(new Report(Effect.WorkerUnkillable(worker.Key), worker));
        }
        _orphans.Clear();
        EndOrphans_NeedsLock(now, batch);
    }

    /// <summary>The kernel has stopped. The pool has stopped when its orphans have ended too.</summary>
    public void NoteStopped_NeedsLock()
    {
        _stopsAfterOrphans = _orphans.Count > 0;
        if (!_stopsAfterOrphans)
        {
            reports.Add(new Report(Effect.PoolStopped()));
        }
    }

    /// <summary>Returns the pool's state: the kernel's, unless the kernel has not made a step yet or does not know of orphans.</summary>
    public PoolState StateWith_NeedsLock(PoolState kernel) =>
        shutdown.BegunAt != 0 && _orphans.Count > 0 ? PoolState.Stopping
        : kernel != PoolState.Starting || !IsExceeded ? kernel
        : shutdown.BegunAt == 0 ? PoolState.Failing
        : PoolState.Stopped;

    /// <summary>Kills the workers that the defect left, and reports it.</summary>
    public void Tell(Defect defect)
    {
        foreach (PoolWorker worker in core.Locked(_orphans, static orphans => orphans.ToArray()))
        {
            TryAbort(worker);
        }
        pool.Reporter.Failed(defect);
    }

    /// <summary>Not even a new kernel makes its first step: the pool accepts no calls, and its stop needs no kernel.</summary>
    private void EndForGood_NeedsLock(Exception error, StepBatch batch)
    {
        batch.Abort();
        batch.Defect = batch.Defect! with { IsFinal = true };
        defects.Exceed();
        deaths.LastStartFailure ??= errors.GaveUp(error, $"with {Shown.Headline(error)}");
        ReplaceKernel_NeedsLock();
        batch.HasReports = true;
        desk.OpenRoom_NeedsLock(batch);
        readiness.Serve_NeedsLock();
        if (shutdown.BegunAt != 0)
        {
            NoteStopped_NeedsLock();
        }
    }

    private TraceDump? TryDumpTrace_NeedsLock()
    {
        try
        {
            return core.Live.Dump();
        }
        catch (Exception)
        {
            return null; // part of the defect
        }
    }

    private int OrphanWorkers_NeedsLock(long now, Exception error)
    {
        int known = _orphans.Count;
        foreach (PoolWorker worker in workers.Clear())
        {
            worker.End.KilledBecause ??= $"a defect of Snakepit ended its pool's kernel ({error.GetType().Name})";
            _orphans.Add(worker);
        }
        if (_orphans.Count > known)
        {
            OrphansUntil = PoolKernel.SafeAdd(now, pool.Clock.ToUnits(pool.Options.Stop.KillTimeout));
        }
        return _orphans.Count - known;
    }

    private void ReplaceKernel_NeedsLock()
    {
        PoolState before = core.Kernel.State;
        core.Live.Replace(workers.LastGeneration);
        PoolState after = core.Kernel.State;
        if (before != after)
        {
            reports.Add(new Report(Effect.StateChanged(before, after)));
        }
        foreach (IKernelBound state in bound)
        {
            state.OnKernelReplaced_NeedsLock();
        }
    }

    private void BeginAgain_NeedsLock(long now, StepBatch batch)
    {
        if (shutdown.BegunAt != 0)
        {
            core.Command_NeedsLock(new PoolCommand(CommandKind.Shutdown), batch);
        }
        else if (IsExceeded)
        {
            core.Apply_NeedsLock(new KernelStep(StepKind.CannotStart, now) { Note = deaths.Causes.NoteOf("a defect of Snakepit") }, batch);
        }
        else
        {
            StartIfMayStart_NeedsLock(now, batch);
        }
    }

    private void EndOrphans_NeedsLock(long now, StepBatch batch)
    {
        OrphansUntil = long.MaxValue;
        if (_stopsAfterOrphans)
        {
            NoteStopped_NeedsLock();
        }
        else if (shutdown.BegunAt == 0)
        {
            StartIfMayStart_NeedsLock(now, batch);
        }
    }

    private void TryAbort(PoolWorker worker)
    {
        try
        {
            worker.Process.Abort();
        }
        catch (Exception error)
        {
            pool.Reporter.NotKilled(worker, error);
        }
    }
}
