using System.Diagnostics;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Changes every option of a pool under load, one after another. What needs other workers replaces all of them.</summary>
internal sealed class ReloadScenario : IScenario
{
    private const double CallsPerSecond = 200;
    private const int Workers = 3;

    public string Name => "reload";

    public string Description => "Every option of a pool of three workers changes in turn under load.";

    public int DefaultSeconds => 90;

    public int QuickSeconds => 4;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("options", "options that were changed"),
        new("calls", "calls meanwhile"),
        new("failed", "of them failed", Bar.AtMost(0)) { Combine = static values => values.Max() },
        new("kept", "changes that were not put in force", Bar.AtMost(0)) { Combine = static values => values.Max() },
        new("replaced", "workers that were replaced for a change"),
        new("p50_ms", "latency, median, ms"),
        new("p99_ms", "latency, 99th percentile, ms"),
        new("reload_p50_ms", "a reload, median, ms"),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("snakepit-bench-");
        try
        {
            return await MeasureAsync(run, folder.FullName, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, string folder, CancellationToken cancellation)
    {
        string adapter = Path.Combine(folder, "other_tools.py");
        File.Copy(BenchFiles.ReloadTools, adapter);
        IReadOnlyList<(string Option, Action<PoolOptions> Change)> others =
            new OtherOptions(adapter, MakeEnvironment(folder, run.Python.Executable)).All;
        Action<PoolOptions> change = static _ => { };
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, Workers, cancellation, pool =>
        {
            pool.Adapter = BenchFiles.ReloadTools;
            change(pool);
        });
        TimeSpan turn = run.Duration / others.Count;
        var latencies = new List<long>();
        var reloads = new List<long>();
        (int failed, int kept) = (0, 0);
        foreach ((string option, Action<PoolOptions> other) in others)
        {
            Task<LoadResult> load = new OpenLoop(() => AddAsync(bench.Workers, cancellation), CallsPerSecond).RunAsync(turn);
            change = other;
            long begin = Stopwatch.GetTimestamp();
            ReloadReport report = await bench.ReloadAsync(cancellation);
            reloads.Add(Stopwatch.GetTimestamp() - begin);
            LoadResult calls = await load;
            latencies.AddRange(calls.Latencies);
            failed += calls.Failed;
            if (calls.FirstFailure is { } failure)
            {
                run.AddEvidence($"{option}: {calls.Failed} calls failed: {failure}");
            }
            if (report.Kept.Count > 0 || !report.Changes.Any(done => done.Option == option))
            {
                kept++;
                run.AddEvidence($"{option} was not put in force: {report.Kept.Values.FirstOrDefault()?.Message ?? "no change was seen"}");
            }
        }
        long[] sorted = [.. latencies];
        return new Dictionary<string, double>
        {
            ["options"] = others.Count,
            ["calls"] = latencies.Count + failed,
            ["failed"] = failed,
            ["kept"] = kept,
            ["replaced"] =
                bench.Workers.GetSnapshot().Lifecycle.RecyclesByReason.GetValueOrDefault(RecycleReason.ConfigurationChanged),
            ["p50_ms"] = Clock.Milliseconds(Samples.Percentile(sorted, 0.50)),
            ["p99_ms"] = Clock.Milliseconds(Samples.Percentile(sorted, 0.99)),
            ["reload_p50_ms"] = Clock.Milliseconds(Samples.Percentile([.. reloads], 0.50)),
        };
    }

    private static async ValueTask AddAsync(IWorkerPool pool, CancellationToken cancellation)
    {
        int sum = await pool.ExecuteAsync<int>("add", ToolArguments.Positional(40, 2), cancellationToken: cancellation);
        if (sum != 42)
        {
            throw new InvalidRunException($"40 + 2 is {sum}.");
        }
    }

    /// <summary>Makes the least that is a virtual environment.</summary>
    private static string MakeEnvironment(string folder, string python)
    {
        string environment = Path.Combine(folder, ".venv");
        string programs = Directory.CreateDirectory(Path.Combine(environment, "bin")).FullName;
        File.CreateSymbolicLink(Path.Combine(programs, "python"), python);
        File.WriteAllText(Path.Combine(environment, "pyvenv.cfg"), $"home = {Path.GetDirectoryName(python)}\n");
        return environment;
    }
}
