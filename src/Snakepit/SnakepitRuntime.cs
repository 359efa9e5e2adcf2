using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Snakepit.Hosting;
using Snakepit.Lifecycle;
using Snakepit.Pools;
using Snakepit.Processes;
using Snakepit.Telemetry;
using Snakepit.Transport.Values;
using Snakepit.Workers;

namespace Snakepit;

/// <summary>Runs the pools of one host. Disposing the runtime stops them.</summary>
public sealed partial class SnakepitRuntime : ISnakepit, IAsyncDisposable
{
    private static readonly TimeSpan s_telemetryTimeout = TimeSpan.FromSeconds(2);
    private readonly SnakepitOptions _options;
    private readonly RuntimeServices _services;
    private readonly LogQueue _log;
    private readonly TimerThread? _timers; // null: the clock has its own
    private readonly ValueCodecs _codecs;
    private readonly SnakepitMetrics _metrics;
    private readonly LifecycleBroadcaster _events = new();
    private readonly Dictionary<string, WorkerPool> _pools = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, IWorkerPool> _faces = new(StringComparer.OrdinalIgnoreCase); // the pools as users see them
    private readonly Dictionary<string, PoolOptions> _poolOptions;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly Sampler _sampler;
    private readonly StartGate _starts;
    private readonly IWorkerPool? _default;
    private WorkerPreparation? _setup;
    private Task _starting = Task.CompletedTask;
    private Task _lookingAgain = Task.CompletedTask;
    private Task? _stopped;

    internal SnakepitRuntime(SnakepitOptions options, IReadOnlyDictionary<string, PoolOptions> pools, RuntimeServices services)
    {
        _options = options;
        _log = new LogQueue(services.LoggerFactory);
        ILogger logger = _log.CreateLogger(TelemetryNames.LogCategory);
        ILogger python = _log.CreateLogger(TelemetryNames.PythonLogCategory);
        _timers = services.TimeProvider == TimeProvider.System ? new TimerThread(logger.WatcherError) : null;
        services = services with { LoggerFactory = _log, Timers = _timers ?? services.TimeProvider };
        _services = services;
        _metrics = new SnakepitMetrics(services.MeterFactory, logger);
        _poolOptions = new Dictionary<string, PoolOptions>(pools, StringComparer.OrdinalIgnoreCase);
        _sampler = services.Launcher is null
            ? Sampler.Create(services.TimeProvider, logger)
            : new Sampler(services.TimeProvider, new NoProcesses(), static () => null, logger);
        _starts = new StartGate(options.MaxConcurrentStarts ?? Math.Max(2 * Environment.ProcessorCount, pools.Values.Max(static pool => pool.Start.MaxConcurrent)));
        _codecs = new ValueCodecs(new JsonValueCodec(options.TypeInfoResolvers));
        foreach ((string name, PoolOptions pool) in pools)
        {
            var reporter = new PoolReporter(name, services.TimeProvider, logger, python, _metrics, _events);
            ulong seed = (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);
            var inner = new WorkerPool(name, pool, PoolOptionTable.Table.Describe(pool), _codecs.For(pool.Values), services, _sampler, reporter, seed);
            _pools.Add(name, inner);
            _faces.Add(name, ResilientPool.Wrap(inner, pool, reporter, services.TimeProvider));
        }
        _default = _faces.Count == 1 ? _faces.Values.First() : _faces.GetValueOrDefault("default");
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> PoolNames => _pools.Keys;

    /// <summary>Completes when what has been logged so far is written.</summary>
    internal Task Logged => _log.WhenWritten();

    /// <summary>Completes when what has been measured so far is told to the meter's listeners.</summary>
    internal Task Measured => _metrics.Later.WhenWritten();

    internal IReadOnlyCollection<WorkerPool> Pools => _pools.Values;

    /// <summary>Completes when the workers' start has begun, or cannot.</summary>
    internal Task Launched => _starting;

    private bool ThrowsStartFailures => _options.StartPolicy is StartPolicy.AllReady or StartPolicy.Checked;

    private IWorkerPool Default => _default
        ?? throw new SnakepitConfigurationException($"There is no pool named 'default' among {Shown.Names(_pools.Keys)}; say which with GetPool(name).");

    /// <inheritdoc/>
    public IWorkerPool GetPool(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _faces.TryGetValue(name, out IWorkerPool? pool)
            ? pool
            : throw new SnakepitConfigurationException(PoolKey.Unknown(name, _pools.Keys));
    }

    /// <inheritdoc/>
    public LifecycleStatistics GetStatistics() => LifecycleStatistics.Sum(_pools.Values.Select(static pool => pool.GetSnapshot().Lifecycle));

    /// <inheritdoc/>
    public IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken = default) => _events.WatchAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask ExecuteAsync(string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        Default.ExecuteAsync(tool, arguments, options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<T> ExecuteAsync<T>(string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        Default.ExecuteAsync<T>(tool, arguments, options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CallResult<T>> TryExecuteAsync<T>(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        Default.TryExecuteAsync<T>(tool, arguments, options, cancellationToken);

    /// <summary>Stops every pool: running calls may finish within <see cref="StopOptions.Timeout"/>, then the workers are ended. No process
    /// is left behind.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        _stopping.Dispose();
        _metrics.Dispose();
    }

    /// <summary>Starts the pools and waits as <see cref="SnakepitOptions.StartPolicy"/> says.</summary>
    internal Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopped is not null, this);
            LiveRuntimes.Add(this);
            _starting = LaunchAsync(_stopping.Token);
        }
        return _options.StartPolicy == StartPolicy.Background ? Task.CompletedTask : WaitAsync(cancellationToken);
    }

    internal Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _stopped ??= StopOnceAsync();
        }
        return _stopped.WaitAsync(cancellationToken);
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        bool any = _options.StartPolicy == StartPolicy.AnyReady;
        Exception? first = null;
        var waits = _pools.Values.Select(
            pool => _options.StartPolicy == StartPolicy.Checked ? CheckAsync(pool, cancellationToken) : pool.WaitUntilReadyAsync(null, cancellationToken)).ToList();
        try
        {
            while (waits.Count > 0)
            {
                Task done = await Task.WhenAny(waits).ConfigureAwait(false);
                waits.Remove(done);
                if (done.IsCompletedSuccessfully && any)
                {
                    return;
                }
                first ??= done.Exception?.InnerException;
                if (!done.IsCompletedSuccessfully && !any)
                {
                    await done.ConfigureAwait(false); // throws
                }
            }
        }
        finally
        {
            waits.ForEach(Observe);
        }
        cancellationToken.ThrowIfCancellationRequested();
        if (any && first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }

    /// <summary>Nobody waits for it any more. It fails at the latest when the pool stops, which is no news to anybody.</summary>
    private static void Observe(Task wait) => wait.ContinueWith(
        static failed => failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Waits until a worker is ready, or the first has failed. Throws only what no further attempt repairs.</summary>
    private static async Task CheckAsync(WorkerPool pool, CancellationToken cancellationToken)
    {
        try
        {
            await pool.WaitUntilReadyAsync(1, cancellationToken).ConfigureAwait(false);
        }
        catch (AdapterLoadException error) when (!IsForGood(error))
        {
            // The pool goes on trying, and its log and its health tell why.
        }
    }

    /// <summary>The adapter's code, or what is installed, has to change. An adapter that raises something else may find a better world next
    /// time.</summary>
    private static bool IsForGood(AdapterLoadException failure) =>
        failure.Error is { } raised && (raised.Is("snakepit.AdapterError") || raised.Is("ImportError") || raised.Is("SyntaxError"));

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Whoever starts in the background does not wait for an interpreter's probe, and no context of the caller's runs it.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            if (_services.Launcher is null)
            {
                _sampler.Start();
                LimitCheck.Run(_poolOptions, HostLimits.Read(), _log.CreateLogger(TelemetryNames.LogCategory));
            }
            _setup = new WorkerPreparation(_services, _codecs.Json);
            List<(string Name, TimeSpan Pause)> lacking = [];
            foreach (string name in _pools.Keys)
            {
                if (await TryLaunchAsync(name, cancellationToken).ConfigureAwait(false) is { } pause)
                {
                    lacking.Add((name, pause));
                }
            }
            _lookingAgain = Task.WhenAll(lacking.Select(pool => LaunchLaterAsync(pool.Name, pool.Pause, cancellationToken)));
            ThreadPool.UnsafeQueueUserWorkItem(static codecs => codecs.Prepare(), _codecs, preferLocal: false); // while workers boot
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested) // else the pools are being stopped, which is all they have to say
        {
            foreach (WorkerPool pool in _pools.Values)
            {
                pool.GiveUp(CannotPrepare(e), ThrowsStartFailures);
            }
            throw;
        }
    }

    /// <returns>Null, unless something is missing: after how long to look again.</returns>
    private async Task<TimeSpan?> TryLaunchAsync(string name, CancellationToken cancellationToken)
    {
        WorkerPool pool = _pools[name];
        try
        {
            WorkerBlueprint blueprint = await _setup!.PrepareAsync(name, _poolOptions[name], cancellationToken).ConfigureAwait(false);
            pool.Start(_setup.Launcher, blueprint, _starts);
        }
        catch (SnakepitException e) when (e is AdapterLoadException or PythonNotFoundException && !ThrowsStartFailures)
        {
            return pool.CannotStart(e);
        }
        catch (SnakepitException e)
        {
            pool.GiveUp(e, ThrowsStartFailures);
            if (ThrowsStartFailures)
            {
                throw;
            }
        }
        return null;
    }

    /// <summary>Until what is missing is there, or the runtime stops.</summary>
    private async Task LaunchLaterAsync(string name, TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            for (TimeSpan? next = pause; next is { } wait; next = await TryLaunchAsync(name, cancellationToken).ConfigureAwait(false))
            {
                TimeSpan longest = TimeSpan.FromDays(1); // no timer counts to the longest backoff there may be
                await Task.Delay(wait < longest ? wait : longest, _services.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            _pools[name].GiveUp(CannotPrepare(e), isThrown: false);
        }
    }

    private static SnakepitException CannotPrepare(Exception e) =>
        e as SnakepitException ?? new SnakepitConfigurationException($"The workers could not be prepared: {Shown.Message(e)}");

    private async Task StopOnceAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _lookingAgain.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_pools.Values.Select(static pool => pool.StopAsync(CancellationToken.None))).ConfigureAwait(false);
        _setup?.Dispose();
        _timers?.Dispose();
        _sampler.Dispose();
        _events.Complete();
        LiveRuntimes.Remove(this);
        Task told = Task.WhenAll(_log.WhenWritten(), _metrics.Later.WhenWritten());
        await told.WaitAsync(s_telemetryTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // user code that blocks must not keep the host
    }
}
