using Microsoft.Extensions.Logging;
using Snakepit.Telemetry;

namespace Snakepit;

/// <summary>What a runtime tells: its log, its metrics and its lifecycle events. User code that listens runs on queues of its own.</summary>
internal sealed class RuntimeTelemetry : IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    public RuntimeTelemetry(RuntimeServices services)
    {
        Log = new LogQueue(services.LoggerFactory);
        Logger = Log.CreateLogger(TelemetryNames.LogCategory);
        Python = Log.CreateLogger(TelemetryNames.PythonLogCategory);
        Metrics = new SnakepitMetrics(services.MeterFactory, Logger);
    }

    public LogQueue Log { get; }

    public ILogger Logger { get; }

    /// <summary>For what workers print.</summary>
    public ILogger Python { get; }

    public SnakepitMetrics Metrics { get; }

    public LifecycleBroadcaster Events { get; } = new();

    /// <summary>Ends the events, and waits until what has been told is written: not for long, because user code that blocks must not keep
    /// the host.</summary>
    public async Task CompleteAsync()
    {
        Events.Complete();
        Task told = Task.WhenAll(Log.WhenWritten(), Metrics.Later.WhenWritten());
        await told.WaitAsync(s_timeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => Metrics.Dispose();
}
