using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Callers that call again as soon as they are answered. The numbers of callers and workers take turns in short blocks, so that what else
/// the machine does hits all alike.</summary>
internal sealed class ThroughputScenario : IScenario
{
    private const int WarmUpRounds = 2;
    private static readonly TimeSpan s_block = TimeSpan.FromMilliseconds(500);

    public string Name => "throughput";

    public string Description => "add(a, b) by 1, 16 and 64 callers, each of which calls again as soon as it is answered; with json unless it says marshal.";

    public int DefaultSeconds => 20;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("calls_per_s_1w_1", "1 worker, 1 caller, calls per second", Bar.AtLeast(30_000)),
        new("calls_per_s_1w_16", "1 worker, 16 callers"),
        new("calls_per_s_1w_64", "1 worker, 64 callers", Bar.AtLeast(110_000)),
        new("calls_per_s_2w_64", "2 workers, 64 callers"),
        new("ratio_2w_to_1w", "two workers to one, 64 callers, in turn", Bar.AtLeast(1)),
        new("marshal_calls_per_s_1w_64", "1 worker, 64 callers, marshal", Bar.AtLeast(160_000)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        string python = run.Python.Executable;
        await using BenchPool one = await StartAsync(python, 1, ValueCodec.Json, cancellation);
        await using BenchPool two = await StartAsync(python, 2, ValueCodec.Json, cancellation);
        await using BenchPool marshal = await StartAsync(python, 1, ValueCodec.Marshal, cancellation);
        Arm many = new("calls_per_s_1w_64", one, 64), manyToTwo = new("calls_per_s_2w_64", two, 64);
        Arm[] arms =
        [
            new("calls_per_s_1w_1", one, 1), new("calls_per_s_1w_16", one, 16), many, manyToTwo, new("marshal_calls_per_s_1w_64", marshal, 64),
        ];
        for (int i = 0; i < WarmUpRounds; i++)
        {
            await RunAsync(arms);
        }
        foreach (int _ in Deadline.Until(run.Duration, cancellation))
        {
            await RunAsync(arms);
        }
        Dictionary<string, double> results = arms.ToDictionary(static arm => arm.Metric, static arm => Samples.Median(arm.Blocks.Skip(WarmUpRounds)));
        results["ratio_2w_to_1w"] = Samples.Median(manyToTwo.Blocks.Zip(many.Blocks, static (two, one) => two / one).Skip(WarmUpRounds));
        return results;
    }

    private static Task<BenchPool> StartAsync(string python, int workers, ValueCodec codec, CancellationToken cancellation) =>
        BenchPool.StartAsync(python, workers, cancellation, pool => pool.Values.Codec = codec);

    private static async Task RunAsync(Arm[] arms)
    {
        foreach (Arm arm in arms)
        {
            arm.Blocks.Add(await ClosedLoop.MeasureAsync(end => Addition.CallUntilAsync(arm.Pool.Workers, end), arm.Callers, s_block));
        }
    }

    /// <summary>One thing that is measured in turn with others, and the calls per second of its turns.</summary>
    private sealed record Arm(string Metric, BenchPool Pool, int Callers)
    {
        public List<double> Blocks { get; } = [];
    }
}
