namespace Snakepit.Simulation.Planted;

/// <summary>Every planted defect by name, with the one rule that must notice it.</summary>
internal static class PlantedBugs
{
    private const int DefaultDepth = 8;
    private const int Steps = 300_000;
    private const int Seeds = 5; // what a defect breaks first depends on the schedule

    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> All { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>(
        [
            .. PlantedCallBugs.Bugs,
            .. PlantedLifeBugs.Bugs,
            .. PlantedMaxRequestsBugs.Bugs,
            .. PlantedMemoryBugs.Bugs,
            .. PlantedScaleBugs.Bugs,
            .. PlantedSettleBugs.Bugs,
            .. PlantedShareBugs.Bugs,
            .. Change(PlantedBoundBugs.Bugs, static bug => bug with { Binds = true }),
            .. Change(PlantedSessionBugs.Bugs, static bug => bug with { HasSessions = true }),
            .. Change(PlantedTaintBugs.Bugs, static bug => bug with { Settings = static plan => plan with { TaintTime = 500 } }),
            .. Change(PlantedAdmissionBugs.Bugs, static bug => bug with { Depth = 0, Calm = true }),
            .. Change(PlantedPipeliningBugs.Bugs, static bug => bug with { Depth = bug.Depth ?? DefaultDepth }),
        ]);

    /// <summary>Runs a kernel with a planted defect under a few schedules, until the rule that must notice it has done so.</summary>
    /// <returns>The rules that noticed the defect, in the order of the schedules; the last is the right one, if that was found.</returns>
    public static IReadOnlyList<string> FindNoticed(string name)
    {
        (PlantedBug bug, string invariant) = All[name];
        List<string> noticed = [];
        for (ulong seed = 1; seed <= Seeds && !noticed.Contains(invariant); seed++)
        {
            if (SimulationRun.Execute(seed, Steps, bug, shorten: false).Failure is { } failure)
            {
                noticed.Add(failure.Violation.Invariant);
            }
        }

        return noticed;
    }

    private static IEnumerable<KeyValuePair<string, (PlantedBug Bug, string Invariant)>> Change(
        IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> bugs, Func<PlantedBug, PlantedBug> change) =>
        bugs.Select(planted => KeyValuePair.Create(planted.Key, (change(planted.Value.Bug), planted.Value.Invariant)));
}
