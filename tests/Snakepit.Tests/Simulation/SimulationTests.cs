using Snakepit.Simulation;

namespace Snakepit.Tests.Simulation;

/// <summary>The kernel under random schedules, with every rule of lifecycle.md checked after every step.</summary>
public class SimulationTests
{
    private const int StepsPerSeed = 10_000;
    private const int SchedulesPerSeed = 1_000;

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 20).Select(static i => (ulong)i * 0x9E3779B97F4A7C15)];

    public static TheoryData<ulong> ScheduleSeeds => [.. Enumerable.Range(1, 10).Select(static i => (ulong)i)];

    [Theory]
    [MemberData(nameof(Seeds))]
    [Trait("Rule", "A2")]
    [Trait("Rule", "A3")]
    [Trait("Rule", "A4")]
    [Trait("Rule", "L1")]
    [Trait("Rule", "L2")]
    [Trait("Rule", "L3")]
    [Trait("Rule", "L4")]
    [Trait("Rule", "L5")]
    [Trait("Rule", "L6")]
    [Trait("Rule", "L7")]
    [Trait("Rule", "L9")]
    [Trait("Rule", "L10")]
    [Trait("Rule", "L12")]
    [Trait("Rule", "L15")]
    [Trait("Rule", "L17")]
    [Trait("Rule", "P8")]
    [Trait("Rule", "P9")]
    public void Execute_random_schedules_keep_every_rule(ulong seed)
    {
        SimulationResult result = SimulationRun.Execute(seed, StepsPerSeed);

        FailAt(seed, result.Failure);
        Assert.True(result.Steps >= StepsPerSeed);
    }

    [Theory]
    [MemberData(nameof(ScheduleSeeds))]
    [Trait("Rule", "A2")]
    public void Execute_a_thousand_short_schedules_keep_every_rule(ulong seed)
    {
        ScheduleTotals totals = SimulationRun.ExecuteSchedules(seed, SchedulesPerSeed, TestContext.Current.CancellationToken);

        FailAt(seed, totals.Failure);
        Assert.Equal(SchedulesPerSeed, totals.Schedules);
        TestContext.Current.TestOutputHelper!.WriteLine($"{totals.Steps} kernel steps.");
    }

    private static void FailAt(ulong seed, SimulationFailure? failure)
    {
        if (failure is not null)
        {
            string path = Path.Combine(AppContext.BaseDirectory, "traces", $"{failure.ScenarioSeed}.trace.json");
            failure.Trace.Save(path);
            Assert.Fail($"seed {seed}, trace in {path}\n{failure}");
        }
    }
}
