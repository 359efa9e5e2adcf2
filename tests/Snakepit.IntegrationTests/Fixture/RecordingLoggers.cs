using Microsoft.Extensions.Logging;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>A log record.</summary>
internal sealed record LogEntry(string Category, LogLevel Level, EventId Id, string Text, Exception? Exception)
{
    public IReadOnlyDictionary<string, object?> Properties { get; init; } = new Dictionary<string, object?>();
}

/// <summary>Records every log record of a runtime.</summary>
internal sealed class RecordingLoggers : ILoggerProvider
{
    public Recorder<LogEntry> Entries { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, Entries);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, Recorder<LogEntry> entries) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            entries.Add(new LogEntry(category, logLevel, eventId, formatter(state, exception), exception)
            {
                Properties = new Dictionary<string, object?>((IReadOnlyList<KeyValuePair<string, object?>>)state!),
            });
    }
}
