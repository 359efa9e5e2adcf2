using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>What a pool's kernels have counted so far.</summary>
internal readonly record struct PoolCounts(long Accepted, long Rejected, long Recycled)
{
    public PoolCounts Plus(PoolKernel kernel) => new(Accepted + kernel.Accepted, Rejected + kernel.Rejected, Recycled + kernel.Recycled);
}
