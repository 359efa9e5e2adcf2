using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>A defect between the kernel and the invariants, which shows that the invariants notice it.</summary>
internal sealed record PlantedBug
{
    /// <summary>True to run it in a world in which nothing else goes wrong.</summary>
    public bool Calm { get; init; }

    /// <summary>True to run it in a world in which some slots cannot start replacements and nothing else goes wrong.</summary>
    public bool BreaksSlots { get; init; }

    /// <summary>True to run it in a world in which some calls are for one certain worker.</summary>
    public bool Binds { get; init; }

    /// <summary>True to run it in a world in which many calls are calls of sessions.</summary>
    public bool HasSessions { get; init; }

    /// <summary>The depth of the channels in its pools; null for a random depth.</summary>
    public int? Depth { get; init; }

    /// <summary>Changes the settings of kernel and invariants to those in which the defect shows; null for random settings.</summary>
    public Func<PoolPlan, PoolPlan>? Settings { get; init; }

    /// <summary>Changes the input of the kernel, or drops it by null. The invariants see the true input.</summary>
    public Func<KernelStep, PoolView, KernelStep?> Hears { get; init; } = static (input, _) => input;

    /// <summary>Changes the plan of the kernel. The invariants go by the true plan.</summary>
    public Func<PoolPlan, PoolPlan> Plan { get; init; } = static plan => plan;

    /// <summary>Changes the effects of a step, given the pool as it was before.</summary>
    public Action<KernelStep, List<Effect>, PoolView> Effects { get; init; } = static (_, _, _) => { };

    /// <summary>Changes the numbers of a saved kernel state.</summary>
    public Action<long[]> Image { get; init; } = static _ => { };

    /// <summary>Changes the view of the kernel's state after a step.</summary>
    public Action<KernelStep, PoolView, IReadOnlyList<Effect>> View { get; init; } = static (_, _, _) => { };
}
