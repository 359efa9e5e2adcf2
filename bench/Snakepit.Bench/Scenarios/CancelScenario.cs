using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Cancels running calls: the time until their worker has taken and answered the next call. Then many calls are cancelled at random times,
/// each followed by one that must succeed.
/// </summary>
internal sealed class CancelScenario : IScenario
{
    private const int DefaultCancels = 100_000;
    private const int Callers = 8;
    private const int Workers = 2;
    private const int MaxRunMs = 4;
    private const double Long = 60_000; // ms
    private const double Share = 0.99;
    private const string Stream = "stream_stop_ms";
    private const int ReadItems = 10;
    private static readonly TimeSpan s_head = TimeSpan.FromMilliseconds(3); // until the call runs
    private static readonly string[] s_tools = ["echo", "rest", "loop", "rest_async", "cooperate"];

    public string Name => "cancel";

    public string Description =>
        "Running calls are cancelled, and streams left: how long until their worker, the only one, has answered the next call. "
            + "Then random cancels (--count, default 100,000) of 8 callers with 2 workers.";

    public int DefaultSeconds => 20;

    public int QuickSeconds => 4;

    public int? QuickCount => 4_000;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        P99("sleep_ms", "time.sleep, 99th percentile", Bar.AtMost(0.32, Reference.InterpreterStart).Because("2 ms, the goal")),
        P99("loop_ms", "a loop in Python, 99th percentile", Bar.AtMost(0.32, Reference.InterpreterStart).Because("2 ms, the goal")),
        P99(
            "cooperative_ms", "a loop that checks ctx.cancelled, 99th percentile",
            Bar.AtMost(3.2, Reference.InterpreterStart).Because("20 ms, the goal")),
        P99("async_ms", "asyncio.sleep, 99th percentile", null),
        P99(
            Stream, "a stream that is left while its generator yields, 99th percentile",
            Bar.AtMost(0.32, Reference.InterpreterStart).Because("2 ms, the goal")),
        new("sleep_p50_ms", "time.sleep, median"),
        new("loop_p50_ms", "a loop in Python, median"),
        new("kept_worker_ratio", "share of workers that took the next call, not replaced, of all these", Bar.AtLeast(0.99)),
        new("cancels", "random cancels"),
        new("cancelled", "of these, those that came before the end of their call"),
        None("wrong", "replies of another call, or errors in calls that were not cancelled"),
        None("lost_workers", "workers that ended or were replaced during the random cancels"),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var result = new Dictionary<string, double>();
        await MeasureLatenciesAsync(run, result, cancellation);
        await CancelAtRandomAsync(run, result, cancellation);
        return result;
    }

    private static Metric P99(string name, string meaning, Bar? bar) =>
        new(name, meaning, bar) { Combine = static values => values.Max() };

    private static Metric None(string name, string meaning) =>
        new(name, meaning, Bar.AtMost(0)) { Combine = static values => values.Max() };

    private static async Task MeasureLatenciesAsync(BenchRun run, Dictionary<string, double> result, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, size: 1, cancellation, Configure);
        (string Metric, string Tool)[] trials =
            [("sleep_ms", "rest"), ("loop_ms", "loop"), ("cooperative_ms", "cooperate"), ("async_ms", "rest_async")];
        Dictionary<string, List<long>> samples = trials.ToDictionary(static trial => trial.Metric, static _ => new List<long>());
        samples[Stream] = [];
        foreach ((_, string tool) in trials)
        {
            await CancelOneAsync(bench.Workers, tool, cancellation); // what it imports, it has imported afterwards
        }
        int all = 0;
        int kept = 0;
        foreach (int _ in Deadline.Until(run.Duration, cancellation))
        {
            foreach ((string metric, string tool) in trials)
            {
                (long elapsed, bool isKept) = await CancelOneAsync(bench.Workers, tool, cancellation);
                samples[metric].Add(elapsed);
                all++;
                kept += isKept ? 1 : 0;
            }
            samples[Stream].Add(await LeaveOneAsync(bench.Workers, cancellation));
        }
        foreach ((string metric, List<long> ticks) in samples)
        {
            result[metric] = Milliseconds(ticks, Share);
        }
        result["sleep_p50_ms"] = Milliseconds(samples["sleep_ms"], 0.5);
        result["loop_p50_ms"] = Milliseconds(samples["loop_ms"], 0.5);
        result["kept_worker_ratio"] = (double)kept / all;
        run.Progress.Say(string.Create(CultureInfo.InvariantCulture, $"{all:N0} calls cancelled, {kept:N0} workers kept"));
    }

    private static double Milliseconds(List<long> ticks, double share) =>
        Stopwatch.GetElapsedTime(0, Samples.Percentile(ticks.ToArray(), share)).TotalMilliseconds;

    /// <returns>The time from the cancel to the answer of the next call, and whether the same worker gave it.</returns>
    private static async Task<(long Elapsed, bool IsKept)> CancelOneAsync(IWorkerPool pool, string tool, CancellationToken cancellation)
    {
        int before = (await pool.ExecuteAsync<int[]>("answer", ToolArguments.Positional(0), cancellationToken: cancellation))[1];
        using var cancel = new CancellationTokenSource();
        Task call = pool.ExecuteAsync(tool, ToolArguments.Positional(1, Long), cancellationToken: cancel.Token).AsTask();
        await Task.Delay(s_head, cancellation);
        long begin = Stopwatch.GetTimestamp();
        cancel.Cancel();
        int[] answer = await pool.ExecuteAsync<int[]>("answer", ToolArguments.Positional(2), cancellationToken: cancellation);
        long elapsed = Stopwatch.GetTimestamp() - begin;
        try
        {
            await call;
            throw new InvalidRunException($"{tool} was cancelled and returned.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (elapsed, answer[1] == before);
        }
    }

    /// <returns>The time from leaving a stream, whose generator yields all the time, to the answer of the next call.</returns>
    private static async Task<long> LeaveOneAsync(IWorkerPool pool, CancellationToken cancellation)
    {
        long begin;
        IAsyncEnumerable<int> items = pool.StreamAsync<int>("count", default(ToolArguments), cancellationToken: cancellation);
        await using (IAsyncEnumerator<int> reader = items.GetAsyncEnumerator(cancellation))
        {
            for (int read = 0; read < ReadItems; read++)
            {
                if (!await reader.MoveNextAsync())
                {
                    throw new InvalidRunException("The stream has ended by itself.");
                }
            }
            begin = Stopwatch.GetTimestamp();
        }
        await pool.ExecuteAsync<int[]>("answer", ToolArguments.Positional(2), cancellationToken: cancellation);
        return Stopwatch.GetTimestamp() - begin;
    }

    private static async Task CancelAtRandomAsync(BenchRun run, Dictionary<string, double> result, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, Workers, cancellation, Configure);
        var storm = new CancelStorm(bench.Workers, s_tools, MaxRunMs);
        int each = (run.Count ?? DefaultCancels) / Callers;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(
            caller => Task.Run(() => storm.CallAsync(new Random(run.Seed * 100 + caller), each, cancellation), cancellation)));
        result["cancels"] = storm.Cancels;
        result["cancelled"] = storm.Cancelled;
        result["wrong"] = storm.Wrong;
        result["lost_workers"] = bench.Workers.GetSnapshot().Workers.Count(static worker => worker.Id.Generation != 1);
        foreach (string failure in storm.Failures)
        {
            run.AddEvidence(failure);
        }
    }

    private static void Configure(PoolOptions pool)
    {
        pool.Adapter = BenchFiles.CancelTools;
        (pool.Queue.Timeout, pool.Queue.RejectLate) = (TimeSpan.FromMinutes(1), false);
    }
}
