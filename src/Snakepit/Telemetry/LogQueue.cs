using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Snakepit.Telemetry;

/// <summary>Loggers whose records wait in a queue, so that the threads that log run no provider's code.</summary>
internal sealed class LogQueue : ILoggerFactory
{
    private readonly RecordQueue _records;
    private readonly ILoggerFactory _inner;
    private ILogger? _own;

    /// <param name="inner">Where records end up.</param>
    /// <param name="limit">How many records may wait.</param>
    /// <param name="textLimit">How many characters of what workers print may wait.</param>
    public LogQueue(ILoggerFactory inner, int limit = RecordQueue.Limit, int textLimit = RecordQueue.TextLimit)
    {
        _inner = inner;
        _records = new RecordQueue("Snakepit log", TellDropped, limit, textLimit);
    }

    public ILogger CreateLogger(string categoryName) => _inner is NullLoggerFactory ? NullLogger.Instance : new QueuedLogger(_records, _inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => _inner.AddProvider(provider);

    /// <summary>Completes when what has been logged so far is written.</summary>
    public Task WhenWritten() => _records.WhenWritten();

    /// <summary>Does nothing: the factory belongs to whoever made it, and later records still find their way.</summary>
    public void Dispose()
    {
    }

    private void TellDropped(long count) => (_own ??= _inner.CreateLogger(TelemetryNames.LogCategory)).RecordsDropped(count);
}
