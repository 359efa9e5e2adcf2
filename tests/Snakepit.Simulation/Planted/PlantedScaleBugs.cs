using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation.Planted;

/// <summary>Planted defects of pools whose size follows their load.</summary>
internal static class PlantedScaleBugs
{
    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> Bugs { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>
        {
            ["grows beyond the greatest size"] = (
                Plan(static plan => plan.IsScaling ? plan with { MaxSize = plan.MaxSize + 1 } : plan),
                "Scale_the_size_is_between_the_least_and_the_greatest"),
            ["shrinks by workers with calls"] = (
                new PlantedBug { Effects = ShrinkByOrder, Settings = Scale }, "Scale_only_idle_workers_without_sessions_go"),
            ["shrinks without patience"] = (
                Plan(static plan => plan with { ScalePatience = 8 }), "Scale_a_pool_that_has_grown_shrinks_only_after_its_patience"),
            ["does not grow for calls that wait"] = (
                Plan(static plan => plan with { ScaleDelay = long.MaxValue / 4 }), "Scale_a_call_that_waits_too_long_has_the_pool_grow"),
        };

    private static PlantedBug Plan(Func<PoolPlan, PoolPlan> change) => new() { Plan = change, Settings = Scale };

    private static PoolPlan Scale(PoolPlan plan) => plan with
    {
        MinSize = 1,
        MaxSize = plan.Size + 2,
        ScaleDelay = 20,
        ScalePatience = 200,
        QueueLimit = 50,
        Spares = 0,
        StopFirst = false,
    };

    /// <summary>An order to resize ends workers with calls. It is told as if the load had demanded it.</summary>
    private static void ShrinkByOrder(KernelStep input, List<Effect> effects, PoolView before)
    {
        if (input is { Kind: StepKind.Command, Command.Kind: CommandKind.Resize }
            && effects.Exists(static e => e is { Kind: EffectKind.WorkerDraining, Reason: Reason.Resized }))
        {
            effects.Add(Effect.PoolScaled(before.Target, Math.Clamp(input.Command.Size, 1, before.Target), SizeReason.Idle));
        }
    }
}
