using System.Diagnostics;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Measures workers that run several calls at once: calls that wait, calls that do nothing, and native code on two threads.
/// </summary>
internal sealed class ThreadsScenario : IScenario
{
    private const int Threads = 16;
    private const int Deep = 64;
    private const int AsyncCalls = 1_000;
    private const double Wait = 0.1; // seconds
    private const int Blocks = 200; // of 1 MiB
    private static readonly TimeSpan s_block = TimeSpan.FromMilliseconds(500);

    public string Name => "threads";

    public string Description =>
        "One worker with 16 threads: 16 calls that wait, 1,000 async calls that wait, calls that do nothing, hashing.";

    public int DefaultSeconds => 20;

    public int QuickSeconds => 4;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new(
            "waits_16_ms",
            "16 calls that wait for 100 ms, all of them, ms",
            Bar.AtMost(100).Plus(2.4, Reference.InterpreterStart).Because("115 ms, the goal")),
        new(
            "ping_max_ms",
            "the longest call that does nothing meanwhile, ms",
            Bar.AtMost(10).Plus(1.6, Reference.InterpreterStart).Because("20 ms, the goal")),
        new(
            "async_1000_ms",
            "1,000 async calls that wait for 100 ms, all of them, ms",
            Bar.AtMost(100).Plus(24, Reference.InterpreterStart).Because("250 ms, the goal")),
        new("thread_calls_per_s", "calls that do nothing, 16 in flight, per second"),
        new("process_calls_per_s", "the same with one worker of the process profile"),
        new("thread_call_ratio", "the former to the latter", Bar.AtLeast(0.4)),
        new(
            "depth_ratio",
            "calls per second with 64 in flight, all in a worker of 64 threads, to those with 48 waiting in the host: what calls "
                + "that wait in the worker could gain at most"),
        new("hash_ratio_2", "hashing on two threads at once to one after the other, where two processors are free", Bar.AtLeast(1.6)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        string python = run.Python.Executable;
        await using BenchPool waiting = await StartAsync(python, BenchFiles.AsyncTools, AsyncCalls, cancellation);
        await using BenchPool threads = await StartAsync(python, BenchFiles.ThreadTools, null, cancellation);
        await using BenchPool deep = await StartAsync(python, BenchFiles.ThreadTools, null, cancellation, Deep);
        await using BenchPool process = await BenchPool.StartAsync(
            python, 1, cancellation, static pool => pool.Adapter = BenchFiles.ThreadTools);
        List<double> waits = [], pings = [], asyncs = [], threadRates = [], processRates = [], hashes = [], depths = [];
        await MeasureWaitsAsync(waiting.Workers, []);
        await AddAsync(threads.Workers);
        await AddAsync(process.Workers);
        await AddAsync(deep.Workers);
        foreach (int _ in Deadline.Until(run.Duration, cancellation))
        {
            waits.Add(await MeasureWaitsAsync(waiting.Workers, pings));
            asyncs.Add(await TimeAsync(AsyncCalls, () => CallAsync(waiting.Workers, "wait_async", Wait)));
            threadRates.Add(await AddAsync(threads.Workers));
            processRates.Add(await AddAsync(process.Workers));
            depths.Add(await AddAsync(deep.Workers, Deep) / await AddAsync(threads.Workers, Deep));
            double alone = await TimeAsync(1, () => CallAsync(threads.Workers, "hash_blocks", Blocks));
            double both = await TimeAsync(2, () => CallAsync(threads.Workers, "hash_blocks", Blocks));
            hashes.Add(2 * alone / both);
        }
        return new Dictionary<string, double>
        {
            ["waits_16_ms"] = Samples.Median(waits),
            ["ping_max_ms"] = Samples.Median(pings),
            ["async_1000_ms"] = Samples.Median(asyncs),
            ["thread_calls_per_s"] = Samples.Median(threadRates),
            ["process_calls_per_s"] = Samples.Median(processRates),
            ["thread_call_ratio"] = Samples.Median(threadRates.Zip(processRates, static (threads, process) => threads / process)),
            ["depth_ratio"] = Samples.Median(depths),
            ["hash_ratio_2"] = Samples.Median(hashes),
        };
    }

    private static Task<BenchPool> StartAsync(
        string python, string adapter, int? asyncCalls, CancellationToken cancellation, int threads = Threads) =>
        BenchPool.StartAsync(python, 1, cancellation, pool =>
        {
            pool.Adapter = adapter;
            (pool.Profile, pool.ThreadsPerWorker, pool.AsyncCallsPerWorker) = (WorkerProfile.Thread, threads, asyncCalls);
        });

    /// <summary>Returns the time of the calls that wait, and notes the longest ping among them.</summary>
    private static async Task<double> MeasureWaitsAsync(IWorkerPool pool, List<double> pings)
    {
        Task<double> waits = TimeAsync(Threads, () => CallAsync(pool, "wait", Wait));
        double longest = 0;
        while (!waits.IsCompleted)
        {
            longest = Math.Max(longest, await TimeAsync(1, () => CallAsync(pool, "ping")));
        }
        pings.Add(longest);
        return await waits;
    }

    private static Task<double> AddAsync(IWorkerPool pool, int inFlight = Threads) =>
        ClosedLoop.MeasureAsync(() => CallAsync(pool, "add", 40, 2), inFlight, s_block);

    private static ValueTask CallAsync(IWorkerPool pool, string tool, params object?[] arguments) =>
        pool.ExecuteAsync(tool, ToolArguments.FromList(arguments));

    private static async Task<double> TimeAsync(int calls, Func<ValueTask> call)
    {
        long began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, calls).Select(_ => call().AsTask()));
        return Clock.Milliseconds(Stopwatch.GetTimestamp() - began);
    }
}
