using Snakepit.Threads;

namespace Snakepit.Telemetry;

/// <summary>
/// Passes records to user code (log providers, listeners of meters) on a thread of its own, in order. The threads that record serve all
/// workers, so user code that blocks or throws must not delay them. Records for which there is no room are dropped and counted. The
/// output of one worker takes at most a quarter of the room.
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
    private readonly HashSet<OutputShare> _sharesWithDrops = [];
    private int _text; // characters
    private long _dropped; // since the last report

    /// <param name="thread">The thread's name.</param>
    /// <param name="tellDropped">Gets the number of dropped records, once per burst, on the queue's thread.</param>
    /// <param name="limit">The most records that may wait.</param>
    /// <param name="textLimit">The most characters of workers' output that may wait. It leaves room for other records.</param>
    public RecordQueue(string thread, Action<long> tellDropped, int limit = Limit, int textLimit = TextLimit)
    {
        _records = new ThreadQueue<TelemetryRecord>(thread, Write, () => TellDropped(), stack: 256 * 1024);
        _tellDropped = tellDropped;
        _limit = limit;
        _textLimit = textLimit;
    }

    public void Add(TelemetryRecord record)
    {
        long dropped = 0;
        lock (_gate)
        {
            if (HasRoom_NeedsLock(record))
            {
                _text += record.Text;
                Count_NeedsLock(record, 1);
                _records.Add(record);
                return;
            }
            if (record.Share is not { } share)
            {
                _dropped++;
            }
            else if (++share.Dropped < _limit)
            {
                _sharesWithDrops.Add(share);
            }
            else
            {
                (dropped, share.Dropped) = (share.Dropped, 0); // the queue may never become empty
            }
        }
        if (dropped > 0)
        {
            record.Share!.TellDropped(dropped);
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
                Count_NeedsLock(record, -1);
            }
        }
        if (record is Marker && TellDropped()) // before the waiting task completes
        {
            _records.Add(record);
            return;
        }
        record.TryWrite();
    }

    /// <summary>Reports dropped records once all kept ones are written, so that a burst has one report.</summary>
    /// <returns>Whether reports wait to be written.</returns>
    private bool TellDropped()
    {
        long dropped;
        (OutputShare Share, long Dropped)[] ofWorkers = [];
        lock (_gate)
        {
            (dropped, _dropped) = (_dropped, 0);
            if (_sharesWithDrops.Count > 0)
            {
                ofWorkers = [.. _sharesWithDrops.Select(static share => (share, share.Dropped)).Where(static each => each.Dropped > 0)];
                foreach (OutputShare share in _sharesWithDrops)
                {
                    share.Dropped = 0;
                }
                _sharesWithDrops.Clear();
            }
        }
        foreach ((OutputShare share, long count) in ofWorkers)
        {
            share.TellDropped(count);
        }
        if (dropped > 0)
        {
            try
            {
                _tellDropped(dropped);
            }
            catch (Exception)
            {
                // As with every record, there is nowhere to report it.
            }
        }
        return ofWorkers.Length > 0;
    }

    private bool HasRoom_NeedsLock(TelemetryRecord record)
    {
        int count = _records.Count;
        if (record.Text == 0)
        {
            return count < _limit;
        }
        return count < _limit / 4 * 3 && _text + record.Text <= _textLimit
            && (record.Share is not { } share || (share.Records < _limit / 4 && share.Text + record.Text <= _textLimit / 4));
    }

    private static void Count_NeedsLock(TelemetryRecord record, int records)
    {
        if (record.Share is { } share)
        {
            share.Records += records;
            share.Text += records * record.Text;
        }
    }

    /// <summary>A record that completes a task when the records before it are written.</summary>
    private sealed class Marker(TaskCompletionSource written) : TelemetryRecord
    {
        protected override void Write() => written.SetResult();
    }
}
