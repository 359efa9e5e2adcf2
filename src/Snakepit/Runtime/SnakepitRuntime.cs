using Snakepit.Doctor;
using Snakepit.Lifecycle;
using Snakepit.Pools;
using Snakepit.Processes;
using Snakepit.Runtime;
using Snakepit.Telemetry;
using Snakepit.Threads;
using Snakepit.Values;
using Snakepit.Values.Marshal;

namespace Snakepit;

/// <summary>Runs the pools of one host. Disposing the runtime stops them.</summary>
public sealed class SnakepitRuntime : ISnakepit, IAsyncDisposable, IRuntimeLifetime
{
    private readonly RuntimeTelemetry _telemetry;
    private readonly TimerThread? _timers; // null when the clock has its own
    private readonly Sampler _sampler;
    private readonly HostBudget? _budget; // null when nothing limits the pools together
    private readonly RuntimePools _pools = new();
    private readonly RuntimeStart _start;
    private readonly RuntimeReload? _reload; // null when the settings cannot change
    private readonly RuntimeServices _services;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private Task? _stopped;

    internal SnakepitRuntime(SnakepitOptions options, IReadOnlyDictionary<string, PoolOptions> pools, RuntimeServices services)
    {
        _telemetry = new RuntimeTelemetry(services);
        _timers = services.TimeProvider == TimeProvider.System ? new TimerThread(_telemetry.Logger.WatcherError) : null;
        services = services with { LoggerFactory = _telemetry.Log, Timers = _timers ?? services.TimeProvider };
        _sampler = services.Starter is null
            ? Sampler.Create(services.TimeProvider, _telemetry.Logger)
            : new Sampler(services.TimeProvider, new NoProcesses(), static () => null, _telemetry.Logger);
        var codecs = new ValueCodecs(new JsonValueCodec(options.TypeInfoResolvers), static json => new MarshalValueCodec(json));
        _budget = options.MemoryBudget is null && options.MaxConcurrentRecycles is null ? null
            : new HostBudget(options.MemoryBudget?.Bytes, options.MaxConcurrentRecycles, services.TimeProvider);
        var shared = new PoolServices(
            services.TimeProvider, services.Timers, _sampler, services.AdapterFiles, services.Provider, _budget);
        _services = services;
        var factory = new RuntimePoolFactory(_telemetry, shared, codecs);
        foreach ((string name, PoolOptions pool) in pools)
        {
            _pools.TryAdd(factory.Create(name, pool));
        }
        _start = new RuntimeStart(options, _pools, services, codecs, _sampler, _budget, _telemetry.Logger);
        _reload = services.Composition is { } composition
            ? new RuntimeReload(composition, pools, _pools, _start, factory, _telemetry.Logger, _stopping.Token)
            : null;
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> PoolNames => _pools.Names;

    /// <summary>Completes when everything logged so far is written.</summary>
    internal Task Logged => _telemetry.Log.WhenWritten();

    /// <summary>Completes when everything measured so far has reached the meter's listeners.</summary>
    internal Task Measured => _telemetry.Metrics.Later.WhenWritten();

    internal IReadOnlyCollection<WorkerPool> Pools => _pools.All;

    /// <summary>Completes when the start of the workers has begun, or has failed.</summary>
    internal Task Launched => _start.Launched;

    /// <summary>Starts pools without a host application and waits for them as <see cref="SnakepitOptions.StartPolicy"/> says. Dispose the
    /// runtime to stop them. A start that fails or is cancelled leaves nothing behind.</summary>
    /// <param name="configure">Adds the pools: <c>s => s.AddPool("text", p => p.Adapter = "adapters/text.py")</c>.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="SnakepitConfigurationException">A setting is missing, unknown or out of range; the exception lists every
    /// problem.</exception>
    /// <exception cref="PythonNotFoundException">There is no usable Python interpreter.</exception>
    /// <exception cref="AdapterLoadException">Workers of a pool cannot start.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<SnakepitRuntime> StartAsync(
        Action<SnakepitRuntimeBuilder> configure, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = new SnakepitRuntimeBuilder();
        configure(builder);
        SnakepitRuntime runtime = builder.CreateRuntime();
        try
        {
            await runtime.StartAsync(cancellationToken).ConfigureAwait(false);
            return runtime;
        }
        catch
        {
            await runtime.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts pools, runs a script with them and stops them, for programs that end with their work:
    /// <c>return await SnakepitRuntime.RunScriptAsync(…)</c>. What goes wrong is written to the standard error stream: a
    /// <see cref="SnakepitException"/> as its message, with Python's traceback if a tool has raised, any other exception in full.</summary>
    /// <param name="configure">Adds the pools: <c>s => s.AddPool("text", p => p.Adapter = "adapters/text.py")</c>.</param>
    /// <param name="script">The work. SIGINT (Ctrl+C), SIGTERM and SIGHUP cancel its token; a second one ends the process at once, and
    /// the workers with it.</param>
    /// <param name="cancellationToken">Cancels the script's token too.</param>
    /// <returns>The exit code: 0 if the script completed, 1 if it or the start failed or was cancelled. No worker is left by
    /// then.</returns>
    public static async Task<int> RunScriptAsync(
        Action<SnakepitRuntimeBuilder> configure,
        Func<SnakepitRuntime, CancellationToken, Task> script,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        ArgumentNullException.ThrowIfNull(script);
#pragma warning disable RS0030 // A script has no other place to report its failure: its caller gets the exit code only.
        using var run = new ScriptRun(Console.Error);
#pragma warning restore RS0030
        return await run.RunAsync(configure, script, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IWorkerPool GetPool(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _pools.Get(name);
    }

    /// <inheritdoc/>
    public LifecycleStatistics GetStatistics() =>
        LifecycleStatistics.Sum(_pools.All.Select(static pool => pool.GetSnapshot().Lifecycle));

    /// <inheritdoc/>
    public Task<DoctorReport> ExamineAsync(DoctorOptions? options = null, CancellationToken cancellationToken = default) =>
        new Examination(_pools.Options, options ?? new DoctorOptions())
        {
            EnvironmentName = _services.EnvironmentName,
            Live = _pools.All.Sum(static pool => pool.GetSnapshot().Workers.Count),
            IsReal = _services.Starter is null,
        }.RunAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<ReloadReport> ReloadAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopped is not null, this);
        }
        return _reload?.ReloadAsync(cancellationToken) ?? Task.FromResult(RuntimeReload.Nothing);
    }

    /// <inheritdoc/>
    public BudgetSnapshot GetBudget() => _budget?.Read() ?? new BudgetSnapshot
    {
        Reserved = default, Used = default, Replacing = 0, Pools = [],
    };

    /// <inheritdoc/>
    public IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken = default) =>
        _telemetry.Events.WatchAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask ExecuteAsync(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        _pools.Default.ExecuteAsync(tool, arguments, options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<T> ExecuteAsync<T>(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        _pools.Default.ExecuteAsync<T>(tool, arguments, options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CallResult<T>> TryExecuteAsync<T>(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        _pools.Default.TryExecuteAsync<T>(tool, arguments, options, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<T> StreamAsync<T>(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        _pools.Default.StreamAsync<T>(tool, arguments, options, cancellationToken);

    /// <summary>Stops every pool: running calls may finish within <see cref="StopOptions.Timeout"/>, then the workers are ended. No process
    /// is left behind.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        _stopping.Dispose();
        _telemetry.Dispose();
    }

    /// <summary>Starts the pools and waits as <see cref="SnakepitOptions.StartPolicy"/> says.</summary>
    internal Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopped is not null, this);
            LiveRuntimes.Add(this);
            _start.Begin(_stopping.Token);
            _reload?.Watch();
        }
        return _start.WaitAsync(cancellationToken);
    }

    internal Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _stopped ??= StopOnceAsync();
        }
        return _stopped.WaitAsync(cancellationToken);
    }

    Task IRuntimeLifetime.StartAsync(CancellationToken cancellationToken) => StartAsync(cancellationToken);

    Task IRuntimeLifetime.StopAsync(CancellationToken cancellationToken) => StopAsync(cancellationToken);

    void IRuntimeLifetime.HurryStop()
    {
        foreach (WorkerPool pool in _pools.All)
        {
            pool.HurryStop();
        }
    }

    private async Task StopOnceAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _start.WhenOver().ConfigureAwait(false);
        _reload?.Dispose();
        await Task.WhenAll(_pools.Close().Select(static pool => pool.StopAsync(CancellationToken.None))).ConfigureAwait(false);
        _start.Dispose();
        _timers?.Dispose();
        _sampler.Dispose();
        LiveRuntimes.Remove(this);
        await _telemetry.CompleteAsync().ConfigureAwait(false);
    }
}
