namespace Snakepit.Simulation.Planted;

/// <summary>Every deliberate defect, by name, with the one rule that must notice it.</summary>
internal static class PlantedBugs
{
    private const int DefaultDepth = 8;

    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> All { get; } = new Dictionary<string, (PlantedBug Bug, string Invariant)>(
    [
        .. PlantedCallBugs.Bugs,
        .. PlantedLifeBugs.Bugs,
        .. PlantedMaxRequestsBugs.Bugs,
        .. PlantedMemoryBugs.Bugs,
        .. PlantedTaintBugs.Bugs.Select(static planted => KeyValuePair.Create(
            planted.Key, (planted.Value.Bug with { Settings = static plan => plan with { TaintTime = 500 } }, planted.Value.Invariant))),
        .. PlantedAdmissionBugs.Bugs.Select(static planted => KeyValuePair.Create(
            planted.Key, (planted.Value.Bug with { Depth = 0, Calm = true }, planted.Value.Invariant))),
        .. PlantedPipeliningBugs.Bugs.Select(static planted => KeyValuePair.Create(
            planted.Key, (planted.Value.Bug with { Depth = planted.Value.Bug.Depth ?? DefaultDepth }, planted.Value.Invariant))),
    ]);
}
