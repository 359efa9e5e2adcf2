using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Replaces workers whose imports take a second under load, for every reason. The cost for callers is compared with that of the same forks
/// or boots, at the same moments, in a host that has nothing to do with the pool. Phases take turns, so that other work on the machine
/// affects all of them alike.
/// </summary>
internal sealed class RecycleStormScenario : IScenario
{
    private const int Rounds = 3;
    private const double LoadShare = 0.5;
    private const double MostDifferentBoots = 0.2;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);

    public string Name => "recycle-storm";

    public string Description =>
        "Eight workers with a second of imports, replaced for every reason in turn at half of the pool's capacity, " +
        "against the same forks or boots outside.";

    public int DefaultSeconds => 120;

    public int QuickSeconds => 5;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("calls", "calls during the storm"),
        Worst("failed", "of them failed", Bar.AtMost(0)),
        Worst("duplicated", "of them ran twice", Bar.AtMost(0)),
        new("recycles", "replacements"),
        new("p99_ms", "latency during the storm, 99th percentile, ms"),
        new("p99_ratio_to_control", "to the same boots outside of the pool", Bar.AtMost(1.2)),
        new("p99_ratio_to_quiet", "to a quiet machine"),
        new("ready_min", "fewest of 8 workers that took calls", Bar.AtLeast(StormPool.MinReady))
        {
            Combine = static values => values.Min(),
        },
        Worst("overlap_max", "most replacements under way at once", Bar.AtMost(StormPool.Budget)),
        .. StormTriggers.Reasons.Select(static reason => new Metric(reason.Metric, "of the replacements for that reason")),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        using var files = new StormPool(BenchFiles.StormTools);
        using var replay = await BootReplay.StartAsync(run.Python.Executable);
        (double capacity, TimeSpan replacement) = await StormCapacity.LearnAsync(run, files, cancellation);
        int rounds = run.IsQuick ? 1 : Rounds;
        var load = (PerSecond: capacity * LoadShare, Duration: run.Duration / rounds);
        var triggers = new StormTriggers(files, replacement, load.PerSecond);
        StormPhase quiet = new("quiet"), storm = new("storm"), control = new("control");
        // A control repeats the storm before it.
        StormPhase[][] orders = [[quiet, storm, control], [storm, control, quiet], [storm, quiet, control]];
        for (int round = 0; round < rounds; round++)
        {
            foreach (StormPhase phase in orders[round % orders.Length])
            {
                using var record = new RunRecord();
                Action<PoolOptions>? configure = phase == storm ? triggers.Configure : null;
                await using BenchPool pool = await files.StartAsync(run.Python.Executable, record, cancellation, configure);
                var calls = StormCapacity.Calls(pool.Workers, record);
                await new OpenLoop(calls.CallAsync, load.PerSecond).RunAsync(s_warmUp);
                await phase.RunAsync(pool.Workers, calls, load, async over =>
                {
                    await (phase == storm ? triggers.PullAsync(pool.Workers, over) : Task.CompletedTask);
                    return phase == control ? await replay.RunAsync(storm.LastLaunches, cancellation) : 0;
                });
            }
            run.Progress.Say(
                $"round {round + 1} of {rounds}, p99: {quiet}, {control}, {storm}; " +
                $"{storm.Recycles} replacements, {storm.Failed} calls failed {storm.FirstFailure}");
        }
        return Result(run, quiet, control, storm);
    }

    private static Metric Worst(string name, string meaning, Bar bar) =>
        new(name, meaning, bar) { Combine = static values => values.Max() };

    private static Dictionary<string, double> Result(BenchRun run, StormPhase quiet, StormPhase control, StormPhase storm)
    {
        StormTriggers.CheckAll(run, storm.CountOf);
        if (quiet.Recycles + control.Recycles > 0)
        {
            throw new InvalidRunException("Workers were replaced outside of the storm.");
        }
        if (Math.Abs(control.Boots - storm.Boots) > MostDifferentBoots * storm.Boots)
        {
            throw new InvalidRunException(
                $"{storm.Boots} workers were launched in the storm, but there were {control.Boots} in the control.");
        }
        var result = new Dictionary<string, double>
        {
            ["calls"] = storm.Calls,
            ["failed"] = storm.Failed,
            ["duplicated"] = storm.Duplicated,
            ["recycles"] = storm.Recycles,
            ["p99_ms"] = storm.P99Ms,
            ["p99_ratio_to_control"] = storm.P99Ms / control.P99Ms,
            ["p99_ratio_to_quiet"] = storm.P99Ms / quiet.P99Ms,
            ["ready_min"] = storm.ReadyMin,
            ["overlap_max"] = storm.OverlapMax,
        };
        foreach ((RecycleReason reason, string metric) in StormTriggers.Reasons)
        {
            result[metric] = storm.CountOf(reason);
        }
        return result;
    }
}
