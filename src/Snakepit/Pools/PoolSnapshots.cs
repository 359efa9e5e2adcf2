using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <summary>Makes the pool's snapshots: those for users, and those for its gauges.</summary>
internal sealed class PoolSnapshots(PoolRing ring, CallDesk desk)
{
    private const double Near = 0.9;
    private readonly PoolContext _pool = ring.Pool;

    public PoolSnapshot Read()
    {
        ring.Limits.RefreshReadings();
        (PoolSnapshot pool, PoolView view, Known[] known, EndedWorkers ended, long now) =
            ring.Core.Locked(this, static self => self.Read_NeedsLock());
        Durations recent = _pool.Reporter.Durations.Recent(now);
        return pool with
        {
            MedianDuration = recent.Quantile(0.5),
            Percentile99Duration = recent.Quantile(0.99),
            Spares = view.Workers.Count(static worker => worker is { Role: WorkerRole.Next, Phase: WorkerPhase.Ready, TaintedUntil: 0 }),
            Running = view.Workers.Sum(static worker => worker.Load - worker.Waiting),
            Workers = [.. view.Workers.Zip(known).Where(static worker => worker.Second.Worker is not null).Select(
                worker => Describe(worker.First, worker.Second.Worker!, now) with { RunningTools = DescribeTools(worker.Second, now) })],
            Lifecycle = Count(ended, view, now),
            Python = pool.Python is { } python ? WithPackages(python) : null,
            Budget = ring.Limits.Budget?.Read(),
        };
    }

    public PoolGauges ReadGauges()
    {
        ring.Limits.RefreshReadings();
        var view = new PoolView();
        List<Sampled> all = [];
        (long now, int queued, int waitingForRoom, long endedOvershoot) =
            ring.Core.Locked((self: this, view, all), static x => x.self.ReadGauges_NeedsLock(x.view, x.all));
        SlotGauge[] slots = [.. all.GroupBy(static worker => worker.Slot).Select(ReadSlot)];
        int CountIn(WorkerPhase phase) => view.Workers.Count(worker => worker.Phase == phase && !worker.Exhausted);
        return new PoolGauges(
            queued,
            CountIn(WorkerPhase.Launching), CountIn(WorkerPhase.Booting), CountIn(WorkerPhase.Ready),
            CountIn(WorkerPhase.Serving), CountIn(WorkerPhase.Draining), CountIn(WorkerPhase.Stopping),
            view.Workers.Count(worker => IsNearTtl(worker, now)), view.Workers.Count(IsNearMaxRequests), slots,
            view.Workers.Count(
                static worker => worker.Exhausted), view.Workers.Count(IsOverdue), CountOvershoot(view, endedOvershoot), waitingForRoom,
            view.Sessions, ring.Limits.Budget?.Read(), view.Target);
    }

    /// <summary>An exhausted worker does not continue to serve, so it is not overdue.</summary>
    private static bool IsOverdue(WorkerView worker) => worker is { DueSince: not long.MaxValue, Exhausted: false };

    private PythonDescription WithPackages(PythonDescription python) => ring.Catalog.Packages.Read() is { } packages
        ? python with { Packages = packages.Listed, PackageCount = packages.Count }
        : python;

    /// <summary>Reads under the lock what must be consistent. The rest is counted outside the lock.</summary>
    private (PoolSnapshot Pool, PoolView View, Known[] Known, EndedWorkers Ended, long Now) Read_NeedsLock()
    {
        var view = new PoolView();
        long now = _pool.Clock.Now;
        PoolKernel kernel = ring.Core.Kernel;
        DeathBook deaths = ring.Deaths;
        kernel.CopyTo(view, withCalls: false);
        PoolCounts counts = ring.Core.Live.Earlier.Plus(view.Counts);
        var pool = new PoolSnapshot
        {
            Name = _pool.Name,
            State = ring.Recovery.StateWith_NeedsLock(view.State),
            HasBeenReady = ring.Readiness.HasBeenReady_NeedsLock,
            Defect = ring.Recovery.FinalDefect_NeedsLock,
            Size = view.Target,
            Patience = kernel.IsScaling ? _pool.Clock.ToSpan(kernel.Patience) : null,
            Resting = view.Resting,
            Sessions = view.Sessions,
            Tainted = kernel.CountTainted(-1),
            Ready = view.Ready,
            MinReady = _pool.Options.MinReady,
            QueueLength = kernel.QueueLength,
            QueueLimit = _pool.Options.Queue.Limit,
            WaitingForRoom = desk.WaitingForRoom_NeedsLock,
            Running = 0,
            MaxConcurrent = _pool.Options.Call.MaxConcurrent,
            Accepted = counts.Accepted,
            Rejected = counts.Rejected,
            Recycled = counts.Recycled,
            Workers = [],
            Lifecycle = null!,
            LastDeaths = deaths.LastDeaths,
            Restarts = [.. view.Restarts.Where(row => row.EndsAt >= now).Select(row => deaths.Causes.Describe(row, now))],
            Quarantine =
                [.. view.Suspects.Where(suspect => suspect.Until > now).Select(suspect => ring.Inputs.Describe_NeedsLock(suspect, now))],
            Options = _pool.Settings.Described,
            Python = ring.Workers.Source?.Blueprint.Python,
            LastStartFailure = deaths.LastStartFailure,
        };
        var ended = new EndedWorkers(deaths.EndedRequests, deaths.EndedOvershoot, deaths.CountRecycles());
        return (pool, view, [.. view.Workers.Select(worker => Find_NeedsLock(worker, now))], ended, now);
    }

    private Known Find_NeedsLock(WorkerView worker, long now) => new(
        ring.Workers.Find(worker.Key),
        [.. ring.Core.Kernel.CallsOf(worker.Key).Take(worker.Load - worker.Waiting).Select(key => Describe_NeedsLock(key, now))]);

    private KnownCall Describe_NeedsLock(CallKey key, long now)
    {
        UnaryCall? call = ring.Calls.Find(key);
        return new KnownCall(
            key, ring.Calls.ToolAt(key.Index), call?.Request.SubmittedAt ?? now, call?.Stream is not null, call?.Request.Session?.Id);
    }

    private (long Now, int Queued, int WaitingForRoom, long EndedOvershoot) ReadGauges_NeedsLock(
        PoolView view, List<Sampled> all)
    {
        PoolKernel kernel = ring.Core.Kernel;
        kernel.CopyTo(view, withCalls: false);
        foreach (WorkerView worker in view.Workers)
        {
            int slot = worker.Key.Slot;
            SampledProcess? process = ring.Workers.Find(worker.Key)?.Sampled;
            all.Add(new Sampled(slot, process, worker.Role == WorkerRole.Current, ring.Deaths.EndedCpuTime(slot)));
        }
        return (_pool.Clock.Now, kernel.QueueLength, desk.WaitingForRoom_NeedsLock, ring.Deaths.EndedOvershoot);
    }

    /// <summary>Processor time is a counter, so it includes what workers have used that serve no longer, or have ended.</summary>
    private static SlotGauge ReadSlot(IGrouping<int, Sampled> slot)
    {
        SampledProcess? current = slot.FirstOrDefault(static worker => worker.IsCurrent).Process;
        TimeSpan cpuTime = slot.Aggregate(
            slot.First().EndedCpuTime, static (sum, worker) => sum + (worker.Process?.CpuTime ?? TimeSpan.Zero));
        return new SlotGauge(slot.Key, current?.Reading?.Current ?? 0, cpuTime, current?.Threads ?? 0);
    }

    private WorkerSnapshot Describe(in WorkerView worker, PoolWorker known, long now) => new()
    {
        Id = known.Id,
        Pid = known.Pid,
        State = worker.Exhausted ? WorkerState.Exhausted : (WorkerState)worker.Phase,
        StartedAt = known.StartedAt,
        Age = _pool.Clock.Elapsed(known.LaunchedAt, now),
        Requests = worker.Requests - worker.Waiting,
        Running = worker.Load - worker.Waiting,
        Capacity = known.Capacity,
        Waiting = worker.Waiting,
        Sessions = worker.Sessions,
        EffectiveMaxRequests = _pool.Options.Recycle.MaxRequests,
        Overshoot = ring.Deaths.OvershootOf(worker.Requests - worker.Waiting),
        OverdueFor = IsOverdue(worker) ? _pool.Clock.Elapsed(worker.DueSince, now) : null,
        FailedReplacements = worker.FailedReplacements,
        EffectiveTtl = EffectiveTtl(worker),
        ConsecutiveErrors = worker.Errors,
        Device = known.Device,
        TaintedUntil = worker.TaintedUntil > now ? _pool.Clock.UtcNow + _pool.Clock.Elapsed(now, worker.TaintedUntil) : null,
        CpuTime = known.Sampled?.CpuTime,
        Threads = known.Sampled?.Threads,
        Memory = known.Sampled?.Reading is { } memory ? Describe(memory) : null,
        Unresponsiveness = worker.Unresponsive ? ring.Health.Describe(known, now) : null,
        RecycleReason =
            (worker.ReplaceReason == Reason.None ? worker.Leaving : worker.ReplaceReason) is var reason && reason.Is(ReasonTrait.Recycles)
            ? KernelWords.ToPublic(reason)
            : null,
    };

    private static WorkerMemory Describe(in MemoryReading reading) => new()
    {
        Current = MemorySize.FromBytes(reading.Current),
        Peak = MemorySize.FromBytes(reading.Peak),
        Baseline = MemorySize.FromBytes(reading.Baseline),
        SoftLimit = reading.EffectiveSoftLimit is { } soft ? MemorySize.FromBytes(soft) : null,
        HardLimit = reading.HardLimit is { } hard ? MemorySize.FromBytes(hard) : null,
    };

    private RunningTool[] DescribeTools(Known known, long now) =>
    [
        .. known.Calls.Select(call => new RunningTool
        {
            Name = call.Tool,
            Elapsed = known.Worker?.Channel?.RunTimeOf(call.Key) ?? _pool.Clock.Elapsed(call.SubmittedAt, now),
            Call = call.Key.Value,
            IsStream = call.IsStream,
            Session = call.Session,
        }),
    ];

    /// <summary>Adds the counts of present workers to those of workers that have ended.</summary>
    private LifecycleStatistics Count(in EndedWorkers ended, PoolView view, long now) => new()
    {
        TotalWorkers = view.Workers.Count,
        WorkersByPool = new Dictionary<string, int> { [_pool.Name] = view.Workers.Count },
        TotalRequests = ended.Requests + view.Workers.Sum(static worker => worker.Requests - worker.Waiting),
        WorkersNearTtl = view.Workers.Count(worker => IsNearTtl(worker, now)),
        WorkersNearMaxRequests = view.Workers.Count(IsNearMaxRequests),
        WorkersOverdue = view.Workers.Count(IsOverdue),
        Overshoot = CountOvershoot(view, ended.Overshoot),
        RecyclesByReason = ended.Recycles,
        MemoryRecyclesByPool = new Dictionary<string, long>
        {
            [_pool.Name] = ended.Recycles.GetValueOrDefault(RecycleReason.MemoryThreshold)
                + ended.Recycles.GetValueOrDefault(RecycleReason.MemoryLimit),
        },
    };

    private bool IsNearTtl(WorkerView worker, long now) =>
        worker.Phase == WorkerPhase.Serving && EffectiveTtl(worker) is { } ttl
            && _pool.Clock.Elapsed(worker.ServingSince, now) >= ttl * Near;

    private bool IsNearMaxRequests(WorkerView worker) =>
        worker.Phase == WorkerPhase.Serving && _pool.Options.Recycle.MaxRequests is { } most
            && worker.Requests - worker.Waiting >= most * Near;

    private long CountOvershoot(PoolView view, long ended) =>
        ended + view.Workers.Sum(worker => ring.Deaths.OvershootOf(worker.Requests - worker.Waiting));

    private TimeSpan? EffectiveTtl(in WorkerView worker) => worker.Ttl > 0 ? _pool.Clock.ToSpan(worker.Ttl) : null;

    /// <summary>A worker, and the calls that it runs.</summary>
    private readonly record struct Known(PoolWorker? Worker, KnownCall[] Calls);

    /// <summary>A worker whose process is sampled.</summary>
    /// <param name="Slot">Its slot.</param>
    /// <param name="Process">Its process; null before there is one.</param>
    /// <param name="IsCurrent">Whether it is the slot's worker, and not one that comes or goes.</param>
    /// <param name="EndedCpuTime">The processor time that ended workers of the slot have used.</param>
    private readonly record struct Sampled(int Slot, SampledProcess? Process, bool IsCurrent, TimeSpan EndedCpuTime);

    private readonly record struct KnownCall(CallKey Key, string Tool, long SubmittedAt, bool IsStream, string? Session);

    /// <summary>The counts of workers that have ended.</summary>
    private readonly record struct EndedWorkers(long Requests, long Overshoot, Dictionary<RecycleReason, long> Recycles);
}
