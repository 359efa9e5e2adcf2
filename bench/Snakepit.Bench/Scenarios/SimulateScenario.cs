using System.Diagnostics;
using Snakepit.Bench.Measuring;
using Snakepit.Bench.Reporting;
using Snakepit.Simulation;
using Snakepit.Simulation.Planted;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Runs the kernel in a model world: random schedules with every rule checked after every step, and every planted defect, which the rules
/// must notice.
/// </summary>
internal sealed class SimulateScenario : IScenario
{
    private const int DefaultSchedules = 10_000;
    private static readonly TimeSpan s_reportPeriod = TimeSpan.FromSeconds(5);

    public string Name => "simulate";

    public string Description => "The kernel under random schedules of faults (--schedules, default 10,000), and every planted defect.";

    /// <summary>The time limit of the scenario.</summary>
    public int DefaultSeconds => 3_600;

    public int QuickSeconds => 15;

    public int? QuickCount => 1_200;

    public int? RecordCount => 1_000_000;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("schedules", "lives of pools, each with settings and faults of its own"),
        new("steps", "kernel steps, every rule checked after each"),
        None("violations", "rules that did not hold"),
        new("planted", "planted defects"),
        None("planted_missed", "planted defects that the rule they break did not notice"),
        new("schedules_per_s", "schedules per second"),
    ];

    public Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        int schedules = run.Count ?? DefaultSchedules;
        int missed = CountMissed(run.Progress, cancellation);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(run.Duration);
        long begin = Stopwatch.GetTimestamp();
        long reported = begin;
        ScheduleTotals totals = SimulationRun.ExecuteSchedules((ulong)run.Seed, schedules, limit.Token, done =>
        {
            long last = Interlocked.Read(ref reported);
            if (Stopwatch.GetElapsedTime(last) > s_reportPeriod
                && Interlocked.CompareExchange(ref reported, Stopwatch.GetTimestamp(), last) == last)
            {
                double rate = done / Stopwatch.GetElapsedTime(begin).TotalSeconds;
                run.Progress.Say($"{done:N0} of {schedules:N0} schedules, {rate:N0} a second, {(schedules - done) / rate:N0} s to go");
            }
        });
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        cancellation.ThrowIfCancellationRequested();
        Tell(run, totals);
        return Task.FromResult<IReadOnlyDictionary<string, double>>(new Dictionary<string, double>
        {
            ["schedules"] = totals.Schedules,
            ["steps"] = totals.Steps,
            ["violations"] = totals.Failure is null ? 0 : 1,
            ["planted"] = PlantedBugs.All.Count,
            ["planted_missed"] = missed,
            ["schedules_per_s"] = totals.Schedules / seconds,
        });
    }

    private static int CountMissed(Progress progress, CancellationToken cancellation)
    {
        int missed = 0;
        Parallel.ForEach(PlantedBugs.All, new ParallelOptions { CancellationToken = cancellation }, planted =>
        {
            IReadOnlyList<string> noticed = PlantedBugs.FindNoticed(planted.Key);
            if (!noticed.Contains(planted.Value.Invariant))
            {
                Interlocked.Increment(ref missed);
                string by = noticed.Count == 0 ? "nobody" : string.Join(", ", noticed.Distinct());
                progress.Say($"A kernel that {planted.Key}: noticed by {by}, not by {planted.Value.Invariant}.");
            }
        });
        progress.Say($"{PlantedBugs.All.Count} planted defects, {missed} missed.");
        return missed;
    }

    private static void Tell(BenchRun run, ScheduleTotals totals)
    {
        if (totals.Failure is { } failure)
        {
            string path = Path.Combine(AppContext.BaseDirectory, "traces", $"{failure.ScenarioSeed}.trace.json");
            failure.Trace.Save(path);
            run.Progress.Say($"{failure}\nseed {run.Seed}, trace in {path}");
        }
    }

    private static Metric None(string name, string meaning) =>
        new(name, meaning, Bar.AtMost(0)) { Combine = static values => values.Max() };
}
