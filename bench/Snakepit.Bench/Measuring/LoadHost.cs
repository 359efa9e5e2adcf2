namespace Snakepit.Bench.Measuring;

/// <summary>
/// A host in a process of its own, with forked workers. On demand it makes a block of calls. Two of them, which are asked in turn, show
/// what the number of workers costs.
/// </summary>
internal sealed class LoadHost : IDisposable
{
    public const string Command = "load-host";
    private const int Few = 2;
    private const int Many = 64;
    private const int OneByOne = 1_000;
    private const double GcCallsPerSecond = 2_000;
    private static readonly TimeSpan s_block = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_gcPeriod = TimeSpan.FromMilliseconds(10);
    private readonly ReadyProcess _process;

    private LoadHost(ReadyProcess process) => _process = process;

    /// <summary>Starts a host whose workers have all been called.</summary>
    public static async Task<LoadHost> StartAsync(string python, int workers) =>
        new(await ReadyProcess.StartAsync(Command, $"{workers}", "--python", python));

    /// <summary>Runs in the host's own process.</summary>
    public static async Task ServeAsync(string python, int workers)
    {
        await using BenchPool bench = await BenchPool.StartAsync(
            python, workers, CancellationToken.None, static pool => pool.Start.Method = StartMethod.Zygote);
        await RateAsync(bench.Workers, Math.Max(workers, Many));
        await MeasureAsync(bench.Workers);
        ReadyProcess.SayReady();
        while (Console.ReadLine() is not null)
        {
            Console.WriteLine(await MeasureAsync(bench.Workers));
        }
    }

    public async Task<LoadBlock> MeasureAsync()
    {
        await _process.RequestAsync();
        return LoadBlock.Parse(await _process.AnswerAsync());
    }

    public void Dispose() => _process.Dispose();

    private static async Task<LoadBlock> MeasureAsync(IWorkerPool pool)
    {
        long[] latencies = new long[OneByOne];
        await Addition.MeasureAsync(pool, latencies);
        double few = await RateAsync(pool, Few);
        double many = await RateAsync(pool, Many);
        (double gcPause, double fullGcPause) = await CollectAsync(pool);
        return new LoadBlock(Clock.Microseconds(Samples.Percentile(latencies, 0.5)), few, many, gcPause, fullGcPause);
    }

    private static Task<double> RateAsync(IWorkerPool pool, int callers) =>
        ClosedLoop.MeasureAsync(end => Addition.CallUntilAsync(pool, end), callers, s_block);

    /// <summary>Collects garbage during a load that is the same for every host. Returns the median pause of a collection of the youngest
    /// generation, and the pause of a full one, in µs.</summary>
    private static async Task<(double Young, double Full)> CollectAsync(IWorkerPool pool)
    {
        Task<LoadResult> load = new OpenLoop(
            async () => Addition.Check(0, await pool.ExecuteAsync<int>("add", ToolArguments.Named(("a", 0), ("b", Addition.B)))),
            GcCallsPerSecond).RunAsync(s_block);
        var pauses = new List<double>();
        using var timer = new PeriodicTimer(s_gcPeriod);
        double full = Pause(GC.MaxGeneration);
        while (!load.IsCompleted)
        {
            await timer.WaitForNextTickAsync();
            pauses.Add(Pause(generation: 0));
        }
        return (await load).FirstFailure is { } failure
            ? throw new InvalidRunException($"A call failed between collections: {failure}")
            : (Samples.Median(pauses), full);
    }

    private static double Pause(int generation)
    {
        TimeSpan before = GC.GetTotalPauseDuration();
        GC.Collect(generation, GCCollectionMode.Forced, blocking: true);
        return (GC.GetTotalPauseDuration() - before).TotalMicroseconds;
    }
}
