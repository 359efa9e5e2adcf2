using Microsoft.Extensions.Logging;
using Snakepit.Telemetry;
using Snakepit.Testing;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>A runtime with real Python workers, whose events are recorded from before its start.</summary>
internal sealed class Rig : IAsyncDisposable
{
    public const string OnlyPool = "it";

    private readonly RecordingLoggers _loggers = new();
    private readonly LoggerFactory _factory;
    private readonly Task _watching;

    private Rig(string mark, Action<SnakepitRuntimeBuilder> configure)
    {
        Mark = mark;
        _factory = new LoggerFactory([_loggers], new LoggerFilterOptions { MinLevel = LogLevel.Trace });
        var builder = new SnakepitRuntimeBuilder { LoggerFactory = _factory };
        configure(builder);
        Runtime = builder.CreateRuntime();
        _watching = WatchAsync(Runtime.WatchAsync());
    }

    public SnakepitRuntime Runtime { get; }

    /// <summary>The mark in the environment of every process of the pools.</summary>
    public string Mark { get; }

    public Recorder<LifecycleEvent> Events { get; } = new();

    public Recorder<LogEntry> Log => _loggers.Entries;

    public IWorkerPool Pool => Runtime.GetPool(OnlyPool);

    /// <summary>Creates a runtime that is not started yet.</summary>
    public static Rig Create(Action<SnakepitRuntimeBuilder, Action<PoolOptions>> configure)
    {
        string mark = Guid.NewGuid().ToString("n");
        return new Rig(mark, builder => configure(builder, pool =>
        {
            pool.Python.Variables[MarkedProcesses.Variable] = mark;
            pool.Transport.Portable = TransportMode.IsPortable;
            pool.Values.Codec = TransportMode.IsPortable ? ValueCodec.Json : ValueCodec.Auto;
        }));
    }

    /// <summary>Creates a runtime with one pool, which has one worker unless configured otherwise.</summary>
    public static Rig Create(
        string adapter, Action<PoolOptions>? configure = null, Action<SnakepitRuntimeBuilder>? runtime = null) =>
        Create((builder, mark) =>
        {
            runtime?.Invoke(builder);
            builder.AddPool(OnlyPool, pool =>
            {
                mark(pool);
                pool.Adapter = Adapter(adapter);
                pool.Size = 1;
                configure?.Invoke(pool);
            });
        });

    /// <summary>Returns the path of an adapter in the Adapters folder.</summary>
    public static string Adapter(string name) => Path.Combine(AppContext.BaseDirectory, "Adapters", name);

    public Task StartAsync() => Runtime.StartAsync(TestContext.Current.CancellationToken);

    public async Task<T> NextAsync<T>(Func<T, bool>? where = null)
        where T : LifecycleEvent => (T)await Events.FirstAsync(happened => happened is T one && (where is null || where(one)));

    /// <summary>Calls a tool of the only pool.</summary>
    public Task<T> CallAsync<T>(string tool, params object?[] arguments) =>
        Pool.ExecuteAsync<T>(tool, ToolArguments.FromList(arguments), null, TestContext.Current.CancellationToken).AsTask();

    public async Task AssertServesAsync() => Assert.Equal(42, await CallAsync<int>("add", 40, 2));

    /// <summary>Starts a call that runs until the gate releases it. Completes when the call has begun, and returns it.</summary>
    public async Task<Task<string>> HoldAsync(Gate gate, string tag)
    {
        Task<string> call = CallAsync<string>("hold", gate.Path, tag);
        await BegunAsync(tag);
        return call;
    }

    /// <summary>Completes when a tool has logged that it runs with this tag.</summary>
    public Task BegunAsync(object tag) =>
        Log.FirstAsync(entry => entry.Id.Id == EventIds.PythonLog && entry.Text.EndsWith($"begun {tag}", StringComparison.Ordinal));

    public IEnumerable<T> Seen<T>()
        where T : LifecycleEvent => Events.All.OfType<T>();

    /// <summary>Stops the runtime, after which every event has been told, and returns those of one kind.</summary>
    public async Task<IReadOnlyList<T>> AllAsync<T>()
        where T : LifecycleEvent
    {
        await DisposeAsync();
        return [.. Seen<T>()];
    }

    public Task<PoolSnapshot> UntilAsync(Func<PoolSnapshot, bool> condition) =>
        Pool.WaitUntilAsync(condition, TestContext.Current.CancellationToken);

    /// <summary>Returns the only worker that serves. Other workers may start or leave at the same time.</summary>
    public WorkerSnapshot OnlyWorker() => Assert.Single(Pool.GetSnapshot().Workers, static worker => worker.State == WorkerState.Serving);

    public async ValueTask DisposeAsync()
    {
        await Runtime.DisposeAsync();
        await _watching; // the events end with the runtime
        _factory.Dispose();
    }

    private async Task WatchAsync(IAsyncEnumerable<LifecycleEvent> events)
    {
        await foreach (LifecycleEvent happened in events)
        {
            Events.Add(happened);
        }
    }
}
