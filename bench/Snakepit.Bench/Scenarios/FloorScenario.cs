using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Measures the fastest possible round trip; see <see cref="FloorPeer"/>.</summary>
internal sealed class FloorScenario : IScenario
{
    private const int BlockSize = 1_000;
    private const int WarmUpBlocks = 10;

    public string Name => "floor";

    public string Description => "100 bytes between C# and Python and back, over two pipes: what no call can beat.";

    public int DefaultSeconds => 5;

    public int QuickSeconds => 2;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("p50_us", "round trip, median, µs") { IsControl = true },
        new("p99_us", "round trip, 99th percentile, µs") { IsControl = true },
        new("scheduled_p50_us", "where the scheduler puts the two processes, median, µs") { IsControl = true },
    ];

    public Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        using var peer = new FloorPeer(run.Python.Executable);
        var blocks = new BlockSeries();
        var scheduled = new BlockSeries();
        long[] samples = new long[BlockSize];
        for (int i = 0; i < WarmUpBlocks; i++)
        {
            peer.MeasureOnOneCore(samples);
        }
        foreach (int _ in Deadline.Until(run.Duration, cancellation))
        {
            peer.MeasureOnOneCore(samples);
            blocks.Add(samples);
            peer.Measure(samples);
            scheduled.Add(samples);
        }
        return Task.FromResult<IReadOnlyDictionary<string, double>>(new Dictionary<string, double>
        {
            ["p50_us"] = blocks.P50,
            ["p99_us"] = blocks.P99,
            ["scheduled_p50_us"] = scheduled.P50,
        });
    }
}
