using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Snakepit.Telemetry;

/// <summary>
/// Loggers whose records are written on one thread of their own, in the order they came. The threads that log carry every worker's fate: a provider that
/// blocks or throws must not hold them up. Records for which there is no room are dropped and counted; what workers print leaves room for the rest.
/// </summary>
/// <param name="inner">Where records end up.</param>
/// <param name="limit">How many records may wait.</param>
/// <param name="textLimit">How many characters of what workers print may wait.</param>
internal sealed class LogQueue(ILoggerFactory inner, int limit = 16_384, int textLimit = 8 * 1024 * 1024) : ILoggerFactory
{
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10); // after which the thread ends

    private readonly object _gate = new(); // a monitor: the thread waits here
    private readonly Queue<LogRecord> _records = new();
    private ILogger? _own;
    private int _text; // characters
    private long _dropped; // since this was last told
    private bool _writing; // the thread runs

    public ILogger CreateLogger(string categoryName) => inner is NullLoggerFactory ? NullLogger.Instance : new QueuedLogger(this, inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>Does nothing: the factory belongs to whoever made it, and later records still find their way.</summary>
    public void Dispose()
    {
    }

    /// <summary>Completes when what has been logged so far is written.</summary>
    public Task WhenWritten()
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_records.Count == 0 && !_writing)
            {
                return Task.CompletedTask;
            }
            _records.Enqueue(new Marker(written));
            Wake_NeedsLock();
        }
        return written.Task;
    }

    internal void Add(LogRecord record)
    {
        lock (_gate)
        {
            bool hasRoom = record.Text == 0 ? _records.Count < limit : _records.Count < limit / 4 * 3 && _text + record.Text <= textLimit;
            if (!hasRoom)
            {
                _dropped++;
                return;
            }
            _records.Enqueue(record);
            _text += record.Text;
            Wake_NeedsLock();
        }
    }

    private void Wake_NeedsLock()
    {
        if (_writing)
        {
            Monitor.Pulse(_gate);
            return;
        }
        _writing = true;
        new Thread(Run, 256 * 1024) { IsBackground = true, Name = "Snakepit log" }.UnsafeStart();
    }

    private void Run()
    {
        while (TryTake(out LogRecord? next, out long dropped))
        {
            if (dropped > 0)
            {
                TellDropped(dropped);
            }
            next?.TryWrite();
        }
    }

    /// <returns>False: there has been nothing for so long that the thread ends.</returns>
    private bool TryTake(out LogRecord? next, out long dropped)
    {
        lock (_gate)
        {
            dropped = 0;
            while (!_records.TryDequeue(out next))
            {
                if (_dropped > 0)
                {
                    dropped = _dropped; // once they have all been written: one telling for a burst
                    _dropped = 0;
                    return true;
                }
                if (!Monitor.Wait(_gate, s_idle) && _records.Count == 0)
                {
                    return _writing = false;
                }
            }
            _text -= next.Text;
            return true;
        }
    }

    private void TellDropped(long count)
    {
        try
        {
            (_own ??= inner.CreateLogger(TelemetryNames.LogCategory)).RecordsDropped(count);
        }
        catch (Exception)
        {
            // As with every record: where could it be told?
        }
    }

    /// <summary>Reached when those before it are written.</summary>
    private sealed class Marker(TaskCompletionSource written) : LogRecord
    {
        protected override void Write() => written.SetResult();
    }
}
