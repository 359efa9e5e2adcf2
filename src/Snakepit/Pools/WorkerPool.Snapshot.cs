using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <content>Looking at the pool: what its users see, and its gauges.</content>
internal sealed partial class WorkerPool
{
    public PoolSnapshot GetSnapshot()
    {
        var view = new PoolView();
        long now;
        int tainted;
        var known = new Dictionary<WorkerKey, PoolWorker>();
        var tools = new Dictionary<CallKey, (string Tool, long SubmittedAt)>();
        PoolCounts earlier;
        PoolState state;
        LifecycleStatistics lifecycle;
        DeathReport[] deaths;
        RestartSnapshot[] restarts;
        QuarantinedInput[] quarantine;
        lock (_gate)
        {
            now = _time.GetTimestamp();
            _kernel.CopyTo(view);
            tainted = _kernel.CountTainted(-1);
            foreach (PoolWorker worker in _workers.SelectMany(static slot => slot))
            {
                known[worker.Key] = worker;
            }
            foreach (WorkerView worker in view.Workers.Where(static worker => !worker.Call.IsNone))
            {
                tools[worker.Call] = (_toolNames[worker.Call.Index], _calls[worker.Call.Index]?.SubmittedAt ?? now);
            }
            earlier = _earlier;
            state = StateWith_NeedsLock(view.State);
            lifecycle = Count_NeedsLock(view, now);
            deaths = [.. _deaths.Reverse()];
            restarts = [.. view.Restarts.Where(row => row.EndsAt >= now).Select(row => Describe_NeedsLock(row, now))];
            quarantine = [.. view.Suspects.Where(suspect => suspect.Until > now).Select(suspect => Describe_NeedsLock(suspect, now))];
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
            QueueLength = view.Queue.Count,
            QueueLimit = _options.Queue.Limit,
            Running = view.Workers.Sum(static worker => worker.Load - worker.Waiting),
            MaxConcurrent = _options.Call.MaxConcurrent,
            Accepted = earlier.Accepted + view.Accepted,
            Rejected = earlier.Rejected + view.Rejected,
            Recycled = earlier.Recycled + view.Recycled,
            Workers = [.. view.Workers.Where(worker => known.ContainsKey(worker.Key)).Select(worker => Describe(worker, known[worker.Key], now) with
            {
                RunningTool = DescribeTool(known[worker.Key], tools.GetValueOrDefault(worker.Call), now),
            })],
            Lifecycle = lifecycle,
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
        var view = new PoolView();
        long now;
        List<SlotGauge> slots = [];
        lock (_gate)
        {
            now = _time.GetTimestamp();
            _kernel.CopyTo(view);
            foreach (WorkerView worker in view.Workers.Where(static worker => worker.Role == WorkerRole.Current))
            {
                SampledProcess? sampled = FindWorker(worker.Key)?.Sampled;
                slots.Add(new SlotGauge(worker.Key.Slot, sampled?.Reading?.Current ?? 0, sampled?.CpuTime ?? TimeSpan.Zero));
            }
        }
        int Count(WorkerPhase phase) => view.Workers.Count(worker => worker.Phase == phase);
        return new PoolGauges(
            view.Queue.Count,
            Count(WorkerPhase.Launching), Count(WorkerPhase.Booting), Count(WorkerPhase.Ready),
            Count(WorkerPhase.Serving), Count(WorkerPhase.Draining), Count(WorkerPhase.Stopping),
            view.Workers.Count(worker => IsNearTtl(worker, now)), view.Workers.Count(IsNearMaxRequests), slots);
    }

    private WorkerSnapshot Describe(in WorkerView worker, PoolWorker known, long now) => new()
    {
        Id = known.Id,
        Pid = known.Pid,
        State = (WorkerState)worker.Phase,
        StartedAt = known.StartedAt,
        Age = Elapsed(known.LaunchedAt, now),
        Requests = worker.Requests - worker.Waiting,
        Running = worker.Load - worker.Waiting,
        Waiting = worker.Waiting,
        EffectiveMaxRequests = _options.Recycle.MaxRequests,
        EffectiveTtl = EffectiveTtl(worker),
        ConsecutiveErrors = worker.Errors,
        Device = known.Device,
        TaintedUntil = worker.TaintedUntil > now ? _time.GetUtcNow() + Elapsed(now, worker.TaintedUntil) : null,
        CpuTime = known.Sampled?.CpuTime,
        Memory = known.Sampled?.Reading is { } memory ? Describe(memory) : null,
        Unresponsive = worker.Unresponsive ? DescribeSilence(known, now) : null,
        Recycling = (worker.Wanted == Reason.None ? worker.Leaving : worker.Wanted) is > Reason.None and < Reason.Shutdown and var reason ? ToPublic(reason) : null,
    };

    private static WorkerMemory Describe(in MemoryReading reading) => new(
        new MemorySize(reading.Current), new MemorySize(reading.Peak), new MemorySize(reading.Baseline),
        reading.EffectiveSoftLimit is { } soft ? new MemorySize(soft) : null, reading.HardLimit is { } hard ? new MemorySize(hard) : null);

    private RunningTool? DescribeTool(PoolWorker worker, (string? Tool, long SubmittedAt) call, long now) =>
        call.Tool is null ? null : new RunningTool(call.Tool, worker.Channel?.RunningFor ?? Elapsed(call.SubmittedAt, now));
}
