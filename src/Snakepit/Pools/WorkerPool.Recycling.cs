using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <content>RecycleAsync: requests, those who wait for them, and their reports.</content>
internal sealed partial class WorkerPool
{
    private const int MaxSize = 10_000;
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(49); // a timer counts no further
    private readonly Dictionary<WorkerKey, RecycleRequest> _recycles = []; // by the worker that is to go; generation 0: a slot without one

    public async Task<RecycleReport> RecycleAsync(int? slot, CancellationToken cancellationToken)
    {
        if (slot is { } one)
        {
            CheckSlot(one);
        }
        int[] slots;
        lock (_gate)
        {
            slots = slot is { } s ? [s] : [.. Enumerable.Range(0, _kernel.SlotCount).Where(s => s < _kernel.Target || !_kernel.CurrentOf(s).IsNone)];
        }
        return await RecycleAsync(slots, default, cancellationToken).ConfigureAwait(false);
    }

    public Task<RecycleReport> RecycleAsync(WorkerId worker, CancellationToken cancellationToken)
    {
        if (worker.Pool != Name)
        {
            throw new ArgumentException($"{worker} is a worker of pool '{worker.Pool}', not of '{Name}'.", nameof(worker));
        }
        return RecycleAsync([worker.Slot], new WorkerKey(worker.Slot, worker.Generation), cancellationToken);
    }

    public async Task ResizeAsync(int size, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, Math.Max(1, _options.MinReady));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxSize);
        lock (_gate)
        {
            if (_kernel.State is PoolState.Stopping or PoolState.Stopped)
            {
                throw Stopped();
            }
        }
        Command(new PoolCommand(CommandKind.Resize, Value: size));
        lock (_gate)
        {
            ServeReadyWaiters_NeedsLock(); // of an earlier size
        }
        await WaitForServingAsync(size, cancellationToken).ConfigureAwait(false);
    }

    private async Task WaitForServingAsync(int wanted, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TimeSpan patience;
        lock (_gate)
        {
            patience = PatienceWith_NeedsLock(wanted);
            _readyWaiters.Add((wanted, done));
            ServeReadyWaiters_NeedsLock();
        }
        try
        {
            await done.Task.WaitAsync(patience, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw NotEnoughReady(wanted);
        }
        finally
        {
            done.TrySetCanceled(CancellationToken.None); // so that it is forgotten
        }
    }

    /// <summary>How long to wait for workers: they start one after another at worst.</summary>
    private TimeSpan PatienceWith_NeedsLock(int wanted)
    {
        int missing = Math.Max(1, wanted - _kernel.ServingCount - _kernel.RestingCount);
        TimeSpan starts = (_options.Boot.Timeout * missing) + _options.Restart.MaxBackoff;
        return starts < s_longestWait ? starts : s_longestWait;
    }

    private void CheckSlot(int slot)
    {
        int count;
        lock (_gate)
        {
            count = _kernel.SlotCount;
        }
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, count);
    }

    private async Task<RecycleReport> RecycleAsync(int[] targets, WorkerKey only, CancellationToken cancellationToken)
    {
        long begun = _time.GetTimestamp();
        RecycleRequest[] requests = [.. targets.Select(slot => RequestRecycle(slot, only))];
        try
        {
            SlotRecycle[] slots = await Task.WhenAll(requests.Select(static r => r.Done.Task)).WaitAsync(cancellationToken).ConfigureAwait(false);
            return new RecycleReport { Pool = Name, Slots = slots, Duration = Elapsed(begun, _time.GetTimestamp()) };
        }
        finally
        {
            Array.ForEach(requests, LeaveRequest);
        }
    }

    private RecycleRequest RequestRecycle(int slot, WorkerKey only)
    {
        lock (_gate)
        {
            if (_kernel.State is PoolState.Stopping or PoolState.Stopped)
            {
                throw Stopped();
            }
        }
        return Step((slot, only), static (pool, in target, batch) => pool.RequestRecycle_NeedsLock(target.slot, target.only, batch))
            ?? RecycleRequest.Ended(new SlotRecycle { Slot = slot, Outcome = SlotRecycleOutcome.AlreadyReplaced, Old = IdOf(only) }); // a defect has ended all workers
    }

    private RecycleRequest RequestRecycle_NeedsLock(int slot, WorkerKey only, StepBatch batch)
    {
        if (FindRequest_NeedsLock(slot, only) is { } underWay)
        {
            underWay.Waiters++;
            return underWay;
        }
        WorkerKey current = _kernel.CurrentOf(slot);
        var request = new RecycleRequest(slot, new WorkerKey(slot, current.Generation), _time.GetTimestamp());
        if (!only.IsNone && current != only)
        {
            request.Done.TrySetResult(new SlotRecycle
            {
                Slot = slot,
                Outcome = SlotRecycleOutcome.AlreadyReplaced,
                Old = IdOf(only),
                New = current.IsNone ? null : IdOf(current),
            });
            return request;
        }
        _recycles[request.Old] = request;
        Command_NeedsLock(new PoolCommand(CommandKind.Recycle, slot), batch);
        return request;
    }

    private RecycleRequest? FindRequest_NeedsLock(int slot, WorkerKey only) => only.IsNone
        ? _recycles.Values.FirstOrDefault(request => request.Slot == slot)
        : _recycles.GetValueOrDefault(only);

    /// <summary>The request that this worker's replacement, or the first start in its slot, answers.</summary>
    private RecycleRequest? FindRequest_NeedsLock(WorkerKey old) => _recycles.GetValueOrDefault(old) ?? _recycles.GetValueOrDefault(new WorkerKey(old.Slot, 0));

    /// <summary>One who waited has gone. With the last of them a replacement that has not begun is called off, in the same step: a request for the slot
    /// that comes in between would be called off with it.</summary>
    private void LeaveRequest(RecycleRequest request) => Step(request, static (pool, in request, batch) =>
    {
        if (--request.Waiters == 0 && pool._recycles.GetValueOrDefault(request.Old) == request)
        {
            pool._recycles.Remove(request.Old);
            pool.Command_NeedsLock(new PoolCommand(CommandKind.CancelRecycle, request.Slot), batch);
        }
        return 0;
    });

    private void OnRecycled(in Effect effect, PoolWorker old)
    {
        (WorkerKey successor, int lost) = Succession.Unpack(effect.Argument);
        WorkerId? replacement = successor.IsNone ? null : new WorkerId(Name, successor.Slot, successor.Generation);
        _reporter.Recycled(old, ToPublic(effect.Reason), replacement, lost);
        lock (_gate)
        {
            if (FindRequest_NeedsLock(effect.Worker) is { } request)
            {
                request.EndProblem = old.EndProblem;
            }
        }
        if (effect.Reason == Reason.Unresponsive)
        {
            _reporter.HealthCheckFailed(old, HealthFailureReason.NoSignOfLife, old.KilledBecause ?? "");
        }
        if (replacement is not null)
        {
            EndRecycle(effect.Worker, SlotRecycleOutcome.Replaced, replacement, null);
        }
    }

    /// <summary>The worker that was stopped first has its successor, or is to have none.</summary>
    private void OnRefilled(in Effect effect)
    {
        var old = new WorkerKey(effect.Worker.Slot, (int)effect.Argument);
        WorkerId? successor = effect.Worker.IsNone ? null : new WorkerId(Name, effect.Worker.Slot, effect.Worker.Generation);
        EndRecycle(old, SlotRecycleOutcome.Replaced, successor, null, stoppedFirst: true);
    }

    private void OnRecycleEnded(in Effect effect, SnakepitException? failure)
    {
        bool kept = effect.Kind == EffectKind.ReportKeptOld;
        WorkerId? replacement = !kept && effect.Argument > 0 ? new WorkerId(Name, effect.Worker.Slot, (int)effect.Argument) : null;
        string? because = !kept ? null
            : effect.Reason == Reason.Shutdown ? "the pool stopped"
            : effect.Reason == Reason.None ? TurnDidNotCome(failure)
            : failure?.Message;
        EndRecycle(effect.Worker, kept ? SlotRecycleOutcome.KeptOld : SlotRecycleOutcome.AlreadyReplaced, replacement, because);
    }

    private string TurnDidNotCome(SnakepitException? failure)
    {
        string last = failure is null ? "" : $"; the last start failed: {failure.Message}";
        return $"its turn did not come within Boot.Timeout ({Shown.Duration(_options.Boot.Timeout)}) and Restart.MaxBackoff ({Shown.Duration(_options.Restart.MaxBackoff)}){last}";
    }

    private void EndRecycle(WorkerKey old, SlotRecycleOutcome outcome, WorkerId? replacement, string? failureReason, bool stoppedFirst = false)
    {
        RecycleRequest? request;
        lock (_gate)
        {
            request = FindRequest_NeedsLock(old);
            if (request is null)
            {
                return; // another trigger's replacement
            }
            _recycles.Remove(request.Old);
        }
        TimeSpan took = Elapsed(request.BegunAt, _time.GetTimestamp());
        request.Done.TrySetResult(new SlotRecycle
        {
            Slot = old.Slot,
            Outcome = outcome,
            Old = new WorkerId(Name, old.Slot, old.Generation),
            New = replacement,
            Duration = took,
            FailureReason = failureReason,
            StoppedFirst = stoppedFirst,
            EndProblem = request.EndProblem,
        });
    }

    private void EndRecycles()
    {
        RecycleRequest[] left;
        lock (_gate)
        {
            left = [.. _recycles.Values];
        }
        foreach (RecycleRequest request in left)
        {
            EndRecycle(new WorkerKey(request.Slot, request.Old.Generation), SlotRecycleOutcome.KeptOld, null, "the pool stopped");
        }
    }

    private sealed class RecycleRequest(int slot, WorkerKey old, long begunAt)
    {
        public int Slot { get; } = slot;

        /// <summary>The worker that is to go; none when the slot had no serving worker.</summary>
        public WorkerKey Old { get; } = old;

        public long BegunAt { get; } = begunAt;

        public int Waiters { get; set; } = 1;

        public string? EndProblem { get; set; }

        public TaskCompletionSource<SlotRecycle> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static RecycleRequest Ended(SlotRecycle how)
        {
            var request = new RecycleRequest(how.Slot, default, 0);
            request.Done.SetResult(how);
            return request;
        }
    }
}
