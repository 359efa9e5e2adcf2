using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Measures how late workers are replaced after their time to live. A replacement begins to serve in the step in which its predecessor
/// stops, so the time of the predecessor's WorkerDrainingEvent is the beginning of its age. Workers without a predecessor are left out.
/// </summary>
internal sealed class TtlLatenessScenario : IScenario
{
    private const int Workers = 8;
    private const int LeastRecycles = 200;
    private const double CallsPerSecond = 100;
    private const int RecyclesPerReport = 50;
    private static readonly TimeSpan s_ttl = TimeSpan.FromSeconds(2);

    public string Name => "ttl-lateness";

    public string Description =>
        "From when a worker's time to live is over until it stops taking calls, 8 workers of 2 s with 100 calls per second.";

    public int DefaultSeconds => 90;

    public int QuickSeconds => 11;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("recycles", "workers whose time was over"),
        new("p50_ms", "lateness, median, ms"),
        new("p99_ms", "lateness, 99th percentile, ms", Bar.AtMost(30).Plus(3, Reference.InterpreterStart).Because("5.6 ms; was 50 ms")),
        new("earliest_ms", "the least; negative: before its time"),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, Workers, cancellation, static pool =>
        {
            pool.Recycle.Ttl = s_ttl;
            pool.Recycle.MaxConcurrent = Workers; // otherwise the scenario would measure the budget and not the clock
        });
        var limits = bench.Workers.GetSnapshot().Workers.ToDictionary(
            static worker => worker.Id.Slot, static worker => worker.EffectiveTtl ?? s_ttl);
        async ValueTask CallAsync()
        {
            var arguments = ToolArguments.Named(("a", 1), ("b", Addition.B));
            Addition.Check(1, await bench.Workers.ExecuteAsync<int>("add", arguments, null, CancellationToken.None));
        }
        Task<LoadResult> load = new OpenLoop(CallAsync, CallsPerSecond).RunAsync(run.Duration);
        long[] lateness = await FollowAsync(bench.Workers, limits, run, cancellation);
        LoadResult loaded = await load;
        if (loaded.Failed > 0)
        {
            throw new InvalidRunException($"{loaded.Failed} calls failed: {loaded.FirstFailure}");
        }
        int least = run.IsQuick ? LeastRecycles / 10 : LeastRecycles;
        return lateness.Length < least
            ? throw new InvalidRunException(
                $"{lateness.Length} workers were replaced; {least} are wanted at least. Give it more --seconds.")
            : new Dictionary<string, double>
            {
                ["recycles"] = lateness.Length,
                ["p50_ms"] = Milliseconds(Samples.Percentile(lateness, 0.50)),
                ["p99_ms"] = Milliseconds(Samples.Percentile(lateness, 0.99)),
                ["earliest_ms"] = Milliseconds(lateness.Min()),
            };
    }

    private static async Task<long[]> FollowAsync(
        IWorkerPool pool, Dictionary<int, TimeSpan> limits, BenchRun run, CancellationToken cancellation)
    {
        var servesSince = new Dictionary<int, DateTimeOffset>();
        var lateness = new List<long>();
        await using var events = new EventStream(pool, run.Duration, cancellation);
        while (await events.NextAsync<WorkerDrainingEvent>(static _ => true) is { } draining)
        {
            if (draining.Reason != RecycleReason.TtlExpired)
            {
                throw new InvalidRunException($"{draining.Worker} was replaced for {draining.Reason}.");
            }
            int slot = draining.Worker.Slot;
            if (servesSince.TryGetValue(slot, out DateTimeOffset since))
            {
                lateness.Add((draining.At - since - limits[slot]).Ticks);
                if (lateness.Count % RecyclesPerReport == 0)
                {
                    run.Progress.Say($"{lateness.Count} workers replaced, the last was {Milliseconds(lateness[^1])} ms late");
                }
            }
            servesSince[slot] = draining.At;
        }
        return [.. lateness];
    }

    private static double Milliseconds(long ticks) => TimeSpan.FromTicks(ticks).TotalMilliseconds;
}
