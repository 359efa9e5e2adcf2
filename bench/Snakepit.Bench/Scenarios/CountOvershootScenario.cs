using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Replaces workers whose imports take a second after a number of calls, under a steady load. It measures how many calls they run beyond
/// the limit and what that costs callers, compared with the same starts beside a pool without replacements. Then it breaks the adapter for
/// a while. Last it measures a strict limit.
/// </summary>
internal sealed class CountOvershootScenario : IScenario
{
    private const int Phases = 7; // two start methods with a control each, two ways to repair the adapter, and the strict limit
    private const int Limit = 1_000;
    private const int QuickLimit = 350;
    private const int SmallLimit = 100;
    private const double CallsPerSecond = 400;

    public string Name => "count-overshoot";

    public string Description =>
        "Four workers with a second of imports, replaced for MaxRequests under a steady load; " +
        "with an adapter that is broken for a while; and a strict limit.";

    public int DefaultSeconds => 210;

    public int QuickSeconds => 25;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        .. MetricsOf("zygote"),
        .. MetricsOf("spawn"),
        Worst("retry_failed", "calls that failed while the adapter was broken, and a retry found it mended", Bar.AtMost(0)),
        Worst("watch_failed", "calls that failed while the adapter was broken, and the watch saw it mended", Bar.AtMost(0)),
        Worst("strict_overshoot_max", "calls beyond a strict limit, the most of any worker", Bar.AtMost(0)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        using var files = new CountPool(run.Python.Executable);
        var result = new Dictionary<string, double>();
        await using (BenchPool pool = await files.StartAsync(zygote: true, limit: null, configure: null, cancellation))
        {
            await LoadAsync(pool.Workers, PhaseOf(run) / 2); // lets .NET compile the code, as it is for the control of the first load
        }
        await MeasureStartAsync(run, files, "zygote", result, cancellation);
        await MeasureStartAsync(run, files, "spawn", result, cancellation);
        result["retry_failed"] = await MeasureBrokenAsync(run, files, watches: false, cancellation);
        result["watch_failed"] = await MeasureBrokenAsync(run, files, watches: true, cancellation);
        result["strict_overshoot_max"] = await MeasureStrictAsync(run, files, cancellation);
        return result;
    }

    private static IEnumerable<Metric> MetricsOf(string start) =>
    [
        new($"{start}_replacements", $"workers replaced for their calls, with {start}"),
        Worst(
            $"{start}_overshoot_p99_percent",
            "calls beyond the limit, in percent of it, 99th percentile of the workers",
            Bar.AtMost(1).InFullRuns()),
        Worst($"{start}_failed", "calls that failed", Bar.AtMost(0)),
        new($"{start}_p99_ratio_to_control", "latency, 99th percentile, to that beside the same starts", Bar.AtMost(1.1).InFullRuns()),
    ];

    private static Metric Worst(string name, string meaning, Bar bar) =>
        new(name, meaning, bar) { Combine = static values => values.Max() };

    private static TimeSpan PhaseOf(BenchRun run) => run.Duration / Phases;

    private static async Task MeasureStartAsync(
        BenchRun run, CountPool files, string start, Dictionary<string, double> result, CancellationToken cancellation)
    {
        int limit = run.IsQuick ? QuickLimit : Limit;
        bool zygote = start == "zygote";
        LoadResult load, control;
        IReadOnlyList<TimeSpan> launches;
        RecycleCounts counts;
        await using (BenchPool pool = await files.StartAsync(zygote, limit, configure: null, cancellation))
        {
            counts = new RecycleCounts(pool.Workers);
            var watch = new PoolWatch(pool.Workers);
            await using (counts)
            await using (watch)
            {
                load = await LoadAsync(pool.Workers, PhaseOf(run));
            }
            launches = watch.Launches;
        }
        await using (BenchPool pool = await files.StartAsync(zygote, limit: null, configure: null, cancellation))
        await using (BenchPool beside = await files.StartAsync(zygote, limit: null, configure: null, cancellation))
        {
            Task starts = RepeatAsync(beside.Workers, launches, cancellation);
            control = await LoadAsync(pool.Workers, PhaseOf(run));
            await starts;
        }
        if (counts.Requests.Count == 0 || control.Failed > 0)
        {
            throw new InvalidRunException(
                $"{start}: {counts.Requests.Count} workers were replaced, and {control.Failed} calls of the control failed. " +
                $"{control.FirstFailure}");
        }
        long[] overshoot = [.. counts.Requests.Select(requests => Math.Max(0, requests - limit))];
        run.Progress.Say(
            $"{start}: {overshoot.Length} workers replaced, the most beyond {limit} calls: {overshoot.Max()}; " +
            $"{load.Failed} calls failed {load.FirstFailure}");
        run.Progress.Say(string.Create(CultureInfo.InvariantCulture, $"{start}: p99 {P99(load):0.00} ms, control {P99(control):0.00} ms"));
        result[$"{start}_replacements"] = overshoot.Length;
        result[$"{start}_overshoot_p99_percent"] = 100.0 * Samples.Percentile(overshoot, 0.99) / limit;
        result[$"{start}_failed"] = load.Failed;
        result[$"{start}_p99_ratio_to_control"] = P99(load) / P99(control);
    }

    private static double P99(LoadResult load) => Clock.Milliseconds(Samples.Percentile(load.Latencies, 0.99));

    /// <summary>Repeats the same starts at the same moments in an idle pool.</summary>
    private static async Task RepeatAsync(IWorkerPool pool, IReadOnlyList<TimeSpan> launches, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < launches.Count; i++)
        {
            TimeSpan wait = launches[i] - Stopwatch.GetElapsedTime(begin);
            await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, cancellation);
            await pool.RecycleAsync(i % CountPool.Workers, cancellation);
        }
    }

    private static async Task<double> MeasureBrokenAsync(BenchRun run, CountPool files, bool watches, CancellationToken cancellation)
    {
        files.Mend();
        await using BenchPool pool = await files.StartAsync(
            zygote: false, SmallLimit, options => options.WatchAdapter = watches, cancellation);
        await using var overdue = new EventStream(pool.Workers, run.Duration, cancellation);
        await using var recycled = new EventStream(pool.Workers, run.Duration, cancellation);
        files.Break();
        Task<LoadResult> load = LoadAsync(pool.Workers, PhaseOf(run));
        if (await overdue.NextAsync<ReplacementOverdueEvent>(static _ => true) is null)
        {
            throw new InvalidRunException("No worker was overdue while the adapter was broken.");
        }
        files.Mend();
        if (await recycled.NextAsync<WorkerRecycledEvent>(static _ => true) is null)
        {
            throw new InvalidRunException("No worker was replaced after the adapter was mended.");
        }
        LoadResult done = await load;
        string means = watches ? "the watch" : "a retry";
        run.Progress.Say($"broken, mended by {means}: {done.Failed} of {done.Calls} calls failed {done.FirstFailure}");
        return done.Failed;
    }

    private static async Task<double> MeasureStrictAsync(BenchRun run, CountPool files, CancellationToken cancellation)
    {
        await using BenchPool pool = await files.StartAsync(
            zygote: true, SmallLimit, static options => options.Recycle.StrictMaxRequests = true, cancellation);
        var counts = new RecycleCounts(pool.Workers);
        await using (counts)
        {
            await LoadAsync(pool.Workers, PhaseOf(run));
        }
        return counts.Requests.Count == 0
            ? throw new InvalidRunException("No worker reached the strict limit.")
            : counts.Requests.Max(static requests => Math.Max(0, requests - SmallLimit));
    }

    private static Task<LoadResult> LoadAsync(IWorkerPool pool, TimeSpan duration) => new OpenLoop(
        async () => await pool.ExecuteAsync<int>("work", ToolArguments.Positional(2)), CallsPerSecond).RunAsync(duration);

    /// <summary>The number of calls of each worker that was replaced for them.</summary>
    private sealed class RecycleCounts : IAsyncDisposable
    {
        private readonly CancellationTokenSource _over = new();
        private readonly Task _watching;

        public RecycleCounts(IWorkerPool pool) => _watching = EventFeed.FollowAsync(pool.WatchAsync(_over.Token), Take);

        public List<long> Requests { get; } = [];

        public async ValueTask DisposeAsync()
        {
            await _over.CancelAsync();
            await _watching;
            _over.Dispose();
        }

        private void Take(LifecycleEvent happened)
        {
            if (happened is WorkerRecycledEvent { Reason: RecycleReason.MaxRequests } recycled)
            {
                Requests.Add(recycled.Requests);
            }
        }
    }
}
