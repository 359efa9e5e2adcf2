using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation.Planted;

/// <summary>Planted defects of what pools share: a kernel that does not hear of a part of its allowance.</summary>
internal static class PlantedShareBugs
{
    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> Bugs { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>
        {
            ["starts workers without room"] = (
                Hear(static command => command with { Size = int.MaxValue }), "Shares_a_worker_starts_only_where_there_is_room"),
            ["starts replacements beside old workers without room"] = (
                Hear(static command => command with { IsMemoryShort = false }), "L7_no_replacement_comes_before_the_old_worker_is_gone"),
            ["replaces workers out of turn"] = (
                Hear(static command => command with { Replacements = int.MaxValue }), "Shares_a_replacement_has_its_turn"),
            ["does not withdraw starts without room"] = (
                Hear(static _ => null) with { Hears = static (input, view) => IsLost(input, view) ? null : input },
                "Shares_a_start_without_room_is_withdrawn"),
        };

    /// <summary>The order would withdraw a replacement whose turn has not come.</summary>
    private static bool IsLost(KernelStep input, PoolView view) =>
        input is { Kind: StepKind.Command, Command: { Kind: CommandKind.SetAllowance, IsMemoryShort: true } }
        && view.Workers.Exists(worker => worker is { Role: WorkerRole.Next, Phase: WorkerPhase.Launching, Due: long.MaxValue }
            && view.Workers.Exists(other => other.Role == WorkerRole.Current && other.Key.Slot == worker.Key.Slot));

    private static PlantedBug Hear(Func<PoolCommand, PoolCommand?> change) => new()
    {
        Hears = (input, _) => input is not { Kind: StepKind.Command, Command.Kind: CommandKind.SetAllowance } ? input
            : change(input.Command) is { } heard ? input with { Command = heard }
            : null,
        Settings = static plan => plan with { StopFirst = false },
    };
}
