using Microsoft.Extensions.Logging;

namespace Snakepit.Telemetry;

/// <summary>
/// Puts records into a queue. Whether a level is enabled is checked when they are written, because a provider's filter is user code too.
/// </summary>
internal sealed class QueuedLogger(RecordQueue queue, ILogger inner) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        queue.Add(new LogRecord<TState>(inner, logLevel, eventId, state, exception, formatter));
}
