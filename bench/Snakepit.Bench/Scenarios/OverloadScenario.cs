using System.Diagnostics;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Makes three times as many calls as a pool can run, at a fixed rate that does not depend on their outcomes. The tool sleeps, so that the
/// workers are the bottleneck and not the machine's processors. A call of high priority still finds all workers busy and waits for the
/// first of four to become free, which is part of its ratio and no fault of the queue.
/// </summary>
internal sealed class OverloadScenario : IScenario
{
    private const int Workers = 4;
    private const int Callers = 2 * Workers;
    private const double RunMs = 5;
    private const double Overload = 3;
    private const double HighShare = 0.05;
    private const int Rejections = 20_000;
    private static readonly TimeSpan s_deadline = TimeSpan.FromMilliseconds(250);
    private static readonly ToolArguments s_work = ToolArguments.Positional(RunMs, 0.0);
    private static readonly ToolCallOptions s_high = new() { Priority = 1 };

    public string Name => "overload";

    public string Description =>
        "Three times what 4 workers can do, calls of 5 ms with a deadline of 250 ms, 5 % of them of high priority; " +
        "then rejections of a full queue.";

    public int DefaultSeconds => 30;

    public int QuickSeconds => 7;

    public int DefaultRepeat => 3;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("capacity_per_s", "calls per second with 8 callers in a closed loop"),
        new("goodput_ratio", "calls answered in time under overload, to capacity", Bar.AtLeast(0.9)),
        new("wasted_runs", "calls that workers began and nobody got an answer of in time"),
        new("accepted_p99_ms", "answered calls, 99th percentile, ms"),
        new("high_priority_ratio", "99th percentile of calls of high priority, to the same calls alone", Bar.AtMost(2)),
        new("high_priority_failed", "of them were not answered", Bar.AtMost(0)) { Combine = static values => values.Max() },
        new(
            "reject_us_p50",
            "from the call to the faulted task, median, µs",
            Bar.AtMost(60, Reference.DictionaryPair).Because("25; was 2 µs, 89 pairs")),
        new(
            "reject_caught_us_p50",
            "the same, awaited and caught, µs",
            Bar.AtMost(300, Reference.DictionaryPair)
                .Because("126, nearly all of it the exception's way through .NET; was 12 µs, 530 pairs")),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var measured = new Dictionary<string, double>();
        await MeasureOverloadAsync(run, measured, cancellation);
        await MeasureRejectionAsync(run, measured, cancellation);
        return measured;
    }

    private static async Task MeasureOverloadAsync(BenchRun run, Dictionary<string, double> measured, CancellationToken cancellation)
    {
        TimeSpan part = run.Duration / 6;
        await using BenchPool bench = await BenchPool.StartAsync(
            run.Python.Executable, Workers, cancellation, static pool => pool.Call.Timeout = s_deadline);
        IWorkerPool pool = bench.Workers;
        async ValueTask CallAsync(ToolCallOptions? options) =>
            (await pool.TryExecuteAsync<object?>("work", s_work, options, cancellation)).GetValueOrThrow();

        double capacity = await ClosedLoop.MeasureAsync(() => CallAsync(null), Callers, part);
        run.Progress.Say($"{capacity:0} calls per second");
        double highRate = capacity * Overload * HighShare;
        LoadResult alone = await new OpenLoop(() => CallAsync(s_high), highRate).RunAsync(part);
        long begun = CountBegun(pool);
        long begin = Stopwatch.GetTimestamp();
        Task<LoadResult> others = new OpenLoop(() => CallAsync(null), capacity * Overload * (1 - HighShare)).RunAsync(4 * part);
        LoadResult high = await new OpenLoop(() => CallAsync(s_high), highRate).RunAsync(4 * part);
        LoadResult low = await others;
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        run.Progress.Say($"{low.Latencies.Length} of {low.Calls} answered; others: {low.FirstFailure}");

        int answered = low.Latencies.Length + high.Latencies.Length;
        measured["capacity_per_s"] = capacity;
        measured["goodput_ratio"] = answered / seconds / capacity;
        measured["wasted_runs"] = CountBegun(pool) - begun - answered;
        measured["accepted_p99_ms"] = Clock.Milliseconds(Samples.Percentile([.. low.Latencies, .. high.Latencies], 0.99));
        measured["high_priority_ratio"] = (double)Samples.Percentile(high.Latencies, 0.99) / Samples.Percentile(alone.Latencies, 0.99);
        measured["high_priority_failed"] = high.Failed;
    }

    private static long CountBegun(IWorkerPool pool) => pool.GetSnapshot().Workers.Sum(static worker => worker.Requests);

    private static async Task MeasureRejectionAsync(BenchRun run, Dictionary<string, double> measured, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, 1, cancellation, static pool =>
        {
            pool.Queue.Limit = 1;
            pool.Queue.Timeout = TimeSpan.FromMinutes(1);
            pool.Stop.KillTimeout = TimeSpan.FromSeconds(1);
            pool.Stop.Timeout = TimeSpan.FromSeconds(2); // one call sleeps on
        });
        IWorkerPool pool = bench.Workers;
        Task[] full = [.. Enumerable.Range(0, 2).Select(_ => pool
            .TryExecuteAsync<object?>("block", ToolArguments.Positional("sleep", 60.0), cancellationToken: cancellation).AsTask())];
        long[] faulted = new long[Rejections];
        long[] caught = new long[Rejections];
        for (int round = 0; round < 2; round++) // the first round is a warm-up
        {
            for (int i = 0; i < Rejections; i++)
            {
                faulted[i] = Reject(pool);
                caught[i] = await CatchAsync(pool);
            }
        }
        if (full.Any(static call => call.IsCompleted))
        {
            throw new InvalidRunException("The queue did not stay full.");
        }
        measured["reject_us_p50"] = Clock.Microseconds(Samples.Percentile(faulted, 0.5));
        measured["reject_caught_us_p50"] = Clock.Microseconds(Samples.Percentile(caught, 0.5));
    }

    private static long Reject(IWorkerPool pool)
    {
        long begin = Stopwatch.GetTimestamp();
        ValueTask<object?> call = pool.ExecuteAsync<object?>("work", s_work);
        bool isFaulted = call.IsFaulted;
        long took = Stopwatch.GetTimestamp() - begin;
        return isFaulted && call.AsTask().Exception is not null
            ? took
            : throw new InvalidRunException("A call that finds the queue full was not rejected at once.");
    }

    private static async Task<long> CatchAsync(IWorkerPool pool)
    {
        long begin = Stopwatch.GetTimestamp();
        try
        {
            await pool.ExecuteAsync<object?>("work", s_work);
        }
        catch (PoolSaturatedException)
        {
            return Stopwatch.GetTimestamp() - begin;
        }
        throw new InvalidRunException("A call that finds the queue full was not rejected.");
    }
}
