using System.Reflection;
using Snakepit.Simulation;
using Snakepit.Simulation.Planted;

namespace Snakepit.Tests.Simulation;

/// <summary>The invariants can fail: the rule that a planted defect breaks reports it.</summary>
public class PlantedBugTests
{
    private const int Steps = 300_000;
    private const int Seeds = 5; // what a defect breaks first depends on the schedule

    public static TheoryData<string> Names => [.. PlantedBugs.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Rule", "A2")]
    [Trait("Rule", "P8")]
    [Trait("Rule", "P9")]
    public void Execute_planted_bug_is_named(string name)
    {
        (PlantedBug bug, string invariant) = PlantedBugs.All[name];

        List<string> named = [];
        for (ulong seed = 1; seed <= Seeds && !named.Contains(invariant); seed++)
        {
            SimulationFailure? failure = SimulationRun.Execute(seed, Steps, bug, shorten: false).Failure;
            Assert.NotNull(failure);
            named.Add(failure.Violation.Invariant);
        }

        Assert.Contains(invariant, named);
    }

    [Fact]
    [Trait("Rule", "A2")]
    [Trait("Rule", "L15")]
    public void All_every_rule_has_a_planted_bug()
    {
        string[] rules =
        [
            .. typeof(Invariants)
                .GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
                .Select(static method => method.Name)
                .Where(static name => name.Count(static letter => letter == '_') > 1 && !name.Contains('<', StringComparison.Ordinal)),
        ];

        Assert.NotEmpty(rules);
        Assert.Empty(rules.Except(PlantedBugs.All.Values.Select(static planted => planted.Invariant)));
    }
}
