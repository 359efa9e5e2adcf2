using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Python;
using Snakepit.Telemetry;
using Snakepit.Values;
using Snakepit.Workers;

namespace Snakepit.Runtime;

/// <summary>
/// Prepares what the workers of a runtime need before the first can start: the package's location, interpreters, and the launcher.
/// </summary>
internal sealed class WorkerPreparation : IDisposable
{
    private readonly RuntimeServices _services;
    private readonly JsonValueCodec _codec;
    private readonly ILogger _logger;
    private readonly PythonTools? _tools;
    private readonly HostRun? _run;
    private PythonInterpreter? _launcherPython;
    private readonly ConcurrentDictionary<string, string> _told = new(); // by pool: the last interpreter in the log
    private readonly ConcurrentDictionary<string, EnvironmentUse> _environments = new(); // by pool: those that were prepared for it
    private bool _launcherRan;
    private bool _toldNoPage;

    public WorkerPreparation(RuntimeServices services, JsonValueCodec codec, IZygoteMemory? zygoteMemory = null)
    {
        _services = services;
        _codec = codec;
        _logger = services.LoggerFactory.CreateLogger(TelemetryNames.LogCategory);
        if (services.Starter is { } starter)
        {
            Starter = starter;
            return;
        }
        _tools = new PythonTools(services.TimeProvider);
        if (_tools.Package.NotCachedBecause is { } problem)
        {
            _logger.CacheNotUsed(problem);
        }
        if (services.UsesStandardStreams)
        {
            Starter = new StandardStarter(_logger);
            return;
        }
        _run = BeginRun(_tools.Host);
        Starter = new PipeStarter(
            () => new ChildCommand(BootCommand.Launcher(_launcherPython!, _tools.Package), _tools.Host.Variables, ""),
            OnLauncherStarted,
            pid => _logger.LauncherLost(pid, "its socket closed"),
            error => _logger.WatcherError(error),
            OnNoPage,
            services.TimeProvider,
            services.Timers,
            _logger,
            services.LoggerFactory.CreateLogger(TelemetryNames.PythonLogCategory),
            _run,
            zygoteMemory);
    }

    public IWorkerStarter Starter { get; }

    private HostRun BeginRun(IHostSystem host)
    {
        var run = new HostRun(count => _logger.LeftoversKilled(count));
        try
        {
            run.Register(RunFolder.Find(host));
            run.BeginSweep();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.RunNotNoted(e.Message);
        }
        return run;
    }

    private void OnNoPage(string problem)
    {
        if (!Interlocked.Exchange(ref _toldNoPage, true))
        {
            _logger.NoSharedPage(problem);
        }
    }

    private void OnLauncherStarted(int pid)
    {
        if (Interlocked.Exchange(ref _launcherRan, true))
        {
            _logger.LauncherRestarted(pid);
        }
        else
        {
            _logger.LauncherStarted(pid);
        }
    }

    /// <summary>Finds everything that the workers of a pool need.</summary>
    /// <exception cref="AdapterLoadException">The adapter's file does not exist.</exception>
    /// <exception cref="PythonNotFoundException">There is no interpreter for the pool.</exception>
    public async Task<WorkerBlueprint> PrepareAsync(string pool, PoolOptions options, CancellationToken cancellationToken)
    {
        var blueprint = new WorkerBlueprint
        {
            Adapter = options.Adapter,
            PythonPath = [.. options.Python.PythonPath.Select(Path.GetFullPath)],
            MaxMessage = (int)options.Call.MaxMessage.Bytes,
            Unserializable = options.Values.Unserializable,
            ReprMaxLength = options.Values.ReprMaxLength,
            Format = options.Values.Codec switch
            {
                ValueCodec.Json => BodyFormat.Json,
                ValueCodec.Marshal => BodyFormat.Marshal,
                _ => null,
            },
            Threads = options.Profile == WorkerProfile.Thread ? options.ThreadsPerWorker : 0,
            ThreadSafety = options.ThreadSafety,
            Capacity = options.Capacity,
            Warmup = options.Start.Warmup,
            UsesZygote = options.Start.UsesZygote,
            Preload = [.. options.Start.Preload],
            ZygotePatience = options.Boot.Timeout / 2,
            Telemetry = options.Telemetry,
            Portable = options.Transport.Portable,
            HostTools = [.. options.Tools],
            Codec = _codec,
        };
        if (_tools is null)
        {
            return blueprint;
        }
        PythonInterpreter python = await FindAsync(pool, options.Python, _tools, cancellationToken).ConfigureAwait(false);
        TellInterpreter(pool, python);
        _launcherPython ??= python;
        Dictionary<string, string> environment = WorkerEnvironment.Build(_tools.Host, options, python.Environment);
        return blueprint with
        {
            Adapter = AdapterReference.Resolve(
                pool, options.Adapter, AdapterFolders.Find(_services.EnvironmentName, _tools.Host.Variables)),
            Command = new ChildCommand(
                _services.UsesStandardStreams
                    ? BootCommand.StandardWorker(python, _tools.Package)
                    : BootCommand.Worker(python, _tools.Package),
                environment,
                ""),
            Python = python.Describe(),
            ZygoteCommand = new ChildCommand(BootCommand.Zygote(python, _tools.Package), environment, ""),
        };
    }

    /// <summary>Finds the interpreter of a pool, or prepares the environment that it asks for.</summary>
    private async Task<PythonInterpreter> FindAsync(
        string pool, PythonOptions options, PythonTools tools, CancellationToken cancellationToken)
    {
        if (!options.PrepareEnvironment)
        {
            return await tools.Locator.LocateAsync(options, pool, cancellationToken).ConfigureAwait(false);
        }
        var news = new PreparationNews(step => _logger.EnvironmentStep(pool, step), line => _logger.EnvironmentOutput(pool, line));
        PreparedEnvironment prepared = await new EnvironmentPreparation(tools, options, pool, news, _services.TimeProvider)
            .RunAsync(cancellationToken).ConfigureAwait(false);
        _environments.AddOrUpdate(pool, prepared.Use, (_, earlier) =>
        {
            earlier.Dispose();
            return prepared.Use;
        });
        return prepared.Python;
    }

    /// <summary>Logs the interpreter once, and again when it changes: a pool without its adapter runs this repeatedly.</summary>
    private void TellInterpreter(string pool, PythonInterpreter python)
    {
        string choice = string.Join('\n', [.. python.PassedOver, $"{python.Version} {python.Executable} {python.Origin}"]);
        if (_told.TryGetValue(pool, out string? told) && told == choice)
        {
            return;
        }
        _told[pool] = choice;
        foreach (string candidate in python.PassedOver)
        {
            _logger.InterpreterPassedOver(pool, candidate);
        }
        _logger.InterpreterChosen(pool, python.Version, python.Executable, python.Origin);
    }

    public void Dispose()
    {
        Starter.Dispose();
        _run?.Dispose();
        _tools?.Dispose();
        foreach (EnvironmentUse use in _environments.Values)
        {
            use.Dispose();
        }
    }
}
