namespace Snakepit.Simulation;

/// <summary>The result of a simulation. <paramref name="Failure"/> is null when every rule held.</summary>
internal sealed record SimulationResult(ulong Seed, int Steps, int Pools, SimulationFailure? Failure);

/// <summary>The result of many schedules. <paramref name="Failure"/> is null when every rule held in all of them.</summary>
internal sealed record ScheduleTotals(int Schedules, long Steps, SimulationFailure? Failure);

/// <summary>A broken rule, and the shortest schedule found that breaks it.</summary>
/// <param name="Violation">The rule, and a description of the violation.</param>
/// <param name="ScenarioSeed">The seed of the pool it happened in.</param>
/// <param name="Operations">The shortest schedule found that breaks the same rule.</param>
/// <param name="Trace">The kernel steps of that schedule.</param>
internal sealed record SimulationFailure(
    InvariantViolationException Violation, ulong ScenarioSeed, IReadOnlyList<SimOperation> Operations, Trace Trace)
{
    public override string ToString() =>
        $"""
        {Violation.Message}
        pool seed {ScenarioSeed}, {Operations.Count} operations, {Trace.Steps.Count} kernel steps
        {string.Join('\n', Operations)}
        {Trace.Plan}
        {Trace}
        """;
}
