using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Measures the time from the request for another worker until it serves, as a new interpreter, as a fork and from a spare, and the memory
/// that forking saves.
/// </summary>
internal sealed class ReplaceScenario : IScenario
{
    private const int LeastForks = 100;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    public string Name => "replace";

    public string Description =>
        "From RecycleAsync until the replacement serves, with a second of imports; and the memory of 8 workers with numpy, forked and " +
        "spawned.";

    public int DefaultSeconds => 60;

    public int QuickSeconds => 12;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("spawn_p50_ms", "a new interpreter serves, median, ms"),
        new(
            "zygote_p50_ms",
            "a fork of a zygote, median, ms",
            Bar.AtMost(2, Reference.InterpreterStart).Because("0.75; a fork must beat a start at once; was 20 ms, 3.2 starts")),
        new(
            "zygote_p99_ms",
            "the same, 99th percentile, ms",
            Bar.AtMost(6, Reference.InterpreterStart).Because("1.8; was 60 ms, 9.5 starts")),
        new(
            "spare_p50_ms",
            "a spare, median, ms",
            Bar.AtMost(0.3, Reference.InterpreterStart).Because("0.05; nothing is started; was 3 ms, half a start")),
        new("pss_ratio_8", "proportional memory of 8 forked workers to 8 spawned ones, with numpy", Bar.AtMost(0.3)),
        new("pss_ratio_8_with_zygote", "the same with the launcher on both sides and the zygote"),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        TimeSpan third = run.Duration / 3;
        long[] spawned = await MeasureAsync(run, StartMethod.Spawn, spares: 0, third, cancellation);
        long[] forked = await MeasureAsync(run, StartMethod.Zygote, spares: 0, third, cancellation);
        long[] spare = await MeasureAsync(run, StartMethod.Zygote, spares: 1, third, cancellation);
        int least = run.IsQuick ? LeastForks / 2 : LeastForks;
        if (forked.Length < least)
        {
            throw new InvalidRunException(
                $"{forked.Length} workers were forked; a 99th percentile wants {least} at least. Give it more --seconds.");
        }
        (double Workers, double All) ours = await ProportionalMemory.MeasureAsync(run, StartMethod.Zygote, cancellation);
        (double Workers, double All) theirs = await ProportionalMemory.MeasureAsync(run, StartMethod.Spawn, cancellation);
        return new Dictionary<string, double>
        {
            ["spawn_p50_ms"] = Clock.Milliseconds(Samples.Percentile(spawned, 0.50)),
            ["zygote_p50_ms"] = Clock.Milliseconds(Samples.Percentile(forked, 0.50)),
            ["zygote_p99_ms"] = Clock.Milliseconds(Samples.Percentile(forked, 0.99)),
            ["spare_p50_ms"] = Clock.Milliseconds(Samples.Percentile(spare, 0.50)),
            ["pss_ratio_8"] = ours.Workers / theirs.Workers,
            ["pss_ratio_8_with_zygote"] = ours.All / theirs.All,
        };
    }

    private static async Task<long[]> MeasureAsync(
        BenchRun run, StartMethod method, int spares, TimeSpan duration, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, 1, cancellation, pool =>
        {
            pool.Adapter = BenchFiles.StormTools;
            pool.Spares = spares;
            pool.Start.Method = method;
            if (method == StartMethod.Zygote)
            {
                pool.Start.Preload.Add(Path.GetFileNameWithoutExtension(BenchFiles.SlowImport));
                pool.Python.PythonPath.Add(Path.GetDirectoryName(BenchFiles.SlowImport)!);
            }
        });
        var samples = new List<long>();
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            if (await bench.Workers.ExecuteAsync<bool>("is_forked", cancellationToken: cancellation) != (method == StartMethod.Zygote))
            {
                throw new InvalidRunException($"{method} was asked for, and something else was done.");
            }
            while (bench.Workers.GetSnapshot().Spares < spares)
            {
                await Task.Delay(s_pause, cancellation);
            }
            samples.Add(await ReplaceAsync(bench.Workers, cancellation));
        }
        double median = Clock.Milliseconds(Samples.Percentile(samples.ToArray(), 0.5));
        run.Progress.Say(string.Create(
            CultureInfo.InvariantCulture, $"{method}, {spares} spares: {samples.Count} replacements, median {median:0.0} ms"));
        return [.. samples];
    }

    /// <summary>Measures one replacement. The new worker begins to serve in the step in which the old one stops.</summary>
    private static async Task<long> ReplaceAsync(IWorkerPool pool, CancellationToken cancellation)
    {
        WorkerId old = pool.GetSnapshot().Workers.Single(static worker => worker.State == WorkerState.Serving).Id;
        await using var events = new EventStream(pool, s_patience, cancellation);
        long begin = Stopwatch.GetTimestamp();
        Task<RecycleReport> recycling = pool.RecycleAsync(old, cancellation);
        _ = await events.NextAsync<WorkerDrainingEvent>(draining => draining.Worker == old)
            ?? throw new InvalidRunException($"{old} was not replaced within {s_patience.TotalSeconds} s.");
        long took = Stopwatch.GetTimestamp() - begin;
        return (await recycling).AllReplaced ? took : throw new InvalidRunException($"{old} was kept.");
    }
}
