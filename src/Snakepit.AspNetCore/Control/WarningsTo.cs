using Microsoft.Extensions.Logging;

namespace Snakepit.AspNetCore.Control;

/// <summary>Passes the control server's own warnings and errors to the application's log. What else a server says is noise there.</summary>
internal sealed class WarningsTo(ILoggerFactory loggers) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Filter(loggers.CreateLogger(categoryName));

    public void Dispose()
    {
        // The factory is the application's.
    }

    private sealed class Filter(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
