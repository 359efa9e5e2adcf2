using Snakepit.Lifecycle;

namespace Snakepit.Pools;

/// <summary>What the pool has noted of a worker's memory. Under the pool's lock.</summary>
internal sealed class MemoryRecord
{
    /// <summary>Whether the pool knows its memory at the time when it became ready.</summary>
    public bool IsMeasured { get; set; }

    /// <summary>Its memory at the last reading; 0 before the first.</summary>
    public long Last { get; set; }

    /// <summary>The calls that it has answered since the last reading.</summary>
    public CallTally Calls { get; } = new();
}
