using Microsoft.Extensions.Logging;
using Snakepit.Telemetry;

namespace Snakepit.Runtime;

/// <summary>A runtime's log, metrics and lifecycle events. User code that listens runs on separate queues.</summary>
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

    /// <summary>The logger for the output of workers.</summary>
    public ILogger Python { get; }

    public SnakepitMetrics Metrics { get; }

    public LifecycleBroadcaster Events { get; } = new();

    /// <summary>
    /// Ends the events, and waits a short time until everything is written: user code that blocks must not block the host.
    /// </summary>
    public async Task CompleteAsync()
    {
        Events.Complete();
        Task told = Task.WhenAll(Log.WhenWritten(), Metrics.Later.WhenWritten());
        await told.WaitAsync(s_timeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => Metrics.Dispose();
}
