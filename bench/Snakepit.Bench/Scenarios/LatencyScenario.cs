using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Measures one call at a time through the public API. Blocks of calls alternate with blocks of the floor.</summary>
internal sealed class LatencyScenario : IScenario
{
    private const int BlockSize = 1_000;
    private const int WarmUpBlocks = 20;

    public string Name => "latency";

    public string Description => "add(a, b) by one caller with json, against the floor measured in turn with it.";

    public int DefaultSeconds => 10;

    public int QuickSeconds => 3;

    public int DefaultRepeat => 3;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("floor_p50_us", "floor, median, µs") { IsControl = true },
        new("p50_us", "call, median, µs"),
        new("p99_us", "call, 99th percentile, µs"),
        new("over_floor_us", "call above the floor, µs", Bar.AtMost(900, Reference.PythonLoop)
            .Because(
                "1.25 times the 715 measured when the two processes wake each other across cores; 150 on one core, and where they run " +
                "is chance; was 20 µs, 770 loops")),
        new("ratio", "call to floor"),
        new(
            "allocated_bytes_per_call", "allocated by the host's process, bytes",
            Bar.AtMost(110).Because("104 and what .NET does beside; was 512")),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        string python = run.Python.Executable;
        using var peer = new FloorPeer(python);
        await using BenchPool pool = await BenchPool.StartAsync(
            python, 1, cancellation, static pool => pool.Values.Codec = ValueCodec.Json);
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
}
