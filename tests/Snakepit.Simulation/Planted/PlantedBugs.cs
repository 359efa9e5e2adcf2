namespace Snakepit.Simulation.Planted;

/// <summary>Every planted defect by name, with the one rule that must notice it.</summary>
internal static class PlantedBugs
{
    private const int DefaultDepth = 8;

    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> All { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>(
        [
            .. PlantedCallBugs.Bugs,
            .. PlantedLifeBugs.Bugs,
            .. PlantedMaxRequestsBugs.Bugs,
            .. PlantedMemoryBugs.Bugs,
            .. PlantedSettleBugs.Bugs,
            .. Change(PlantedBoundBugs.Bugs, static bug => bug with { Binds = true }),
            .. Change(PlantedSessionBugs.Bugs, static bug => bug with { HasSessions = true }),
            .. Change(PlantedTaintBugs.Bugs, static bug => bug with { Settings = static plan => plan with { TaintTime = 500 } }),
            .. Change(PlantedAdmissionBugs.Bugs, static bug => bug with { Depth = 0, Calm = true }),
            .. Change(PlantedPipeliningBugs.Bugs, static bug => bug with { Depth = bug.Depth ?? DefaultDepth }),
        ]);

    private static IEnumerable<KeyValuePair<string, (PlantedBug Bug, string Invariant)>> Change(
        IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> bugs, Func<PlantedBug, PlantedBug> change) =>
        bugs.Select(planted => KeyValuePair.Create(planted.Key, (change(planted.Value.Bug), planted.Value.Invariant)));
}
