using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>A defect put between the kernel and the invariants, to show that they notice.</summary>
internal sealed record PlantedBug
{
    /// <summary>Nothing else goes wrong.</summary>
    public bool Calm { get; init; }

    /// <summary>Some slots cannot start replacements, and nothing else goes wrong.</summary>
    public bool BreaksSlots { get; init; }

    /// <summary>The only depth of its pools; null: as it comes.</summary>
    public int? Depth { get; init; }

    /// <summary>Where it shows: what the kernel and the invariants go by. Null: as it comes.</summary>
    public Func<PoolPlan, PoolPlan>? Settings { get; init; }

    /// <summary>What the kernel is told; the invariants know what happened. Null: nothing.</summary>
    public Func<KernelStep, PoolView, KernelStep?> Hears { get; init; } = static (input, _) => input;

    /// <summary>The plan the kernel gets; the invariants go by the true one.</summary>
    public Func<PoolPlan, PoolPlan> Plan { get; init; } = static plan => plan;

    /// <summary>Changes what the kernel ordered in a step, given the pool as it was before.</summary>
    public Action<KernelStep, List<Effect>, PoolView> Effects { get; init; } = static (_, _, _) => { };

    /// <summary>Changes the numbers a kernel's state was saved as.</summary>
    public Action<long[]> Image { get; init; } = static _ => { };

    /// <summary>Changes what the kernel's state looks like after a step.</summary>
    public Action<KernelStep, PoolView, IReadOnlyList<Effect>> View { get; init; } = static (_, _, _) => { };
}
