using System.Reflection;
using Snakepit.Simulation;
using Snakepit.Simulation.Planted;

namespace Snakepit.Tests.Simulation;

/// <summary>The invariants can fail: the rule that a planted defect breaks reports it.</summary>
public class PlantedBugTests
{
    public static TheoryData<string> Names => [.. PlantedBugs.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Rule", "A2")]
    [Trait("Rule", "P8")]
    [Trait("Rule", "P9")]
    public void Execute_planted_bug_is_named(string name)
    {
        IReadOnlyList<string> noticed = PlantedBugs.FindNoticed(name);

        Assert.Contains(PlantedBugs.All[name].Invariant, noticed);
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
