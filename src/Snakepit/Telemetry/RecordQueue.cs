using Snakepit.Threads;

namespace Snakepit.Telemetry;

/// <summary>
/// Passes records to user code (log providers, listeners of meters) on a thread of its own, in order. The threads that record serve all
/// workers, so user code that blocks or throws must not delay them. Records for which there is no room are dropped and counted.
/// </summary>
internal sealed class RecordQueue
{
    public const int Limit = 16_384;
    public const int TextLimit = 8 * 1024 * 1024;

    private readonly ThreadQueue<TelemetryRecord> _records;
    private readonly Action<long> _tellDropped;
    private readonly int _limit;
    private readonly int _textLimit;
    private readonly Lock _gate = new();
    private int _text; // characters
    private long _dropped; // since the last report

    /// <param name="thread">The thread's name.</param>
    /// <param name="tellDropped">Gets the number of dropped records, once per burst, on the queue's thread.</param>
    /// <param name="limit">The most records that may wait.</param>
    /// <param name="textLimit">The most characters of workers' output that may wait. It leaves room for other records.</param>
    public RecordQueue(string thread, Action<long> tellDropped, int limit = Limit, int textLimit = TextLimit)
    {
        _records = new ThreadQueue<TelemetryRecord>(thread, Write, TellDropped, stack: 256 * 1024);
        _tellDropped = tellDropped;
        _limit = limit;
        _textLimit = textLimit;
    }

    public void Add(TelemetryRecord record)
    {
        lock (_gate)
        {
            int count = _records.Count;
            bool hasRoom = record.Text == 0 ? count < _limit : count < _limit / 4 * 3 && _text + record.Text <= _textLimit;
            if (!hasRoom)
            {
                _dropped++;
                return;
            }
            _text += record.Text;
            _records.Add(record);
        }
    }

    /// <summary>Completes when everything that has been added so far is written.</summary>
    public Task WhenWritten()
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _records.TryAddBehind(new Marker(written)) ? written.Task : Task.CompletedTask;
    }

    private void Write(TelemetryRecord record)
    {
        if (record.Text != 0)
        {
            lock (_gate)
            {
                _text -= record.Text;
            }
        }
        if (record is Marker)
        {
            TellDropped(); // before the waiting task completes
        }
        record.TryWrite();
    }

    /// <summary>Reports dropped records once all kept ones are written, so that a burst has one report.</summary>
    private void TellDropped()
    {
        long dropped;
        lock (_gate)
        {
            (dropped, _dropped) = (_dropped, 0);
        }
        if (dropped == 0)
        {
            return;
        }
        try
        {
            _tellDropped(dropped);
        }
        catch (Exception)
        {
            // As with every record, there is nowhere to report it.
        }
    }

    /// <summary>A record that completes a task when the records before it are written.</summary>
    private sealed class Marker(TaskCompletionSource written) : TelemetryRecord
    {
        protected override void Write() => written.SetResult();
    }
}
