namespace Snakepit.Pools.Kernel;

/// <summary>What a pool has counted since it began.</summary>
internal readonly record struct PoolCounts(long Accepted, long Rejected, long Recycled)
{
    public PoolCounts Plus(in PoolCounts other) => new(Accepted + other.Accepted, Rejected + other.Rejected, Recycled + other.Recycled);
}
