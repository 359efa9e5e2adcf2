using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;
using Snakepit.Bench.Reporting;

namespace Snakepit.Bench.Suite;

/// <summary>Runs scenarios one after another, each in a process of its own.</summary>
/// <param name="scenarios">The scenarios.</param>
/// <param name="python">The interpreter as the user gave it; null lets each scenario find one.</param>
/// <param name="progress">Receives the progress.</param>
internal sealed class SuiteRun(IReadOnlyList<IScenario> scenarios, string? python, Progress progress)
{
    private const int BaselineRuns = 3;
    private static readonly TimeSpan s_quickBound = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_slack = TimeSpan.FromSeconds(60);
    private readonly string _logs = BenchFiles.NewEvidence("all");
    private readonly long _begun = Stopwatch.GetTimestamp();

    /// <summary>Makes quick runs and reports the missed bars and the metrics that have become worse.</summary>
    /// <returns>True when there are none.</returns>
    public async Task<bool> CompareAsync(CancellationToken cancellation)
    {
        var lines = new List<string>();
        List<string> unknown = [], unavailable = [];
        for (int i = 0; i < scenarios.Count; i++)
        {
            IScenario scenario = scenarios[i];
            TimeSpan left = s_quickBound - Stopwatch.GetElapsedTime(_begun);
            if (left <= TimeSpan.Zero)
            {
                lines.Add($"failed  {scenario.Name}: not run, as {s_quickBound.TotalMinutes} minutes are over");
                continue;
            }
            Say(i, scenario.Name, scenario.QuickSeconds);
            ScenarioOutcome outcome = await RunQuickAsync(scenario, left, "", cancellation);
            if (outcome.Report is not { } report)
            {
                string prefix = outcome.IsUnavailable ? "" : "failed  ";
                (outcome.IsUnavailable ? unavailable : lines).Add($"{prefix}{scenario.Name}: {outcome.Failure}");
                continue;
            }
            QuickBaseline? baseline = QuickBaseline.Load(scenario.Name);
            if (baseline is null)
            {
                unknown.Add(scenario.Name);
            }
            lines.AddRange(Verdict.Of(scenario.Name, report, Comparable.Of(scenario.Metrics, report), baseline));
        }
        progress.Say($"{Minutes()} min; what each scenario said is in {_logs}");
        unavailable.ForEach(line => progress.Say($"not measured here: {line}"));
        if (unknown.Count > 0)
        {
            progress.Say($"held against bars only, as no quick runs are kept (all --quick --save): {string.Join(", ", unknown)}");
        }
        lines.ForEach(Console.WriteLine);
        return lines.Count == 0;
    }

    /// <summary>Makes full runs and saves the results.</summary>
    /// <returns>True when all scenarios were measured.</returns>
    public async Task<bool> SaveAsync(CancellationToken cancellation)
    {
        bool all = true;
        for (int i = 0; i < scenarios.Count; i++)
        {
            IScenario scenario = scenarios[i];
            Say(i, scenario.Name, scenario.DefaultSeconds * scenario.DefaultRepeat);
            string[] count = scenario.RecordCount is { } inputs ? ["--count", inputs.ToString(CultureInfo.InvariantCulture)] : [];
            TimeSpan bound = (TimeSpan.FromSeconds(scenario.DefaultSeconds) * scenario.DefaultRepeat * 4) + TimeSpan.FromMinutes(10);
            ScenarioOutcome outcome = await ScenarioProcess.RunAsync(
                scenario.Name, [.. Arguments(), .. count, "--save"], bound, LogOf(scenario.Name), cancellation);
            all &= Told(scenario, outcome);
        }
        return all;
    }

    /// <summary>Makes several quick runs of each scenario and saves them as the baseline of later quick runs.</summary>
    /// <returns>True when all scenarios were measured.</returns>
    public async Task<bool> SaveQuickAsync(CancellationToken cancellation)
    {
        bool all = true;
        for (int i = 0; i < scenarios.Count; i++)
        {
            IScenario scenario = scenarios[i];
            var runs = new List<IReadOnlyList<Comparable>>();
            for (int run = 1; run <= BaselineRuns; run++)
            {
                Say(i, $"{scenario.Name}, quick, {run} of {BaselineRuns}", scenario.QuickSeconds);
                ScenarioOutcome outcome = await RunQuickAsync(scenario, TimeSpan.MaxValue, $"-quick-{run}", cancellation);
                if (outcome.Report is { } report)
                {
                    runs.Add(Comparable.Of(scenario.Metrics, report));
                }
                all &= Told(scenario, outcome);
            }
            if (runs.Count == BaselineRuns)
            {
                QuickBaseline.Of(scenario.Name, ResultFile.Today(), runs).Save();
            }
        }
        return all;
    }

    private Task<ScenarioOutcome> RunQuickAsync(IScenario scenario, TimeSpan left, string run, CancellationToken cancellation)
    {
        TimeSpan bound = (TimeSpan.FromSeconds(scenario.QuickSeconds) * 5) + s_slack;
        TimeSpan limit = bound < left ? bound : left;
        return ScenarioProcess.RunAsync(
            scenario.Name, [.. Arguments(), "--quick"], limit, LogOf(scenario.Name + run), cancellation);
    }

    private bool Told(IScenario scenario, ScenarioOutcome outcome)
    {
        if (outcome.Failure is not null)
        {
            progress.Say($"{scenario.Name}: {outcome.Failure}");
        }
        return outcome.Report is not null || outcome.IsUnavailable;
    }

    private string[] Arguments() => python is null ? [] : ["--python", python];

    private void Say(int index, string what, int seconds) =>
        progress.Say($"[{index + 1}/{scenarios.Count}] {what}, {seconds} s ({Minutes()} min so far)");

    private string Minutes() => Stopwatch.GetElapsedTime(_begun).TotalMinutes.ToString("0.0", CultureInfo.InvariantCulture);

    private string LogOf(string name) => Path.Combine(_logs, $"{name}.log");
}
