using Snakepit.Processes;

namespace Snakepit.Lifecycle;

/// <summary>What was read of a worker last, for whoever wants to know. From any thread.</summary>
internal sealed class LastReading
{
    private readonly Lock _gate = new();
    private MemoryReading? _memory;
    private TimeSpan? _cpuTime;
    private TimeSpan _readAt;

    /// <summary>Null before it was read.</summary>
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

    /// <summary>Null before it was read.</summary>
    public TimeSpan? CpuTime
    {
        get
        {
            lock (_gate)
            {
                return _cpuTime;
            }
        }
    }

    /// <param name="now">When it was read.</param>
    /// <param name="memory">As judged.</param>
    /// <param name="cpuTime">Null: it was not read this time.</param>
    public void Note(TimeSpan now, MemoryReading memory, TimeSpan? cpuTime)
    {
        lock (_gate)
        {
            _memory = memory with { Peak = Math.Max(memory.Peak, _memory?.Peak ?? 0) };
            _cpuTime = cpuTime ?? _cpuTime;
            _readAt = now;
        }
    }

    /// <summary>Reads again unless that was done so recently. What the process has more or less resident than last is taken for its own.</summary>
    public void Refresh(TimeSpan now, TimeSpan recently, IProcessReader reader)
    {
        lock (_gate)
        {
            if (_memory is { } last && now - _readAt >= recently && reader.TryReadNow(out long resident, out TimeSpan? cpuTime))
            {
                long current = Math.Max(0, last.Current + resident - last.Resident);
                _memory = last with { Current = current, Peak = Math.Max(last.Peak, current), Resident = resident };
                _cpuTime = cpuTime ?? _cpuTime;
                _readAt = now;
            }
        }
    }
}
