using System.CommandLine;
using Snakepit.Bench.Reporting;

namespace Snakepit.Bench.Suite;

/// <summary>The command that runs all scenarios.</summary>
internal static class SuiteCommand
{
    private const int ExitWorse = 1;

    public static Command Create(IReadOnlyList<IScenario> scenarios, Option<bool> quick, Option<bool> save, Option<string?> python)
    {
        Option<string[]> only = new("--only") { Description = "These scenarios and no others.", AllowMultipleArgumentsPerToken = true };
        Command command = new(
            "all",
            "All scenarios. With --quick: in ten minutes, says what is missed and what has become worse than when results were kept. " +
            "With --save: in hours, keeps all results and the quick runs to compare with; --quick --save keeps the quick runs alone.")
            {
                only,
            };
        command.SetAction((parsed, cancellation) => RunAsync(
            Choose(scenarios, parsed.GetValue(only) ?? []),
            parsed.GetValue(quick),
            parsed.GetValue(save),
            parsed.GetValue(python),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        IReadOnlyList<IScenario> scenarios, bool quick, bool save, string? python, CancellationToken cancellation)
    {
        var progress = new Progress();
        if (!quick && !save)
        {
            progress.Say("Say --quick, --save or both.");
            return BenchCommandLine.ExitInvalid;
        }
        var run = new SuiteRun(scenarios, python, progress);
        bool isGood = (quick, save) switch
        {
            (true, false) => await run.CompareAsync(cancellation),
            (true, true) => await run.SaveQuickAsync(cancellation),
            _ => await run.SaveAsync(cancellation) & await run.SaveQuickAsync(cancellation),
        };
        return isGood ? 0 : ExitWorse;
    }

    private static IScenario[] Choose(IReadOnlyList<IScenario> scenarios, string[] names)
    {
        foreach (string name in names.Where(name => scenarios.All(scenario => scenario.Name != name)))
        {
            throw new InvalidRunException($"There is no scenario {name}.");
        }
        return [.. scenarios.Where(scenario => names.Length == 0 || names.Contains(scenario.Name))];
    }
}
