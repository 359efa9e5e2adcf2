namespace Snakepit.Pools;

/// <summary>The memory of one worker process as the memory budget counts it, from its start to its end.</summary>
/// <param name="slot">The worker's slot.</param>
internal sealed class WorkerCharge(int slot)
{
    public int Slot { get; } = slot;

    /// <summary>Its memory at the last reading, in bytes.</summary>
    public long Current { get; private set; }

    /// <summary>The highest reading.</summary>
    public long Peak { get; private set; }

    /// <summary>The time of its first reading; 0 before.</summary>
    public long MeasuredAt { get; private set; }

    public bool IsMeasured => MeasuredAt != 0;

    public void Note(long bytes, long now)
    {
        Current = bytes;
        Peak = Math.Max(Peak, bytes);
        MeasuredAt = MeasuredAt == 0 ? Math.Max(1, now) : MeasuredAt;
    }
}
