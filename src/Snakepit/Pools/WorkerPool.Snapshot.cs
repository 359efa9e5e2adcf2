using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <content>Looking at the pool: what its users see, and its gauges.</content>
internal sealed partial class WorkerPool
{
    public PoolSnapshot GetSnapshot()
    {
        RefreshReadings();
        var view = new PoolView();
        long now;
        int tainted, queued, waitingForRoom;
        (PoolWorker? Worker, string? Tool, long SubmittedAt)[] known;
        long endedRequests;
        long endedOvershoot;
        long[] recycles = new long[_recyclesByReason.Length];
        PoolCounts earlier;
        PoolState state;
        DeathReport[] deaths;
        RestartSnapshot[] restarts;
        QuarantinedInput[] quarantine;
        lock (_gate)
        {
            now = _time.GetTimestamp();
            _kernel.CopyTo(view, withCalls: false);
            tainted = _kernel.CountTainted(-1);
            queued = _kernel.QueueLength;
            waitingForRoom = _room?.Count ?? 0;
            known = new (PoolWorker?, string?, long)[view.Workers.Count];
            for (int i = 0; i < known.Length; i++)
            {
                WorkerView worker = view.Workers[i];
                known[i] = worker.Call.IsNone
                    ? (FindWorker(worker.Key), null, 0)
                    : (FindWorker(worker.Key), _toolNames[worker.Call.Index], _calls[worker.Call.Index]?.Request.SubmittedAt ?? now);
            }
            endedRequests = _endedRequests;
            endedOvershoot = _endedOvershoot;
            _recyclesByReason.CopyTo(recycles, 0);
            earlier = _earlier;
            state = StateWith_NeedsLock(view.State);
            deaths = _deaths.ToArray();
            restarts = view.Restarts.Count == 0 ? [] : [.. view.Restarts.Where(row => row.EndsAt >= now).Select(row => Describe_NeedsLock(row, now))];
            quarantine = view.Suspects.Count == 0 ? [] : [.. view.Suspects.Where(suspect => suspect.Until > now).Select(suspect => Describe_NeedsLock(suspect, now))];
        }
        return new PoolSnapshot
        {
            Name = Name,
            State = state,
            Size = view.Target,
            Spares = view.Workers.Count(static worker => worker is { Role: WorkerRole.Next, Phase: WorkerPhase.Ready, TaintedUntil: 0 }),
            Resting = view.Resting,
            Tainted = tainted,
            Ready = view.Ready,
            QueueLength = queued,
            QueueLimit = _options.Queue.Limit,
            WaitingForRoom = waitingForRoom,
            Running = view.Workers.Sum(static worker => worker.Load - worker.Waiting),
            MaxConcurrent = _options.Call.MaxConcurrent,
            Accepted = earlier.Accepted + view.Accepted,
            Rejected = earlier.Rejected + view.Rejected,
            Recycled = earlier.Recycled + view.Recycled,
            Workers = [.. view.Workers.Zip(known).Where(static worker => worker.Second.Worker is not null).Select(
                worker => Describe(worker.First, worker.Second.Worker!, now) with { RunningTools = DescribeTools(worker.Second, now) })],
            Lifecycle = Count(view, recycles, endedRequests, endedOvershoot, now),
            LastDeaths = deaths,
            Breaker = _pipeline?.Breaker,
            Restarts = restarts,
            Quarantine = quarantine,
            Options = _effectiveOptions,
            LastStartFailure = _lastStartFailure,
        };
    }

    private PoolGauges ReadGauges()
    {
        RefreshReadings();
        var view = new PoolView();
        long now;
        int queued, waitingForRoom;
        long endedOvershoot;
        List<(int Slot, SampledProcess? Sampled)> current = [];
        lock (_gate)
        {
            now = _time.GetTimestamp();
            _kernel.CopyTo(view, withCalls: false);
            queued = _kernel.QueueLength;
            waitingForRoom = _room?.Count ?? 0;
            foreach (WorkerView worker in view.Workers)
            {
                if (worker.Role == WorkerRole.Current)
                {
                    current.Add((worker.Key.Slot, FindWorker(worker.Key)?.Sampled));
                }
            }
            endedOvershoot = _endedOvershoot;
        }
        List<SlotGauge> slots =
            [.. current.Select(static worker => new SlotGauge(worker.Slot, worker.Sampled?.Reading?.Current ?? 0, worker.Sampled?.CpuTime ?? TimeSpan.Zero))];
        int Count(WorkerPhase phase) => view.Workers.Count(worker => worker.Phase == phase && !worker.Exhausted);
        return new PoolGauges(
            queued,
            Count(WorkerPhase.Launching), Count(WorkerPhase.Booting), Count(WorkerPhase.Ready),
            Count(WorkerPhase.Serving), Count(WorkerPhase.Draining), Count(WorkerPhase.Stopping),
            view.Workers.Count(worker => IsNearTtl(worker, now)), view.Workers.Count(IsNearMaxRequests), slots,
            view.Workers.Count(static worker => worker.Exhausted), view.Workers.Count(IsOverdue), CountOvershoot(view, endedOvershoot), waitingForRoom);
    }

    private WorkerSnapshot Describe(in WorkerView worker, PoolWorker known, long now) => new()
    {
        Id = known.Id,
        Pid = known.Pid,
        State = worker.Exhausted ? WorkerState.Exhausted : (WorkerState)worker.Phase,
        StartedAt = known.StartedAt,
        Age = Elapsed(known.LaunchedAt, now),
        Requests = worker.Requests - worker.Waiting,
        Running = worker.Load - worker.Waiting,
        Waiting = worker.Waiting,
        EffectiveMaxRequests = _options.Recycle.MaxRequests,
        Overshoot = OvershootOf(worker.Requests - worker.Waiting),
        OverdueFor = IsOverdue(worker) ? Elapsed(worker.DueSince, now) : null,
        FailedReplacements = worker.FailedReplacements,
        EffectiveTtl = EffectiveTtl(worker),
        ConsecutiveErrors = worker.Errors,
        Device = known.Device,
        TaintedUntil = worker.TaintedUntil > now ? _time.GetUtcNow() + Elapsed(now, worker.TaintedUntil) : null,
        CpuTime = known.Sampled?.CpuTime,
        Memory = known.Sampled?.Reading is { } memory ? Describe(memory) : null,
        Unresponsiveness = worker.Unresponsive ? DescribeSilence(known, now) : null,
        RecycleReason = (worker.Wanted == Reason.None ? worker.Leaving : worker.Wanted) is > Reason.None and < Reason.Shutdown and var reason ? ToPublic(reason) : null,
    };

    private static WorkerMemory Describe(in MemoryReading reading) => new()
    {
        Current = MemorySize.FromBytes(reading.Current),
        Peak = MemorySize.FromBytes(reading.Peak),
        Baseline = MemorySize.FromBytes(reading.Baseline),
        SoftLimit = reading.EffectiveSoftLimit is { } soft ? MemorySize.FromBytes(soft) : null,
        HardLimit = reading.HardLimit is { } hard ? MemorySize.FromBytes(hard) : null,
    };

    private RunningTool[] DescribeTools((PoolWorker? Worker, string? Tool, long SubmittedAt) running, long now) => running.Tool is null
        ? []
        : [new RunningTool { Name = running.Tool, Elapsed = running.Worker?.Channel?.RunningFor ?? Elapsed(running.SubmittedAt, now) }];
}
