namespace Snakepit.Telemetry;

/// <summary>
/// Hands records to user code (log providers, listeners of meters) on one thread of its own, in the order they came. The threads that record carry every
/// worker's fate: user code that blocks or throws must not hold them up. Records for which there is no room are dropped and counted.
/// </summary>
/// <param name="thread">The thread's name.</param>
/// <param name="tellDropped">Told how many records were dropped, once per burst, on the queue's thread.</param>
/// <param name="limit">How many records may wait.</param>
/// <param name="textLimit">How many characters of what workers print may wait. It leaves room for the rest.</param>
internal sealed class RecordQueue(string thread, Action<long> tellDropped, int limit = RecordQueue.Limit, int textLimit = RecordQueue.TextLimit)
{
    public const int Limit = 16_384;
    public const int TextLimit = 8 * 1024 * 1024;

    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10); // after which the thread ends

    private readonly object _gate = new(); // a monitor: the thread waits here
    private readonly Queue<TelemetryRecord> _records = new();
    private int _text; // characters
    private long _dropped; // since this was last told
    private bool _writing; // the thread runs

    public void Add(TelemetryRecord record)
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

    /// <summary>Completes when what has been added so far is written.</summary>
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

    private void Wake_NeedsLock()
    {
        if (_writing)
        {
            Monitor.Pulse(_gate);
            return;
        }
        _writing = true;
        new Thread(Run, 256 * 1024) { IsBackground = true, Name = thread }.UnsafeStart();
    }

    private void Run()
    {
        while (TryTake(out TelemetryRecord? next, out long dropped))
        {
            if (dropped > 0)
            {
                TellDropped(dropped);
            }
            next?.TryWrite();
        }
    }

    /// <returns>False: there has been nothing for so long that the thread ends.</returns>
    private bool TryTake(out TelemetryRecord? next, out long dropped)
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
            tellDropped(count);
        }
        catch (Exception)
        {
            // As with every record: where could it be told?
        }
    }

    /// <summary>Reached when those before it are written.</summary>
    private sealed class Marker(TaskCompletionSource written) : TelemetryRecord
    {
        protected override void Write() => written.SetResult();
    }
}
