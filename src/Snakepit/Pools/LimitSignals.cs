using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>
/// Tells the kernel which limits workers reach outside of it. The judges of memory and processor time (<see cref="MemoryJudge"/>,
/// <see cref="CpuTimeJudge"/>) and the pool's policies have judged before. Only whether the machine's free memory is enough for one more
/// worker is judged here.
/// </summary>
internal sealed class LimitSignals : IKernelBound
{
    private static readonly TimeSpan s_lazily = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_whileBusy = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_forPolicies = TimeSpan.FromSeconds(1);
    private readonly PoolContext _pool;
    private readonly PoolCore _core;
    private readonly WorkerDirectory _workers;
    private readonly Sampler _sampler;
    private volatile SamplingPlan _plan;
    private readonly RecyclePolicies _policies;
    private readonly MemoryGrowth _growth = new(); // under the pool's lock
    private bool _freshOverLimitTold;
    private long _footprint; // the private memory of a worker that has just become ready
    private bool _memoryIsShort;

    public LimitSignals(PoolContext pool, PoolCore core, WorkerDirectory workers, Sampler sampler)
    {
        _pool = pool;
        _core = core;
        _workers = workers;
        _sampler = sampler;
        _plan = Plan(pool.Options);
        _policies = new RecyclePolicies(pool, this, core.OnEffectFailed);
    }

    /// <summary>The memory and the replacements that the pool shares with others; null when nothing limits them together.</summary>
    public BudgetMember? Budget { get; init; }

    /// <summary>Begins to watch the machine's free memory.</summary>
    public void Start() => _sampler.FreeMemoryRead += OnFreeMemory;

    public void Stop() => _sampler.FreeMemoryRead -= OnFreeMemory;

    /// <summary>Begins to read a worker's memory and processor time.</summary>
    public SampledProcess? Watch(int pid, ISampled target) => _sampler.Watch(pid, _plan, target);

    /// <summary>Other settings are in force: the workers' next readings are judged by them.</summary>
    public void Adopt()
    {
        SamplingPlan plan = _plan = Plan(_pool.Options);
        foreach (PoolWorker worker in _core.Locked(_workers, static workers => workers.All.ToArray()))
        {
            worker.Sampled?.Adopt(plan);
        }
    }

    public void AskPolicies(PoolWorker worker) => _policies.Ask(worker);

    /// <summary>A worker has reached a limit.</summary>
    public void Reach(PoolWorker worker, Reason reason) =>
        _core.Signal(new WorkerSignal(SignalKind.LimitReached, worker.Key, Reason: reason));

    /// <summary>A worker is below a limit again.</summary>
    public void Clear(PoolWorker worker, Reason reason) =>
        _core.Signal(new WorkerSignal(SignalKind.LimitCleared, worker.Key, Reason: reason));

    public void OnMemory(PoolWorker worker, MemoryVerdict verdict, in MemoryReading reading)
    {
        switch (verdict)
        {
            case MemoryVerdict.Collect when worker.Channel is { } channel:
                channel.PostCollect();
                channel.Flush();
                break;
            case MemoryVerdict.Soft:
                Reach(worker, Reason.MemoryThreshold);
                break;
            case MemoryVerdict.Cleared:
                Clear(worker, Reason.MemoryThreshold);
                break;
            case MemoryVerdict.Hard:
                Reach(worker, Reason.MemoryLimit);
                break;
            case MemoryVerdict.FreshOverLimit when !Interlocked.Exchange(ref _freshOverLimitTold, true):
                _pool.Reporter.FreshOverLimit(worker, MemorySize.FromBytes(reading.Baseline), _pool.Options.Memory.SoftLimit ?? default);
                break;
        }
    }

    /// <summary>Called after every reading of a worker's memory.</summary>
    public void OnSampled(PoolWorker worker)
    {
        if (!worker.Memory.IsMeasured && worker.Sampled?.Reading is { Baseline: > 0 } reading)
        {
            _core.Locked((self: this, worker, reading.Baseline), static x => x.self.NoteFootprint_NeedsLock(x.worker, x.Baseline));
        }
        if (worker.ReadyAt != 0)
        {
            worker.Process.NoteMemory(worker.Sampled?.Reading?.Current ?? 0);
            _core.Locked((self: this, worker), static x => x.self.NoteGrowth_NeedsLock(x.worker));
        }
        _policies.Ask(worker);
    }

    /// <inheritdoc cref="MemoryGrowth.Estimate"/>
    public IReadOnlyDictionary<string, long> EstimateGrowth() => _core.Locked(_growth, static growth => growth.Estimate());

    /// <summary>Decides whether the machine's free memory is enough for one more worker.</summary>
    public void OnFreeMemory(long bytes)
    {
        if (_core.Locked((self: this, bytes), static x => x.self.Judge_NeedsLock(x.bytes)) is not (bool isShort, long footprint))
        {
            return;
        }
        if (isShort)
        {
            _pool.Reporter.MemoryIsShort(MemorySize.FromBytes(bytes), MemorySize.FromBytes(footprint));
        }
        _core.Command(new PoolCommand(CommandKind.SetMemoryShort, IsMemoryShort: isShort));
    }

    /// <summary>Refreshes readings that are older than Memory.SampleInterval.</summary>
    public void RefreshReadings()
    {
        foreach (PoolWorker worker in _core.Locked(_workers, static workers => workers.All.ToArray()))
        {
            worker.Sampled?.Refresh(_pool.Options.Memory.SampleInterval);
        }
    }

    /// <summary>Returns the worker as policies see it; null when it does not serve.</summary>
    public RecycleCandidate? Describe(PoolWorker worker)
    {
        if (_core.Locked((self: this, worker.Key), static x => x.self.ReadFacts_NeedsLock(x.Key)) is not (long requests, int errors))
        {
            return null;
        }
        return new RecycleCandidate
        {
            Worker = worker.Id,
            Age = _pool.Clock.Elapsed(worker.LaunchedAt),
            Requests = requests,
            ConsecutiveErrors = errors,
            Memory = worker.Sampled?.Reading is { } memory ? MemorySize.FromBytes(memory.Current) : null,
            CpuTime = worker.Sampled?.CpuTime,
        };
    }

    /// <summary>Notes a decision of the pool's policies about a worker.</summary>
    public void OnJudged(PoolWorker worker, RecycleDecision decision)
    {
        PolicyWish wish = worker.Policies;
        if (decision.ShouldRecycle)
        {
            wish.Detail = Shown.Text(decision.Reason, Shown.LongestReason);
        }
        if (wish.IsUnwanted == decision.ShouldRecycle)
        {
            return;
        }
        wish.IsUnwanted = decision.ShouldRecycle;
        if (wish.IsUnwanted)
        {
            Reach(worker, Reason.Custom);
        }
        else
        {
            Clear(worker, Reason.Custom);
        }
    }

    void IKernelBound.OnKernelReplaced_NeedsLock() => _memoryIsShort = false; // the next reading reports it again

    /// <summary>Without a limit or a policy, the readings only serve for snapshots, so they need not be frequent.</summary>
    private static SamplingPlan Plan(PoolOptions options)
    {
        bool isWanted =
            options.Memory.SoftLimit is not null || options.Memory.HardLimit is not null || options.Recycle.MaxCpuTime is not null
            || options.Recycle.Policies.Count > 0;
        TimeSpan interval = isWanted || options.Memory.SampleInterval > s_lazily ? options.Memory.SampleInterval : s_lazily;
        TimeSpan busy = options.Memory.SampleInterval > s_whileBusy ? options.Memory.SampleInterval : s_whileBusy;
        return new SamplingPlan(
            interval, options.Memory.SoftLimit?.Bytes, options.Memory.HardLimit?.Bytes, options.Recycle.MaxCpuTime,
            CpuInterval: options.Recycle.Policies.Count > 0 ? s_forPolicies : isWanted ? s_lazily : busy,
            BusyInterval: isWanted ? null : busy);
    }

    private (long Requests, int Errors)? ReadFacts_NeedsLock(WorkerKey worker) =>
        _core.Kernel.IsServing(worker) ? (_core.Kernel.RequestsOf(worker), _core.Kernel.ErrorsOf(worker)) : null;

    private long NoteFootprint_NeedsLock(PoolWorker worker, long baseline)
    {
        worker.Memory.IsMeasured = true;
        return _footprint = _footprint == 0 ? baseline : ((_footprint * 3) + baseline) / 4;
    }

    /// <summary>The growth since the last reading is put down to the calls that the worker has answered meanwhile.</summary>
    private void NoteGrowth_NeedsLock(PoolWorker worker)
    {
        long memory = worker.Sampled?.Reading?.Current ?? 0;
        if (memory > 0 && worker.Memory.Last > 0)
        {
            _growth.Observe(worker.Memory.Calls.Tools, memory - worker.Memory.Last);
        }
        worker.Memory.Last = memory;
        worker.Memory.Calls.Reset();
    }

    /// <returns>Whether memory is short, and the memory of a new worker; null when nothing has changed.</returns>
    private (bool IsShort, long Footprint)? Judge_NeedsLock(long bytes)
    {
        // With hysteresis: once memory is short, it stays so until there is room for one and a half workers.
        bool isShort = bytes < (_memoryIsShort ? _footprint + (_footprint / 2) : _footprint);
        if (isShort == _memoryIsShort)
        {
            return null;
        }
        _memoryIsShort = isShort;
        return (isShort, _footprint);
    }
}
