using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Snakepit.Pools;
using Snakepit.Processes;
using Snakepit.Runtime;
using Snakepit.Testing;
using Snakepit.Workers;

namespace Snakepit.Tests.Pools;

/// <summary>The production pool "text" over fake workers and a fake clock. Nothing in it takes real time.</summary>
internal sealed class PoolFixture : IAsyncDisposable
{
    /// <summary>More than the 10 ms steps of deadlines.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeLogCollector _logs = FakeLogCollector.Create(new FakeLogCollectorOptions());
    private readonly SnakepitRuntime _runtime;
    private EventLog _events;
    private bool _disposed;

    private PoolFixture(Action<PoolOptions>? configure, IWorkerStarter? starter, StartPolicy policy, FakeTimeProvider? time = null)
    {
        Time = time ?? new FakeTimeProvider();
        var options = new PoolOptions { Adapter = "adapter.py", Size = 1, Restart = { Jitter = 0 } };
        configure?.Invoke(options);
        Options = options;
        Workers.Add("add", request => request.Get<int>("a") + request.Get<int>("b"))
            .Add(
                "fail",
                (ToolRequest _) => throw new FakeToolException("KeyError", "'x'") { Bases = ["LookupError", "Exception", "BaseException"] })
            .Add("check", static request => request.Worker.Id.Generation > 1)
            .Add("die", request => request.Worker.Crash());
        Slow = Workers.Hold("slow");
        Meters = _services.GetRequiredService<IMeterFactory>();
        var loggers = new LoggerFactory([new FakeLoggerProvider(_logs)]);
        var services = new RuntimeServices
        {
            TimeProvider = Time, MeterFactory = Meters, LoggerFactory = loggers, Starter = starter ?? new FakeStarter(Workers),
        };
        _runtime = new SnakepitRuntime(
            new SnakepitOptions { StartPolicy = policy }, new Dictionary<string, PoolOptions> { ["text"] = options }, services);
        Pool = Assert.Single(_runtime.Pools);
        _events = new EventLog(Pool);
    }

    public FakeTimeProvider Time { get; }

    public FakeWorkers Workers { get; } = new();

    /// <summary>The tool "slow", whose calls run until the test answers them.</summary>
    public HeldTool Slow { get; }

    /// <summary>Everything that has been logged so far.</summary>
    public FakeLogCollector Logs
    {
        get
        {
            Assert.True(_runtime.Logged.Wait(TimeSpan.FromSeconds(30)));
            return _logs;
        }
    }

    public IMeterFactory Meters { get; }

    /// <summary>Completes when listeners of the meter have received everything that has happened so far.</summary>
    public Task Measured => _runtime.Measured;

    public PoolOptions Options { get; }

    public WorkerPool Pool { get; }

    /// <summary>The pool as its users see it.</summary>
    public IWorkerPool Face => _runtime.GetPool("text");

    /// <summary>The events until the last wait for a replacement ended.</summary>
    public IReadOnlyList<LifecycleEvent> Told { get; private set; } = [];

    public PoolSnapshot Now => Face.GetSnapshot();

    /// <summary>Creates a pool that is not started.</summary>
    public static PoolFixture Create() => new(null, null, StartPolicy.Background);

    /// <summary>Starts a pool and waits for every worker.</summary>
    public static async Task<PoolFixture> StartAsync(
        Action<PoolOptions>? configure = null, IWorkerStarter? starter = null, Action<FakeWorkers>? prepare = null)
    {
        var fixture = new PoolFixture(configure, starter, StartPolicy.AllReady);
        prepare?.Invoke(fixture.Workers);
        await fixture._runtime.StartAsync(TestContext.Current.CancellationToken);
        return fixture;
    }

    /// <summary>Starts a pool with pipelining workers, and teaches it that "slow" and "add" are fast.</summary>
    public static async Task<PoolFixture> StartPipeliningAsync(Action<PoolOptions>? configure = null)
    {
        var fixture = new PoolFixture(configure, null, StartPolicy.AllReady);
        fixture.Workers.Pipelining = true;
        await fixture._runtime.StartAsync(TestContext.Current.CancellationToken);
        for (int i = 0; i < 8; i++)
        {
            Task<int> call = fixture.Begin();
            fixture.NextSlow().Return(0);
            await call;
            await fixture.AddAsync();
        }
        return fixture;
    }

    /// <summary>Starts a pool with one worker and teaches it the run time of "slow".</summary>
    public static async Task<PoolFixture> StartTaughtAsync(TimeSpan runTime, Action<PoolOptions>? configure = null)
    {
        PoolFixture fixture = await StartAsync(configure);
        for (int i = 0; i < 16; i++)
        {
            Task<int> call = fixture.Begin();
            fixture.Time.Advance(runTime);
            fixture.NextSlow().Return(0);
            await call;
        }
        return fixture;
    }

    /// <summary>Starts a pool whose workers boot as told.</summary>
    public static async Task<PoolFixture> StartAsync(
        Func<FakeWorker, Task> boot, Action<PoolOptions>? configure = null, FakeTimeProvider? time = null)
    {
        var fixture = new PoolFixture(configure, null, StartPolicy.Background, time);
        fixture.Workers.Boot = boot;
        await fixture._runtime.StartAsync(TestContext.Current.CancellationToken);
        await fixture._runtime.Launched;
        return fixture;
    }

    /// <summary>Starts a pool with another launcher and waits for no worker.</summary>
    public static async Task<PoolFixture> StartInBackgroundAsync(IWorkerStarter starter, Action<PoolOptions>? configure = null)
    {
        var fixture = new PoolFixture(configure, starter, StartPolicy.Background);
        await fixture._runtime.StartAsync(TestContext.Current.CancellationToken);
        await fixture._runtime.Launched;
        return fixture;
    }

    /// <summary>Calls "slow". On return, the call runs or is queued.</summary>
    public Task<int> Begin(ToolCallOptions? options = null) =>
        Face.ExecuteAsync<int>("slow", default, options, CancellationToken.None).AsTask();

    /// <summary>Calls "slow" for a caller that may cancel.</summary>
    public Task<int> BeginFor(CancellationTokenSource caller) => Face.ExecuteAsync<int>("slow", default, null, caller.Token).AsTask();

    public Task<int> AddAsync() => CallAsync<int>("add", ToolArguments.Named(("a", 40), ("b", 2)));

    public Task<T> CallAsync<T>(string tool, ToolArguments arguments = default) =>
        Face.ExecuteAsync<T>(tool, arguments, null, CancellationToken.None).AsTask();

    public Task CallAsync(string tool, ToolArguments arguments = default) =>
        Face.ExecuteAsync(tool, arguments, null, CancellationToken.None).AsTask();

    public Task ReadyAsync(int? workers = null) => Pool.WaitUntilReadyAsync(workers, CancellationToken.None);

    public Task<RecycleReport> RecycleAsync(int? slot = null) => Pool.RecycleAsync(slot, CancellationToken.None);

    public Task<PoolSnapshot> UntilAsync(Func<PoolSnapshot, bool> condition) =>
        Face.WaitUntilAsync(condition, TestContext.Current.CancellationToken);

    /// <summary>Returns the oldest running call of "slow" that was not returned yet. Without one, the test fails.</summary>
    public HeldCall NextSlow()
    {
        Task<HeldCall> next = Slow.NextAsync().AsTask();
        Assert.True(next.IsCompletedSuccessfully, "No call of 'slow' has begun.");
        return next.Result;
    }

    /// <summary>Waits for the end of the first worker that was replaced since the fixture was created.</summary>
    public async Task<RecycleReason> NextRecycledAsync() => (await NextRecycledEventAsync()).Reason;

    public async Task<WorkerRecycledEvent> NextRecycledEventAsync()
    {
        // The snapshot may show the replacement before its event is told, when another thread makes the step.
        await UntilAsync(static pool => pool.Recycled > 0);
        using EventLog before = _events;
        Told = await before.ReadUntilAsync<WorkerRecycledEvent>(TestContext.Current.CancellationToken);
        _events = new EventLog(Pool);
        return Told.OfType<WorkerRecycledEvent>().First();
    }

    /// <summary>Returns the events since the last read.</summary>
    public IReadOnlyList<LifecycleEvent> Events()
    {
        using EventLog before = _events;
        _events = new EventLog(Pool);
        return before.Read();
    }

    public Task StopAsync() => _runtime.StopAsync(TestContext.Current.CancellationToken);

    /// <summary>Stops as a host does when its shutdown timeout has passed.</summary>
    public Task StopWithoutWaitingAsync() => _runtime.StopAsync(new CancellationToken(canceled: true));

    /// <summary>Disposes of the runtime without stopping the workers first.</summary>
    public Task DisposeRuntimeAsync() => _runtime.DisposeAsync().AsTask();

    /// <summary>Stops a pool whose workers do nothing by themselves.</summary>
    public async Task StopRawAsync(RawWorkers workers)
    {
        await _runtime.StopAsync(Pool, () =>
        {
            foreach (RawWorker worker in workers.All)
            {
                worker.Events.OnExited(new ChildExit(0, null), []);
            }
        });
        await DisposeAsync();
    }

    /// <summary>Stops the runtime and kills whatever still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        await _runtime.EndAsync(Pool, Workers);
        _events.Dispose();
        await _services.DisposeAsync();
    }
}
