using Snakepit.Processes;

namespace Snakepit.Lifecycle;

/// <summary>The last reading of a worker. Thread-safe.</summary>
internal sealed class LastReading
{
    private readonly Lock _gate = new();
    private MemoryReading? _memory;
    private ProcessUsage? _usage;
    private TimeSpan _readAt;

    /// <summary>The memory; null before the first reading.</summary>
    public MemoryReading? Memory
    {
        get
        {
            lock (_gate)
            {
                return _memory;
            }
        }
    }

    /// <summary>The usage of processors and threads; null before the first reading.</summary>
    public ProcessUsage? Usage
    {
        get
        {
            lock (_gate)
            {
                return _usage;
            }
        }
    }

    /// <param name="now">The time of the reading.</param>
    /// <param name="memory">The memory as judged.</param>
    /// <param name="usage">The usage; null when it was not read this time.</param>
    public void Note(TimeSpan now, MemoryReading memory, ProcessUsage? usage)
    {
        lock (_gate)
        {
            _memory = memory with { Peak = Math.Max(memory.Peak, _memory?.Peak ?? 0) };
            _usage = usage ?? _usage;
            _readAt = now;
        }
    }

    /// <summary>Reads again, unless the last reading is recent. Any change of the resident memory counts as private memory.</summary>
    public void Refresh(TimeSpan now, TimeSpan recently, IProcessReader reader)
    {
        lock (_gate)
        {
            if (_memory is { } last && now - _readAt >= recently && reader.TryReadNow(out long resident, out ProcessUsage? usage))
            {
                long current = Math.Max(0, last.Current + resident - last.Resident);
                _memory = last with { Current = current, Peak = Math.Max(last.Peak, current), Resident = resident };
                _usage = usage ?? _usage;
                _readAt = now;
            }
        }
    }
}
