using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Measures what a session costs its calls, and the others. Blocks of calls with and without a session alternate, and so do a pool of four
/// workers, one of which a strict session keeps busy, and a pool of three.
/// </summary>
internal sealed class SessionScenario : IScenario
{
    private const int BlockSize = 1_000;
    private const int WarmUpBlocks = 20;
    private const int Workers = 4;
    private const int Callers = 64;
    private const int SessionCallers = 4; // so that calls of the session always wait
    private const double BusySeconds = 0.02;
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(1);

    public string Name => "session";

    public string Description => "add(a, b) in sessions by one caller, and 64 other callers while a strict session keeps a worker busy.";

    public int DefaultSeconds => 20;

    public int QuickSeconds => 4;

    public int DefaultRepeat => 3;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("plain_p50_us", "call without a session, median, µs") { IsControl = true },
        new("hint_p50_us", "in a session with Hint, median, µs"),
        new("strict_p50_us", "in a session with StrictQueue, median, µs"),
        new("hint_ratio", "Hint to plain", Bar.AtMost(1.1)),
        new("strict_ratio", "StrictQueue to plain", Bar.AtMost(1.1)),
        new(
            "others_ratio", "calls of 64 others beside a busy strict session on 1 of 4 workers, to those with 3 workers",
            Bar.AtLeast(0.95)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        string python = run.Python.Executable;
        await using BenchPool four = await BenchPool.StartAsync(python, Workers, cancellation);
        await using BenchPool three = await BenchPool.StartAsync(python, Workers - 1, cancellation);
        var plain = new BlockSeries();
        var hint = new BlockSeries();
        var strict = new BlockSeries();
        (IToolInvoker Invoker, BlockSeries Series)[] ways =
        [
            (four.Workers, plain),
            (four.Workers.GetSession("hint", SessionAffinity.Hint), hint),
            (four.Workers.GetSession("strict", SessionAffinity.StrictQueue), strict),
        ];
        long[] samples = new long[BlockSize];
        for (int i = 0; i < WarmUpBlocks; i++)
        {
            foreach ((IToolInvoker invoker, _) in ways)
            {
                await Addition.MeasureAsync(invoker, samples);
            }
        }
        await MeasureOthersAsync(three.Workers);
        List<double> others = [];
        foreach (int _ in Deadline.Until(run.Duration, cancellation))
        {
            foreach ((IToolInvoker invoker, BlockSeries series) in ways)
            {
                await Addition.MeasureAsync(invoker, samples);
                series.Add(samples);
            }
            others.Add(await MeasureBesideSessionAsync(four.Workers) / await MeasureOthersAsync(three.Workers));
        }
        return new Dictionary<string, double>
        {
            ["plain_p50_us"] = plain.P50,
            ["hint_p50_us"] = hint.P50,
            ["strict_p50_us"] = strict.P50,
            ["hint_ratio"] = hint.RatioTo(plain),
            ["strict_ratio"] = strict.RatioTo(plain),
            ["others_ratio"] = Samples.Median(others),
        };
    }

    private static Task<double> MeasureOthersAsync(IWorkerPool pool) =>
        ClosedLoop.MeasureAsync(end => Addition.CallUntilAsync(pool, end), Callers, s_window);

    private static async Task<double> MeasureBesideSessionAsync(IWorkerPool pool)
    {
        await using IOwnedWorkerSession session = pool.CreateSession(SessionAffinity.StrictQueue);
        Task<double> busy = ClosedLoop.MeasureAsync(
            async () => await session.ExecuteAsync<double>("block", ToolArguments.Positional("sleep", BusySeconds)),
            SessionCallers,
            s_window);
        double others = await MeasureOthersAsync(pool);
        await busy;
        return others;
    }
}
