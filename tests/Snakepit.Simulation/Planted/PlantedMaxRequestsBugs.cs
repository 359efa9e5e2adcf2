using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation.Planted;

/// <summary>Planted defects of the replacement of workers after their last call, and of workers that serve on without one.</summary>
internal static class PlantedMaxRequestsBugs
{
    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> Bugs { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>
        {
            ["goes one call too far though the replacement is ready"] = (
                Plan(static p => p with { MaxRequests = p.MaxRequests + 1 }) with { Settings = UsedUp },
                "Recycle_triggers_max_requests_is_exceeded_only_without_a_ready_replacement"),
            ["stops at the limit though nobody replaces the worker"] = (
                Plan(static p => p with { StrictMaxRequests = true }) with
                {
                    Settings = static p => UsedUp(p) with { Capacity = 4 },
                    Depth = 0,
                    Calm = true,
                },
                "L10_max_requests_never_makes_a_pool_smaller"),
            ["does not tell that replacements cannot start"] = (
                Alter(static fx => fx.RemoveAll(static e => e.Kind == EffectKind.ReplacementOverdue)) with { Settings = UsedUp },
                "L10_workers_that_serve_on_in_vain_are_told_once"),
            ["tells of each replacement that cannot start"] = (
                Alter(TellAgain) with { Settings = UsedUp }, "L10_workers_that_serve_on_in_vain_are_told_once"),
            ["lets exhausted workers wait for one another"] = (
                Plan(static p => p with { MaxConcurrentStarts = 1 }) with
                {
                    Settings = static p => UsedUp(p) with { StrictMaxRequests = true, Size = 6, MaxConcurrentStarts = 6 },
                    Depth = 0,
                    Calm = true,
                },
                "L9_an_exhausted_worker_waits_for_no_budget"),
        };

    private static PoolPlan UsedUp(PoolPlan plan) =>
        plan with { MaxRequests = 3, StrictMaxRequests = false, StopFirst = false, Spares = 0, QueueLimit = 50 };

    private static PlantedBug Plan(Func<PoolPlan, PoolPlan> change) => new() { Plan = change };

    private static PlantedBug Alter(Action<List<Effect>> change) => new() { Effects = (_, effects, _) => change(effects) };

    private static void TellAgain(List<Effect> effects)
    {
        if (effects.Find(static e => e.Kind == EffectKind.StartFailed) is { Kind: EffectKind.StartFailed } failed)
        {
            effects.Add(Effect.ReplacementOverdue(failed.Worker, Reason.None));
        }
    }
}
