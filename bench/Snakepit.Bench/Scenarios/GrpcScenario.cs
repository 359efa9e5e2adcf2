using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Makes the same call through Snakepit and through gRPC in turn, one worker against one server process.</summary>
internal sealed class GrpcScenario : IScenario
{
    private const int BlockSize = 500;
    private const int Callers = 64;
    private const int WarmUpRounds = 5;
    private static readonly TimeSpan s_block = TimeSpan.FromMilliseconds(300);

    public string Name => "grpc";

    public string Description =>
        "add(a, b) through Snakepit and through grpcio and Grpc.Net.Client, both of one process, gRPC over a Unix socket.";

    public int DefaultSeconds => 20;

    public int QuickSeconds => 5;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("p50_us", "1 caller, median, µs"),
        new("grpc_p50_us", "the same through gRPC") { IsControl = true },
        new("p50_ratio", "Snakepit to gRPC", Bar.AtMost(0.1)),
        new("calls_per_s_64", "64 callers, calls per second") { Against = Reference.PythonLoop },
        new("grpc_calls_per_s_64", "the same through gRPC"),
        new("throughput_ratio_64", "Snakepit to gRPC", Bar.AtLeast(35)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        using var grpc = new GrpcPeer();
        await using BenchPool pool = await BenchPool.StartAsync(run.Python.Executable, 1, cancellation);
        Side ours = new(samples => Addition.MeasureAsync(pool.Workers, samples), end => Addition.CallUntilAsync(pool.Workers, end));
        Side theirs = new(grpc.MeasureAsync, grpc.CallUntilAsync);
        for (int i = 0; i < WarmUpRounds; i++)
        {
            await RunAsync(ours, theirs);
        }
        ours.Forget();
        theirs.Forget();
        foreach (int _ in Deadline.Until(run.Duration, cancellation))
        {
            await RunAsync(ours, theirs);
        }
        return new Dictionary<string, double>
        {
            ["p50_us"] = ours.Latency.P50,
            ["grpc_p50_us"] = theirs.Latency.P50,
            ["p50_ratio"] = ours.Latency.RatioTo(theirs.Latency),
            ["calls_per_s_64"] = Samples.Median(ours.CallsPerSecond),
            ["grpc_calls_per_s_64"] = Samples.Median(theirs.CallsPerSecond),
            ["throughput_ratio_64"] = Samples.Median(
                ours.CallsPerSecond.Zip(theirs.CallsPerSecond, static (ours, theirs) => ours / theirs)),
        };
    }

    private static async Task RunAsync(Side ours, Side theirs)
    {
        await ours.MeasureLatencyAsync();
        await theirs.MeasureLatencyAsync();
        await ours.MeasureThroughputAsync();
        await theirs.MeasureThroughputAsync();
    }

    /// <summary>One way to call, with the results of its turns.</summary>
    private sealed class Side(Func<long[], Task> measure, Func<long, Task<long>> caller)
    {
        private readonly long[] _samples = new long[BlockSize];

        public BlockSeries Latency { get; private set; } = new();

        public List<double> CallsPerSecond { get; } = [];

        public async Task MeasureLatencyAsync()
        {
            await measure(_samples);
            Latency.Add(_samples);
        }

        public async Task MeasureThroughputAsync() => CallsPerSecond.Add(await ClosedLoop.MeasureAsync(caller, Callers, s_block));

        public void Forget()
        {
            Latency = new BlockSeries();
            CallsPerSecond.Clear();
        }
    }
}
