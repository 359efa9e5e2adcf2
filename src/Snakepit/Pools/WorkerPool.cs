using Snakepit.Pools.Kernel;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>
/// A pool as its users and its runtime see it. It creates the owners of its state, and passes every method on to its owner.
/// </summary>
internal sealed class WorkerPool : IWorkerPool
{
    private readonly PoolRing _ring;
    private readonly CallDesk _desk;
    private readonly CallInvoker _calls;
    private readonly StreamInvoker _streams;
    private readonly SessionBook _sessions;
    private readonly SessionDataDesk _data;
    private readonly Reconfiguration _reconfiguration;
    private readonly PoolSnapshots _snapshots;

    /// <param name="name">The pool's name.</param>
    /// <param name="settings">The pool's settings.</param>
    /// <param name="services">The services that the pool shares with other pools.</param>
    /// <param name="reporter">Reports events.</param>
    /// <param name="seed">Seeds the random decisions of the kernel.</param>
    public WorkerPool(string name, PoolSettings settings, PoolServices services, PoolReporter reporter, ulong seed)
    {
        TimeProvider time = services.Time;
        PoolOptions options = settings.Options;
        var pool = new PoolContext(name, settings, new PoolClock(time), reporter);
        PoolPlan plan = PoolPlan.FromOptions(options, time.TimestampFrequency) with
        {
            SharesMemory = services.Budget is { LimitsMemory: true },
            SharesReplacements = services.Budget is { LimitsReplacements: true },
        };
        var kernel = new LiveKernel(plan, seed);
        var core = new PoolCore(pool.Clock, kernel, services.Timers);
        var calls = new OpenCalls(pool);
        var workers = new WorkerDirectory(options.Size + options.Spares);
        var catalog = new ToolCatalog();
        var reports = new ReportQueue();
        var startErrors = new StartErrors(pool);
        var errors = new CallErrors(pool, startErrors);
        var defects = new DefectCount(kernel.Plan.RestartWindow);
        var deaths = new DeathBook(pool, calls, startErrors);
        var shutdown = new Shutdown(pool, core, defects, errors);
        var inputs = new SuspectInputs(pool, core, calls);
        var facts = new FactsReader(core, deaths, defects, inputs, shutdown);
        var values = new SessionValues(pool);
        var sessions = new SessionBook(pool, core, values);
        _data = new SessionDataDesk(pool, core, sessions, values, errors, facts);
        var encoder = new CallEncoder(pool, catalog, sessions, errors);
        var own = new OwnCalls(pool, core, calls, encoder);
        var host = new HostCalls(pool, services.Provider, new SessionDataCalls(_data));
        var desk = new CallDesk(pool, core, calls, catalog, inputs, sessions, encoder, shutdown, errors, facts) { Host = host };
        var readiness = new Readiness(pool, core, deaths, defects, shutdown, startErrors);
        var recycles = new RecycleRequests(pool, core, shutdown);
        BudgetMember? budget = services.Budget is { } all ? new BudgetMember(all, pool, core) : null;
        var limits = new LimitSignals(pool, core, workers, services.Sampler) { Budget = budget };
        var code = new AdapterCode(pool, core, workers, shutdown, services.AdapterFiles);
        _reconfiguration = new Reconfiguration(pool, core, workers, deaths, shutdown, Adopt);
        void Adopt()
        {
            core.Step(desk, static (in desk, _) =>
            {
                desk.Adopt_NeedsLock(); // the end of the step admits callers that have room now
                return 0;
            });
            host.Adopt(pool.Options.Tools.MaxConcurrent);
            limits.Adopt();
            code.Adopt();
            Adopted?.Invoke();
        }
        _ring = new PoolRing
        {
            Pool = pool,
            Core = core,
            Calls = calls,
            Workers = workers,
            Catalog = catalog,
            Deaths = deaths,
            Inputs = inputs,
            Shutdown = shutdown,
            Readiness = readiness,
            Recycles = recycles,
            Limits = limits,
            Code = code,
            Health = new HealthChecks(pool, own, catalog, errors, facts, limits),
            Taints = new TaintOrders(pool, core, workers),
            Recovery = new DefectRecovery(
                pool, core, calls, workers, deaths, defects, shutdown, reports, readiness, desk, startErrors,
                [recycles, deaths, inputs, limits, sessions, _reconfiguration, .. budget is null ? [] : (IKernelBound[])[budget]]),
        };
        var moves = new SessionMover(pool, core, own, sessions, errors, facts);
        core.Connect(new PoolEffects(_ring, desk, sessions, moves, reports, _reconfiguration), _ring.Recovery);
        _desk = desk;
        _calls = new CallInvoker(pool, desk, errors, facts);
        _streams = new StreamInvoker(pool, desk, errors, facts);
        _sessions = sessions;
        _snapshots = new PoolSnapshots(_ring, desk);
        reporter.Attach(_snapshots.ReadGauges);
    }

    /// <summary>Raised when other settings are in force.</summary>
    internal event Action? Adopted;

    /// <inheritdoc cref="PoolCore.Stepped"/>
    internal event Action? Stepped
    {
        add => _ring.Core.Stepped += value;
        remove => _ring.Core.Stepped -= value;
    }

    public string Name => _ring.Pool.Name;

    /// <summary>The settings in force.</summary>
    public PoolSettings Settings => _ring.Pool.Settings;

    public IReadOnlyList<ToolDescriptor> Tools => _ring.Catalog.Tools;

    /// <inheritdoc cref="KernelTrace.Fault"/>
    internal Action<KernelStep>? Fault
    {
        get => _ring.Core.Live.Fault;
        set => _ring.Core.Live.Fault = value;
    }

    /// <inheritdoc cref="SuspectInputs.Hashing"/>
    internal Action? Hashing
    {
        get => _ring.Inputs.Hashing;
        set => _ring.Inputs.Hashing = value;
    }

    /// <inheritdoc cref="DeathBook.FinishedButLost"/>
    internal int FinishedButLost => _ring.Deaths.FinishedButLost;

    /// <summary>Begins to start workers. Calls may be queued before.</summary>
    public void Start(IWorkerStarter starter, WorkerBlueprint blueprint, StartGate starts)
    {
        var source = new WorkerSource(0, starter, blueprint, starts);
        _ring.Core.Locked((ring: _ring, source), static x =>
        {
            x.ring.Workers.Use(x.source);
            x.ring.Readiness.OnStart_NeedsLock();
        });
        _ring.Limits.Start();
        _ring.Core.Step(_ring, static (in ring, batch) =>
        {
            ring.Recovery.StartIfMayStart_NeedsLock(ring.Pool.Clock.Now, batch);
            return 0;
        });
    }

    /// <inheritdoc cref="Shutdown.GiveUp"/>
    public void GiveUp(SnakepitException reason, bool isThrown) => _ring.Shutdown.GiveUp(reason, isThrown);

    /// <summary>
    /// An interpreter or the adapter's file is missing: calls fail at once with that reason, until it exists and the pool starts.
    /// </summary>
    /// <param name="missing">What is missing. It is logged once, however often the pool looks for it.</param>
    /// <returns>The time until the next attempt.</returns>
    public TimeSpan CannotStart(SnakepitException missing)
    {
        (bool isNews, TimeSpan pause) = _ring.Core.Step((ring: _ring, missing), static (in x, batch) =>
        {
            (PoolRing ring, SnakepitException missing) = x;
            bool isNews = ring.Deaths.LastStartFailure?.Message != missing.Message;
            ring.Deaths.LastStartFailure = missing;
            long now = ring.Pool.Clock.Now;
            EndNote cause = ring.Deaths.Causes.NoteOf(missing is PythonNotFoundException ? "no usable Python" : "no adapter");
            ring.Core.Apply_NeedsLock(new KernelStep(StepKind.CannotStart, now) { Note = cause }, batch);
            return (isNews, ring.Pool.Clock.ToSpan(Math.Max(0, ring.Core.Kernel.NextStart - now)));
        });
        if (isNews)
        {
            _ring.Pool.Reporter.CannotStart(missing, pause, _ring.Pool.Options.Restart.MaxBackoff);
        }
        return pause;
    }

    /// <inheritdoc cref="Shutdown.StopAsync"/>
    public Task StopAsync(CancellationToken cancellationToken) => _ring.Shutdown.StopAsync(cancellationToken);

    /// <inheritdoc cref="Shutdown.Hurry"/>
    public void HurryStop() => _ring.Shutdown.Hurry();

    public ValueTask ExecuteAsync(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        ValueTask<NoResult> call = _calls.ExecuteAsync<NoResult>(tool, arguments, options, cancellationToken);
        return call.IsCompletedSuccessfully ? default : new ValueTask(call.AsTask());
    }

    public ValueTask<T> ExecuteAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _calls.ExecuteAsync<T>(tool, arguments, options, cancellationToken);

    public ValueTask<CallResult<T>> TryExecuteAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _calls.TryExecuteAsync<T>(tool, arguments, options, cancellationToken);

    public IAsyncEnumerable<T> StreamAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tool);
        return _streams.StreamAsync<T>(tool, arguments, options, cancellationToken);
    }

    public IWorkerSession GetSession(string id, SessionAffinity? affinity, IReadOnlyDictionary<string, string>? metadata) =>
        OpenSession(this, id ?? throw new ArgumentNullException(nameof(id)), affinity, metadata);

    public IOwnedWorkerSession CreateSession(SessionAffinity? affinity, IReadOnlyDictionary<string, string>? metadata) =>
        OpenSession(this, null, affinity, metadata);

    /// <summary>Returns a handle of a session.</summary>
    /// <param name="invoker">Runs its calls.</param>
    /// <param name="id">Its id; null for a new one.</param>
    /// <param name="affinity">Its affinity; null for that of the pool.</param>
    /// <param name="metadata">What it tells its calls.</param>
    public WorkerSession OpenSession(
        IToolInvoker invoker, string? id, SessionAffinity? affinity, IReadOnlyDictionary<string, string>? metadata) =>
        new(
            invoker, _sessions, _data, _ring.Pool.Codecs, id ?? Guid.NewGuid().ToString("N"),
            affinity ?? _ring.Pool.Options.Session.Affinity, metadata);

    public PoolSnapshot GetSnapshot() => _snapshots.Read();

    public Task WaitUntilReadyAsync(int? workers, CancellationToken cancellationToken) =>
        _ring.Readiness.WaitAsync(workers, cancellationToken);

    public Task ResizeAsync(int size, CancellationToken cancellationToken) => _ring.Readiness.ResizeAsync(size, cancellationToken);

    public Task<RecycleReport> RecycleAsync(int? slot, CancellationToken cancellationToken) =>
        _ring.Recycles.RecycleAsync(slot, cancellationToken);

    public Task<RecycleReport> RecycleAsync(WorkerId worker, CancellationToken cancellationToken) =>
        _ring.Recycles.RecycleAsync(worker, cancellationToken);

    public Task RenewZygoteAsync(CancellationToken cancellationToken) => _ring.Code.RenewZygoteAsync(cancellationToken);

    /// <summary>Tells watchers which settings a reload has changed.</summary>
    public void TellReconfigured(IReadOnlyList<OptionChange> changes) => _ring.Pool.Reporter.Reconfigured(changes);

    /// <summary>Tells that no worker could start with the settings of a reload.</summary>
    public void TellNotReconfigured(SnakepitException failure) => _ring.Pool.Reporter.NotReconfigured(failure);

    /// <inheritdoc cref="Reconfiguration.Apply"/>
    public Task<SnakepitException?> ReconfigureAsync(PoolSettings settings, WorkerBlueprint? blueprint) =>
        _reconfiguration.Apply(settings, blueprint);

    public bool CancelCall(ulong number) => _desk.Cancel(new CallKey(number));

    public Task<string?> ReadStacksAsync(WorkerId worker, CancellationToken cancellationToken)
    {
        if (worker.Pool != Name)
        {
            throw new ArgumentException($"{worker} is a worker of pool '{worker.Pool}', not of '{Name}'.", nameof(worker));
        }
        var key = new WorkerKey(worker.Slot, worker.Generation);
        PoolWorker? known = _ring.Core.Locked((_ring.Workers, key), static x => x.Workers.Find(x.key));
        return known?.Channel?.ReadStacksAsync(cancellationToken) ?? Task.FromResult<string?>(null);
    }

    public IReadOnlyList<ToolStatistics> GetToolStatistics()
    {
        IReadOnlyDictionary<string, long> growth = _ring.Limits.EstimateGrowth();
        return
        [
            .. _ring.Pool.Reporter.Durations.ReadTools().Select(tool => growth.TryGetValue(tool.Tool, out long bytes)
                ? tool with { MemoryPerCall = MemorySize.FromBytes(bytes) }
                : tool),
        ];
    }

    public int LiftQuarantine(string? tool) => _ring.Inputs.Lift(tool);

    public void Taint(int slot, TimeSpan duration) => _ring.Taints.Taint(slot, duration);

    public int TaintDevice(string device, TimeSpan duration) => _ring.Taints.TaintDevice(device, duration);

    public int LiftTaint(int? slot) => _ring.Taints.Lift(slot);

    public IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken) => _ring.Pool.Reporter.Watch(cancellationToken);

    public string DumpTrace() => ReadTrace().ToString();

    internal TraceDump ReadTrace() => _ring.Core.Locked(_ring.Core, static core => core.Live.Dump());

    /// <inheritdoc cref="LimitSignals.OnFreeMemory"/>
    internal void OnFreeMemory(long bytes) => _ring.Limits.OnFreeMemory(bytes);

    /// <inheritdoc cref="AdapterCode.OnChanged"/>
    internal void OnCodeChanged() => _ring.Code.OnChanged();
}
