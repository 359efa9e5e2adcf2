using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <content>RecycleAsync: requests, those who wait for them, and their reports.</content>
internal sealed partial class WorkerPool
{
    private readonly Dictionary<int, RecycleRequest> _recycles = [];

    public async Task<RecycleReport> RecycleAsync(int? slot, CancellationToken cancellationToken)
    {
        if (slot is { } one)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(one, nameof(slot));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(one, _options.Size, nameof(slot));
        }
        long begun = _time.GetTimestamp();
        RecycleRequest[] requests = [.. (slot is { } s ? [s] : Enumerable.Range(0, _options.Size)).Select(RequestRecycle)];
        try
        {
            SlotRecycle[] slots = await Task.WhenAll(requests.Select(static r => r.Done.Task)).WaitAsync(cancellationToken).ConfigureAwait(false);
            return new RecycleReport(Name, slots, Elapsed(begun, _time.GetTimestamp()));
        }
        finally
        {
            Array.ForEach(requests, LeaveRequest);
        }
    }

    private RecycleRequest RequestRecycle(int slot)
    {
        StepBatch batch = StepBatch.Rent();
        RecycleRequest request;
        lock (_gate)
        {
            if (_kernel.State is PoolState.Stopping or PoolState.Stopped)
            {
                batch.Return();
                throw Stopped();
            }
            if (_recycles.TryGetValue(slot, out RecycleRequest? underWay))
            {
                underWay.Waiters++;
                batch.Return();
                return underWay;
            }
            request = new RecycleRequest(slot, _kernel.CurrentOf(slot), _time.GetTimestamp());
            _recycles.Add(slot, request);
            Command_NeedsLock(new PoolCommand(CommandKind.Recycle, slot), batch);
        }
        Perform(batch);
        return request;
    }

    /// <summary>One who waited has gone. With the last of them a replacement that has not begun is called off, in the same step: a request for the slot
    /// that comes in between would be called off with it.</summary>
    private void LeaveRequest(RecycleRequest request)
    {
        StepBatch batch = StepBatch.Rent();
        lock (_gate)
        {
            if (--request.Waiters > 0 || _recycles.GetValueOrDefault(request.Slot) != request)
            {
                batch.Return();
                return;
            }
            _recycles.Remove(request.Slot);
            Command_NeedsLock(new PoolCommand(CommandKind.CancelRecycle, request.Slot), batch);
        }
        Perform(batch);
    }

    private void OnRecycled(in Effect effect, PoolWorker old)
    {
        (WorkerKey successor, int lost) = Succession.Unpack(effect.Argument);
        WorkerId replacement = new(Name, successor.Slot, successor.Generation);
        TimeSpan overlap = old.Death is { } death ? death.Uptime - Elapsed(old.LaunchedAt, old.ReplacementReadyAt) : TimeSpan.Zero;
        _reporter.Recycled(old, ToPublic(effect.Reason), old.Death, replacement, overlap, lost);
        EndRecycle(effect.Worker, SlotRecycleOutcome.Replaced, replacement, null);
    }

    private void OnRecycleEnded(in Effect effect)
    {
        bool kept = effect.Kind == EffectKind.ReportKeptOld;
        WorkerId? replacement = !kept && effect.Argument > 0 ? new WorkerId(Name, effect.Worker.Slot, (int)effect.Argument) : null;
        string? because = !kept ? null : effect.Reason == Reason.Shutdown ? "the pool stopped" : _lastStartFailure?.Message;
        EndRecycle(effect.Worker, kept ? SlotRecycleOutcome.KeptOld : SlotRecycleOutcome.AlreadyReplaced, replacement, because);
    }

    private void EndRecycle(WorkerKey old, SlotRecycleOutcome outcome, WorkerId? replacement, string? keptBecause)
    {
        RecycleRequest? request;
        lock (_gate)
        {
            if (!_recycles.TryGetValue(old.Slot, out request) || (!request.Old.IsNone && request.Old != old))
            {
                return; // another trigger's replacement
            }
            _recycles.Remove(old.Slot);
        }
        TimeSpan took = Elapsed(request.BegunAt, _time.GetTimestamp());
        request.Done.TrySetResult(new SlotRecycle(old.Slot, outcome, new WorkerId(Name, old.Slot, old.Generation), replacement, took, keptBecause));
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

        public TaskCompletionSource<SlotRecycle> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
