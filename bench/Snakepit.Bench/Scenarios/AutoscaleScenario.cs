using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Measures a pool whose size follows its load: how fast it grows at a step, whether it keeps its size in a load that comes and goes, and
/// whether calls survive kills meanwhile. Calls sleep, so that the pool's size is the bottleneck and not the machine's processors.
/// </summary>
internal sealed class AutoscaleScenario : IScenario
{
    private const int Least = 4;
    private const int Most = 16;
    private const double CallSeconds = 0.25;
    private const double LowShare = 0.2;
    private const double HighShare = 0.9;
    private const double CallsPerSecond = Most / CallSeconds; // that the most workers can do
    private const int PeriodsPerPatience = 4; // the pool could shrink in each low half
    private const int LeastPeriods = 3;
    private const double KillsPerSecond = 2;
    private static readonly TimeSpan s_stepPeriod = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_stepPatience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_wavePeriod = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_target = new ScaleOptions().QueueDelay;

    public string Name => "autoscale";

    public string Description =>
        "4 to 16 workers, calls of 250 ms: steps from 20 % to 90 % of what 16 can do; a square wave between the two, for ten minutes in " +
        "a full run; the wave with two kills a second.";

    public int DefaultSeconds => 900; // ten minutes of the wave

    public int QuickSeconds => 9;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("steps", "steps from 20 % to 90 %, each with a new pool of 4 workers"),
        new("start_ms", "a start of a worker that was added, median, ms"),
        new("settle_ms", "the longest time without a break in which a call had waited for more than 100 ms, median of the steps, ms"),
        new("settle_starts", "the same in starts", Bar.AtMost(2).InFullRuns()), // a quick run has one step
        new("step_wait_p99_ms", "calls of a step, time in the queue, 99th percentile, median of the steps, ms"),
        new("wave_periods", "periods of the square wave, half of each at 20 %"),
        new("wave_resizes", "changes of the pool's size meanwhile"),
        AtMost("flaps", "times that the pool grew less than a period after it had shrunk; the first one teaches it", 1),
        AtMost("wave_failed", "calls that failed", 0),
        new("wave_wait_p99_ms", "calls, time in the queue, 99th percentile, ms"),
        new("storm_calls", "calls of the storm, a third of which may run only once"),
        new("storm_resizes", "changes of the pool's size meanwhile"),
        new("kills", "workers ended"),
        AtMost("lost", "calls had no outcome", 0),
        AtMost("duplicated", "of those that may run only once ran twice", 0),
        AtMost("misdelivered", "had the reply of another", 0),
        AtMost("bystanders_failed", "failed though their worker was not killed", 0),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        TimeSpan part = run.Duration / 6;
        var measured = new Dictionary<string, double>();
        await MeasureStepsAsync(run, part, measured, cancellation);
        await MeasureWaveAsync(run, 4 * part, measured, cancellation);
        await MeasureStormAsync(run, part, measured, cancellation);
        return measured;
    }

    private static Metric AtMost(string name, string meaning, double bar) =>
        new(name, meaning, Bar.AtMost(bar)) { Combine = static values => values.Max() };

    private static Task<BenchPool> StartAsync(
        BenchRun run, TimeSpan patience, CancellationToken cancellation, Action<PoolOptions>? configure = null) =>
        BenchPool.StartAsync(run.Python.Executable, Least, cancellation, pool =>
        {
            configure?.Invoke(pool);
            (pool.MinSize, pool.MaxSize) = (Least, Most);
            pool.Start.Method = StartMethod.Zygote;
            pool.Scale.Patience = patience;
        });

    private static SquareWave Wave(Func<ValueTask> call) => new(call, LowShare * CallsPerSecond, HighShare * CallsPerSecond);

    /// <summary>Returns a call that notes its delay.</summary>
    private static Func<ValueTask> Call(IWorkerPool pool, QueueDelays delays) => async () =>
    {
        long made = Stopwatch.GetTimestamp();
        delays.Add(made, await pool.ExecuteAsync<long>("wait", ToolArguments.Positional(CallSeconds)));
    };

    private static async Task MeasureStepsAsync(
        BenchRun run, TimeSpan duration, Dictionary<string, double> measured, CancellationToken cancellation)
    {
        List<double> settles = [], waits = [], starts = [];
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            await using BenchPool bench = await StartAsync(run, s_stepPatience, cancellation);
            var delays = new QueueDelays();
            var watch = new ScaleWatch(bench.Workers);
            await using (watch)
            {
                Check(await Wave(Call(bench.Workers, delays)).RunAsync(s_stepPeriod, periods: 1, cancellation));
            }
            settles.Add(delays.LongestAbove(s_target).TotalMilliseconds);
            waits.Add(delays.Percentile(0.99).TotalMilliseconds);
            starts.AddRange(watch.Starts.Select(static start => start.TotalMilliseconds));
            run.Progress.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"step: {string.Join(", ", watch.Changes.Select(static change => $"{change.From} to {change.To} ({change.Reason})"))}; " +
                $"{settles[^1]:0.0} ms above the target"));
        }
        if (starts.Count == 0)
        {
            throw new InvalidRunException("No pool has grown.");
        }
        measured["steps"] = settles.Count;
        measured["start_ms"] = Samples.Median(starts);
        measured["settle_ms"] = Samples.Median(settles);
        measured["settle_starts"] = measured["settle_ms"] / measured["start_ms"];
        measured["step_wait_p99_ms"] = Samples.Median(waits);

        static void Check(IEnumerable<LoadResult> loads)
        {
            if (loads.FirstOrDefault(static load => load.Failed > 0) is { } failed)
            {
                throw new InvalidRunException($"{failed.Failed} calls of a step failed: {failed.FirstFailure}");
            }
        }
    }

    private static async Task MeasureWaveAsync(
        BenchRun run, TimeSpan duration, Dictionary<string, double> measured, CancellationToken cancellation)
    {
        (TimeSpan period, int periods) = Divide(duration);
        await using BenchPool bench = await StartAsync(run, period / PeriodsPerPatience, cancellation);
        var delays = new QueueDelays();
        var watch = new ScaleWatch(bench.Workers);
        IReadOnlyList<LoadResult> loads;
        await using (watch)
        {
            loads = await Wave(Call(bench.Workers, delays)).RunAsync(period, periods, cancellation);
        }
        measured["wave_periods"] = periods;
        measured["wave_resizes"] = watch.Changes.Count;
        measured["flaps"] = ScaleWatch.CountFlaps(watch.Changes, period);
        measured["wave_failed"] = loads.Sum(static load => load.Failed);
        measured["wave_wait_p99_ms"] = delays.Percentile(0.99).TotalMilliseconds;
        if (loads.FirstOrDefault(static load => load.Failed > 0) is { } failed)
        {
            run.AddEvidence($"the first call of the wave that failed: {failed.FirstFailure}");
        }
        string sizes = string.Join(", ", watch.Changes.Select(static change => $"{change.To} ({change.Reason})"));
        run.AddEvidence(string.Create(
            CultureInfo.InvariantCulture,
            $"a wave of {periods} periods of {period.TotalSeconds:0.#} s; sizes: {Least}, {sizes}; the patience, which was " +
            $"{(period / PeriodsPerPatience).TotalSeconds:0.#} s, is {bench.Workers.GetSnapshot().Patience?.TotalSeconds:0.#} s"));
    }

    private static async Task MeasureStormAsync(
        BenchRun run, TimeSpan duration, Dictionary<string, double> measured, CancellationToken cancellation)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("snakepit-bench-");
        try
        {
            await MeasureStormAsync(run, duration, Path.Combine(folder.FullName, "exit"), measured, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task MeasureStormAsync(
        BenchRun run, TimeSpan duration, string exitFile, Dictionary<string, double> measured, CancellationToken cancellation)
    {
        using var record = new RunRecord();
        var evidence = new StormEvidence(StartMethod.Zygote);
        (TimeSpan period, int periods) = Divide(duration);
        await using BenchPool bench = await StartAsync(run, period / PeriodsPerPatience, cancellation, pool =>
        {
            record.Configure(pool);
            pool.Adapter = BenchFiles.ChaosTools;
            pool.Python.Variables["SNAKEPIT_BENCH_EXIT"] = exitFile;
            StormClocks.Configure(pool, run);
        });
        var killer = new ChaosKiller(bench.Workers, exitFile, KillsPerSecond, evidence.Journal, run.Seed);
        var judge = new StormJudge(bench.Workers, killer, evidence);
        var calls = new FatedCalls(bench.Workers, record)
        {
            LeastMs = CallSeconds * 1e3,
            OnFailure = (call, e) => _ = judge.JudgeAsync(call, e),
        };
        var watch = new ScaleWatch(bench.Workers);
        await using (watch)
        {
            Task load = Wave(calls.CallAsync).RunAsync(period, periods, cancellation);
            await killer.KillAsync(duration, cancellation);
            await Task.WhenAny(load, Task.Delay(StormClocks.LostAfter, cancellation));
        }
        measured["storm_calls"] = calls.Count;
        measured["storm_resizes"] = watch.Changes.Count;
        measured["kills"] = killer.Kills;
        measured["lost"] = calls.WithoutOutcome;
        measured["duplicated"] = calls.CountDuplicated();
        measured["misdelivered"] = calls.Misdelivered;
        int bystanders = calls.CountBystanders(killer.Killed);
        measured["bystanders_failed"] = bystanders;
        run.Progress.Say($"storm: {calls.Count} calls, {killer.Kills} kills; {calls.FirstFailure ?? "no unexpected failure"}");
        foreach (string line in evidence.Save(BenchFiles.NewEvidence("autoscale"), bystanders, [], [], killer.Stops))
        {
            run.AddEvidence(line);
        }
    }

    /// <summary>Divides a time into periods of the wave: shorter ones where there is little time.</summary>
    private static (TimeSpan Period, int Periods) Divide(TimeSpan duration)
    {
        int periods = Math.Max(LeastPeriods, (int)(duration / s_wavePeriod));
        return (duration / periods, periods);
    }
}
