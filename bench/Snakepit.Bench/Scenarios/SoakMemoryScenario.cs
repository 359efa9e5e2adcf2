using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Records the memory of an adapter that leaks over time, with the same calls with and without replacements for it.</summary>
internal sealed class SoakMemoryScenario : IScenario
{
    private const int Workers = 4;
    private const double CallsPerSecond = 250; // each call leaks 0.1 MB
    private const int SoftLimitMb = 100;
    private const int CurvePoints = 200;
    private const double BytesPerCall = 100_000;

    public string Name => "soak-memory";

    public string Description =>
        "An adapter that leaks 10 MB in 100 calls, 250 calls per second of 4 workers: with Memory.SoftLimit 100MB and without a limit.";

    public int DefaultSeconds => 180;

    public int QuickSeconds => 18;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("calls", "calls, each time"),
        new("failed", "of all calls failed", Bar.AtMost(0)) { Combine = static values => values.Max() },
        new("recycles", "workers replaced for their memory"),
        new("peak_mib_without", "private memory of the pool without a limit, the most, MiB"),
        new("peak_mib_with", "with it"),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        (LoadResult Load, MemoryCurve Memory, long Recycles) without = await SoakAsync(run, null, cancellation);
        var limit = MemorySize.FromBytes(SoftLimitMb * 1_000_000);
        (LoadResult Load, MemoryCurve Memory, long Recycles) with = await SoakAsync(run, limit, cancellation);
        double leaked = without.Load.Calls * BytesPerCall / (1 << 20);
        if (with.Recycles == 0 || without.Recycles > 0 || without.Memory.Peak < leaked)
        {
            throw new InvalidRunException(string.Create(
                CultureInfo.InvariantCulture,
                $"{with.Recycles} workers were replaced with the limit and {without.Recycles} without it, " +
                $"where memory came to {without.Memory.Peak:0} of {leaked:0} MiB."));
        }
        run.Chart = new Chart(
            "seconds",
            "private memory of the pool, MiB",
            [without.Memory.Named("no limit"), with.Memory.Named($"SoftLimit {SoftLimitMb}MB")]);
        return new Dictionary<string, double>
        {
            ["calls"] = with.Load.Calls,
            ["failed"] = without.Load.Failed + with.Load.Failed,
            ["recycles"] = with.Recycles,
            ["peak_mib_without"] = without.Memory.Peak,
            ["peak_mib_with"] = with.Memory.Peak,
        };
    }

    private static async Task<(LoadResult Load, MemoryCurve Memory, long Recycles)> SoakAsync(
        BenchRun run, MemorySize? limit, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, Workers, cancellation, pool =>
        {
            pool.Adapter = BenchFiles.LeakTools;
            pool.Memory.SoftLimit = limit;
            if (run.IsQuick)
            {
                pool.Recycle.MinLifetime = TimeSpan.FromSeconds(1); // the default is longer than a quick run
            }
        });
        int last = 0;
        async ValueTask CallAsync()
        {
            int number = Interlocked.Increment(ref last);
            int said = await bench.Workers.ExecuteAsync<int>("work", ToolArguments.Positional(number), null, CancellationToken.None);
            _ = said == number ? said : throw new InvalidRunException($"work({number}) returned {said}.");
        }

        TimeSpan half = run.Duration / 2;
        Task<LoadResult> load = new OpenLoop(CallAsync, run.IsQuick ? 3 * CallsPerSecond : CallsPerSecond).RunAsync(half);
        var memory = new MemoryCurve();
        await memory.FollowAsync(load, half, CurvePoints, cancellation);
        long recycles = bench.Workers.GetSnapshot().Lifecycle.RecyclesByReason.GetValueOrDefault(RecycleReason.MemoryThreshold);
        run.Progress.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"limit {limit?.ToString() ?? "none"}: {memory.Peak:0} MiB at most, {recycles} workers replaced"));
        return (await load, memory, recycles);
    }
}
