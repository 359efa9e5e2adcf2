using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation.Planted;

/// <summary>Planted defects of the handling of workers that had too much memory.</summary>
internal static class PlantedMemoryBugs
{
    private const string Invariant = "Recycle_triggers_a_memory_peak_that_is_over_replaces_nobody";

    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> Bugs { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>
        {
            ["does not look again at the memory"] = (
                new PlantedBug
                {
                    Effects = static (_, effects, _) => effects.RemoveAll(static e => e.Kind == EffectKind.LookAtMemory),
                    Settings = Plain,
                },
                Invariant),
            ["replaces a worker whose memory is back"] = (
                Hear(static input => input is { Signal: SignalKind.LimitCleared, Reason: Reason.MemoryThreshold }
                    ? input with { Signal = SignalKind.LimitReached }
                    : input),
                Invariant),
            ["goes on giving calls to a worker with too much memory"] = (
                Hear(static input => input is { Signal: SignalKind.LimitReached, Reason: Reason.MemoryThreshold } ? null : input) with
                {
                    Calm = true,
                },
                Invariant),
        };

    private static PoolPlan Plain(PoolPlan plan) => plan with { MinLifetime = 0, Ttl = 0, MaxRequests = 0, StopFirst = false, Spares = 0 };

    private static PlantedBug Hear(Func<KernelStep, KernelStep?> change) => new() { Hears = (input, _) => change(input), Settings = Plain };
}
