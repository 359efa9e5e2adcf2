using Microsoft.Extensions.Logging;
using Snakepit.Cli.Output;
using Snakepit.Telemetry;

namespace Snakepit.Cli.Local;

/// <summary>Shows what an ad-hoc pool logs: what Python prints, which is logged as Debug, what it logs, and the pool's
/// errors.</summary>
internal sealed class TerminalLog(Terminal terminal) : ILoggerFactory
{
    private readonly Terminal _terminal = terminal;
    private readonly Lock _gate = new();

    /// <summary>Whether the pool's errors are shown. Before the pool has started, its exception tells them.</summary>
    public bool ShowsErrors { get; set; }

    public ILogger CreateLogger(string categoryName) => new Logger(
        this, categoryName == TelemetryNames.PythonLogCategory ? LogLevel.Debug : LogLevel.Error);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The terminal is the only place for these logs.");

    public void Dispose()
    {
    }

    private sealed class Logger(TerminalLog log, LogLevel least) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel) || (least == LogLevel.Error && !log.ShowsErrors))
            {
                return;
            }
            string text = formatter(state, exception);
            lock (log._gate)
            {
                log._terminal.Note(exception is null ? text : $"{text}\n{Shown.Headline(exception)}");
            }
        }
    }
}
