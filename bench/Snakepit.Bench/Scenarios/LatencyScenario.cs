using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>One caller, one call at a time, through the public API; blocks of calls alternate with blocks of the floor.</summary>
internal sealed class LatencyScenario : IScenario
{
    private const int BlockSize = 1_000;
    private const int WarmUpBlocks = 20;
    private const double LeastFloor = 6; // µs
    private const double MostFloor = 20;

    public string Name => "latency";

    public string Description => "add(a, b) by one caller with json, against the floor measured in turn with it.";

    public int DefaultSeconds => 10;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("floor_p50_us", "floor, median, µs"),
        new("p50_us", "call, median, µs"),
        new("p99_us", "call, 99th percentile, µs"),
        new("over_floor_us", "call above the floor, µs", Bar.AtMost(20)),
        new("ratio", "call to floor"),
        new("allocated_bytes_per_call", "allocated by the host's process, bytes", Bar.AtMost(512)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        string python = run.Python.Executable;
        using var peer = new FloorPeer(python);
        await using BenchPool pool = await BenchPool.StartAsync(python, 1, cancellation, static pool => pool.Values.Codec = ValueCodec.Json);
        var floor = new BlockSeries();
        var calls = new BlockSeries();
        long[] samples = new long[BlockSize];
        for (int i = 0; i < WarmUpBlocks; i++)
        {
            peer.MeasureOnOneCore(samples);
            await Addition.MeasureAsync(pool.Workers, samples);
        }
        long allocated = 0;
        foreach (int _ in Deadline.Until(run.Duration, cancellation))
        {
            peer.MeasureOnOneCore(samples);
            floor.Add(samples);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await Addition.MeasureAsync(pool.Workers, samples);
            allocated += GC.GetTotalAllocatedBytes(precise: true) - before;
            calls.Add(samples);
        }
        Check(floor);
        (double Call, double Floor)[] pairs = [.. calls.Medians.Zip(floor.Medians)];
        return new Dictionary<string, double>
        {
            ["floor_p50_us"] = floor.P50,
            ["p50_us"] = calls.P50,
            ["p99_us"] = calls.P99,
            ["over_floor_us"] = Samples.Median(pairs.Select(static pair => pair.Call - pair.Floor)),
            ["ratio"] = calls.RatioTo(floor),
            ["allocated_bytes_per_call"] = (double)allocated / (pairs.Length * BlockSize),
        };
    }

    /// <summary>A bar in µs above the floor means something only on a machine whose floor is as the bar's was.</summary>
    private static void Check(BlockSeries floor)
    {
        if (floor.P50 is < LeastFloor or > MostFloor)
        {
            throw new InvalidRunException(string.Create(CultureInfo.InvariantCulture, $"the floor is {floor.P50:0.000} µs; it must be {LeastFloor} to {MostFloor}."));
        }
    }
}
