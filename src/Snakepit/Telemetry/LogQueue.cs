using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Snakepit.Telemetry;

/// <summary>Creates loggers whose records wait in a queue, so that the threads that log run no code of a provider.</summary>
internal sealed class LogQueue : ILoggerFactory
{
    private readonly RecordQueue _records;
    private readonly ILoggerFactory _inner;
    private ILogger? _own;

    /// <param name="inner">The factory of the loggers that write the records.</param>
    /// <param name="limit">The most records that may wait.</param>
    /// <param name="textLimit">The most characters of workers' output that may wait.</param>
    public LogQueue(ILoggerFactory inner, int limit = RecordQueue.Limit, int textLimit = RecordQueue.TextLimit)
    {
        _inner = inner;
        _records = new RecordQueue("Snakepit log", TellDropped, limit, textLimit);
    }

    public ILogger CreateLogger(string categoryName) =>
        _inner is NullLoggerFactory ? NullLogger.Instance : new QueuedLogger(_records, _inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => _inner.AddProvider(provider);

    /// <summary>Completes when everything that has been logged so far is written.</summary>
    public Task WhenWritten() => _records.WhenWritten();

    /// <summary>Does nothing: the inner factory belongs to its creator, and later records are still written.</summary>
    public void Dispose()
    {
    }

    private void TellDropped(long count) => (_own ??= _inner.CreateLogger(TelemetryNames.LogCategory)).RecordsDropped(count);
}
