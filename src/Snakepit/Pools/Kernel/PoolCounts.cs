namespace Snakepit.Pools.Kernel;

/// <summary>The counters of a pool since its begin.</summary>
internal readonly record struct PoolCounts(long Accepted, long Rejected, long Recycled)
{
    public PoolCounts Plus(in PoolCounts other) => new(Accepted + other.Accepted, Rejected + other.Rejected, Recycled + other.Recycled);
}
