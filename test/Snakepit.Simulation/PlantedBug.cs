using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>A defect put between the kernel and the invariants, to show that they notice.</summary>
internal sealed record PlantedBug
{
    /// <summary>The plan the kernel gets; the invariants go by the true one.</summary>
    public Func<PoolPlan, PoolPlan> Plan { get; init; } = static plan => plan;

    /// <summary>Changes what the kernel ordered, given the pool as it was before.</summary>
    public Action<List<Effect>, PoolView> Effects { get; init; } = static (_, _) => { };
}
