using Microsoft.Extensions.Logging;

namespace Snakepit.Bench.Measuring;

/// <summary>Writes the log records of a runtime into a journal, except those of single calls, at Debug.</summary>
internal sealed class JournalLoggers(Journal journal) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Logger(journal, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("A journal is the only one that is written to.");

    public void Dispose()
    {
    }

    private sealed class Logger(Journal journal, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                journal.Add($"log {logLevel} {category}: {formatter(state, exception)}{(exception is null ? "" : $" {exception}")}");
            }
        }
    }
}
