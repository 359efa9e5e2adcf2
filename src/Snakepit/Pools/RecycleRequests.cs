using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>The requests of RecycleAsync, their callers, and their reports.</summary>
internal sealed class RecycleRequests(PoolContext pool, PoolCore core, Shutdown shutdown) : IKernelBound
{
    // By the worker that is to be replaced; generation 0 for a slot without one.
    private readonly Dictionary<WorkerKey, RecycleRequest> _requests = [];

    public async Task<RecycleReport> RecycleAsync(int? slot, CancellationToken cancellationToken)
    {
        if (slot is { } one)
        {
            core.CheckSlot(one);
        }
        int[] slots = slot is { } only ? [only] : core.Locked(core, static core => FindSlots(core.Kernel));
        return await RecycleAsync(slots, default, cancellationToken).ConfigureAwait(false);
    }

    public Task<RecycleReport> RecycleAsync(WorkerId worker, CancellationToken cancellationToken)
    {
        if (worker.Pool != pool.Name)
        {
            throw new ArgumentException($"{worker} is a worker of pool '{worker.Pool}', not of '{pool.Name}'.", nameof(worker));
        }
        return RecycleAsync([worker.Slot], new WorkerKey(worker.Slot, worker.Generation), cancellationToken);
    }

    /// <summary>A worker was recycled: ends the request for it, if there is one and a replacement serves.</summary>
    public void OnRecycled(in Effect effect, PoolWorker old)
    {
        core.Locked((self: this, effect.Worker, old.End.Problem), static x => x.self.NoteProblem_NeedsLock(x.Worker, x.Problem));
        if (ToPublic(effect.Replacement) is { } replacement)
        {
            End(effect.Worker, new Ending(SlotRecycleOutcome.Replaced, replacement));
        }
    }

    /// <summary>The worker that was stopped first has a successor, or is to have none.</summary>
    public void OnRefilled(in Effect effect) => End(
        effect.StoppedFirst, new Ending(SlotRecycleOutcome.Replaced, ToPublic(effect.Worker), StoppedFirst: true));

    /// <summary>The replacement of a worker that was stopped first could not start.</summary>
    public void OnNotRefilled(in Effect effect, string? failure) => End(
        effect.StoppedFirst, new Ending(SlotRecycleOutcome.NotReplaced, Failure: failure, StoppedFirst: true));

    /// <summary>Nothing is replaced: the old worker stays, or was replaced before.</summary>
    public void OnNotRecycled(in Effect effect, SnakepitException? failure)
    {
        if (effect.Kind == EffectKind.AlreadyReplaced)
        {
            End(effect.Worker, new Ending(SlotRecycleOutcome.AlreadyReplaced, ToPublic(effect.Replacement)));
            return;
        }
        string? why = effect.Reason switch
        {
            Reason.Shutdown => "the pool stopped",
            Reason.None => TurnDidNotCome(failure),
            _ => failure?.Message,
        };
        End(effect.Worker, new Ending(SlotRecycleOutcome.KeptOld, Failure: why));
    }

    /// <summary>The pool has stopped.</summary>
    public void EndAll()
    {
        WorkerKey[] all = core.Locked(_requests, static requests => requests.Values.Select(static request => request.Old).ToArray());
        foreach (WorkerKey old in all)
        {
            End(old, new Ending(SlotRecycleOutcome.KeptOld, Failure: "the pool stopped"));
        }
    }

    void IKernelBound.OnKernelReplaced_NeedsLock()
    {
        foreach (RecycleRequest request in _requests.Values)
        {
            Complete(request, request.Old, new Ending(SlotRecycleOutcome.AlreadyReplaced));
        }
        _requests.Clear();
    }

    private async Task<RecycleReport> RecycleAsync(int[] targets, WorkerKey only, CancellationToken cancellationToken)
    {
        long begun = pool.Clock.Now;
        RecycleRequest[] requests = [.. targets.Select(slot => Request(slot, only))];
        try
        {
            SlotRecycle[] slots =
                await Task.WhenAll(requests.Select(static r => r.Done.Task)).WaitAsync(cancellationToken).ConfigureAwait(false);
            return new RecycleReport { Pool = pool.Name, Slots = slots, Duration = pool.Clock.Elapsed(begun) };
        }
        finally
        {
            Array.ForEach(requests, StopWaiting);
        }
    }

    private RecycleRequest Request(int slot, WorkerKey only)
    {
        shutdown.ThrowIfStopping();
        return core.Step(
            (self: this, slot, only), static (in target, batch) => target.self.Request_NeedsLock(target.slot, target.only, batch))
            ?? RecycleRequest.Ended(AlreadyReplaced(slot, only)); // a defect has ended all workers
    }

    private RecycleRequest Request_NeedsLock(int slot, WorkerKey only, StepBatch batch)
    {
        RecycleRequest? underWay = only.IsNone
            ? _requests.Values.FirstOrDefault(request => request.Slot == slot)
            : _requests.GetValueOrDefault(only);
        if (underWay is not null)
        {
            underWay.Waiters++;
            return underWay;
        }
        WorkerKey current = core.Kernel.CurrentOf(slot);
        if (!only.IsNone && current != only)
        {
            return RecycleRequest.Ended(AlreadyReplaced(slot, only) with { New = ToPublic(current) });
        }
        var request = new RecycleRequest(slot, new WorkerKey(slot, current.Generation), pool.Clock.Now);
        _requests[request.Old] = request;
        core.Command_NeedsLock(new PoolCommand(CommandKind.Recycle, slot), batch);
        return request;
    }

    /// <summary>
    /// A caller stops waiting. If it was the last one and the replacement has not begun, the request is cancelled in the same step;
    /// otherwise a new request for the slot could come in between and be cancelled as well.
    /// </summary>
    private void StopWaiting(RecycleRequest request) => core.Step((self: this, request), static (in left, batch) =>
    {
        left.self.StopWaiting_NeedsLock(left.request, batch);
        return 0;
    });

    private void StopWaiting_NeedsLock(RecycleRequest request, StepBatch batch)
    {
        if (--request.Waiters == 0 && _requests.GetValueOrDefault(request.Old) == request)
        {
            _requests.Remove(request.Old);
            core.Command_NeedsLock(new PoolCommand(CommandKind.CancelRecycle, request.Slot), batch);
        }
    }

    /// <summary>
    /// Returns the request that this worker's replacement, or the first start in its slot, completes; null when the replacement has another
    /// trigger.
    /// </summary>
    private RecycleRequest? Find_NeedsLock(WorkerKey old) =>
        _requests.GetValueOrDefault(old) ?? _requests.GetValueOrDefault(new WorkerKey(old.Slot, 0));

    private int NoteProblem_NeedsLock(WorkerKey old, string? problem)
    {
        if (Find_NeedsLock(old) is { } request)
        {
            request.EndProblem = problem;
        }
        return 0;
    }

    private RecycleRequest? Take_NeedsLock(WorkerKey old)
    {
        RecycleRequest? request = Find_NeedsLock(old);
        if (request is not null)
        {
            _requests.Remove(request.Old);
        }
        return request;
    }

    private void End(WorkerKey old, in Ending how)
    {
        if (core.Locked((self: this, old), static x => x.self.Take_NeedsLock(x.old)) is { } request)
        {
            Complete(request, old, how);
        }
    }

    private void Complete(RecycleRequest request, WorkerKey old, in Ending how) => request.Done.TrySetResult(new SlotRecycle
    {
        Slot = old.Slot,
        Outcome = how.Outcome,
        Old = new WorkerId(pool.Name, old.Slot, old.Generation),
        New = how.New,
        Duration = pool.Clock.Elapsed(request.BegunAt),
        FailureReason = how.Failure,
        StoppedFirst = how.StoppedFirst,
        EndProblem = request.EndProblem,
    });

    private SlotRecycle AlreadyReplaced(int slot, WorkerKey old) =>
        new() { Slot = slot, Outcome = SlotRecycleOutcome.AlreadyReplaced, Old = pool.IdOf(old) };

    private static int[] FindSlots(PoolKernel kernel) =>
        [.. Enumerable.Range(0, kernel.SlotCount).Where(slot => slot < kernel.Target || !kernel.CurrentOf(slot).IsNone)];

    private WorkerId? ToPublic(WorkerKey worker) => worker.IsNone ? null : pool.IdOf(worker);

    private string TurnDidNotCome(SnakepitException? failure)
    {
        string last = failure is null ? "" : $"; the last start failed: {failure.Message}";
        BootOptions boot = pool.Options.Boot;
        return $"its turn did not come within Boot.Timeout ({Shown.Duration(boot.Timeout)}) and Restart.MaxBackoff "
            + $"({Shown.Duration(pool.Options.Restart.MaxBackoff)}){last}";
    }

    /// <summary>The result of a request.</summary>
    private readonly record struct Ending(
        SlotRecycleOutcome Outcome, WorkerId? New = null, string? Failure = null, bool StoppedFirst = false);
}
