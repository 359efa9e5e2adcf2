using System.Diagnostics;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Measures streams against calls, in turn with them.</summary>
internal sealed class StreamScenario : IScenario
{
    private const int ItemsPerBlock = 200_000;
    private const int FirstItems = 500;
    private const int Ticks = 300;
    private const int SlowItems = 10_000_000;
    private const int SlowSpins = 400;
    private const int Callers = 64;
    private static readonly TimeSpan s_block = TimeSpan.FromMilliseconds(500);

    public string Name => "stream";

    public string Description =>
        "A generator that yields integers, against add(a, b): CPU per item, time to the first item, regularity, and a slow reader.";

    public int DefaultSeconds => 220; // the slow reader gets half of it

    public int QuickSeconds => 5;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("chunk_cpu_us", "CPU time of host and worker per item, µs"),
        new("call_cpu_us", "CPU time of host and worker per call, 64 callers, µs"),
        new("chunk_cost_ratio", "item to call", Bar.AtMost(0.5)),
        new("items_per_s", "items per second"),
        new("first_item_p50_us", "from StreamAsync to the first item, median, µs"),
        new("call_p50_us", "a call, one caller, median, µs"),
        new("first_item_ratio", "first item to call", Bar.AtMost(1.5)),
        new(
            "interarrival_p99_ratio",
            "time between items of a tool that yields every ms, 99th percentile, to the tool's own",
            Bar.AtMost(1.5)),
        new("slow_items", "items that the slow reader took"),
        new("memory_growth_mib", "resident memory of host and worker meanwhile, the larger growth, MiB", Bar.AtMost(4)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(
            run.Python.Executable, 1, cancellation, static pool => pool.Adapter = BenchFiles.StreamTools);
        IWorkerPool pool = bench.Workers;
        int worker = pool.GetSnapshot().Workers[0].Pid;
        List<double> chunk = [], call = [], rates = [];
        List<double> first = [], single = [];
        await CostOfItemsAsync(pool, worker, rates);
        await CostOfCallsAsync(pool, worker);
        await FirstItemAsync(pool);
        rates.Clear();
        foreach (int _ in Deadline.Until(run.Duration / 3, cancellation))
        {
            chunk.Add(await CostOfItemsAsync(pool, worker, rates));
            call.Add(await CostOfCallsAsync(pool, worker));
            (double toFirst, double toReply) = await FirstItemAsync(pool);
            first.Add(toFirst);
            single.Add(toReply);
        }
        var regularity = new List<double>();
        foreach (int _ in Deadline.Until(run.Duration / 6, cancellation))
        {
            regularity.Add(await RegularityAsync(pool));
        }
        (long slowItems, double growth) = await ReadSlowlyAsync(pool, worker, run.Duration / 2, cancellation);
        return new Dictionary<string, double>
        {
            ["chunk_cpu_us"] = Samples.Median(chunk),
            ["call_cpu_us"] = Samples.Median(call),
            ["chunk_cost_ratio"] = Samples.Median(chunk.Zip(call, static (item, call) => item / call)),
            ["items_per_s"] = Samples.Median(rates),
            ["first_item_p50_us"] = Samples.Median(first),
            ["call_p50_us"] = Samples.Median(single),
            ["first_item_ratio"] = Samples.Median(first.Zip(single, static (item, call) => item / call)),
            ["interarrival_p99_ratio"] = Samples.Median(regularity),
            ["slow_items"] = slowItems,
            ["memory_growth_mib"] = growth,
        };
    }

    private static IAsyncEnumerable<T> Stream<T>(IWorkerPool pool, string tool, int to) =>
        pool.StreamAsync<T>(tool, ToolArguments.Positional(to));

    private static long Cpu(int worker) => Clock.CpuNanoseconds(worker) + Clock.CpuNanoseconds(Environment.ProcessId);

    private static async Task<double> CostOfItemsAsync(IWorkerPool pool, int worker, List<double> rates)
    {
        long before = Cpu(worker), began = Stopwatch.GetTimestamp();
        int next = 0;
        await foreach (int item in Stream<int>(pool, "count", ItemsPerBlock))
        {
            if (item != next++)
            {
                throw new InvalidRunException($"Item {next - 1} of a stream was {item}.");
            }
        }
        rates.Add(next / Stopwatch.GetElapsedTime(began).TotalSeconds);
        return (Cpu(worker) - before) / 1e3 / ItemsPerBlock;
    }

    private static async Task<double> CostOfCallsAsync(IWorkerPool pool, int worker)
    {
        long calls = 0, before = Cpu(worker);
        await ClosedLoop.MeasureAsync(
            async end =>
            {
                long answered = await Addition.CallUntilAsync(pool, end);
                Interlocked.Add(ref calls, answered);
                return answered;
            },
            Callers, s_block);
        return (Cpu(worker) - before) / 1e3 / calls;
    }

    private static async Task<(double FirstItem, double Reply)> FirstItemAsync(IWorkerPool pool)
    {
        double[] items = new double[FirstItems], replies = new double[FirstItems];
        for (int i = 0; i < FirstItems; i++)
        {
            long began = Stopwatch.GetTimestamp();
            await using IAsyncEnumerator<int> stream = Stream<int>(pool, "count", 1).GetAsyncEnumerator();
            await stream.MoveNextAsync();
            items[i] = Clock.Microseconds(Stopwatch.GetTimestamp() - began);
            await stream.MoveNextAsync();
            began = Stopwatch.GetTimestamp();
            await pool.ExecuteAsync<int>("add", ToolArguments.Positional(40, 2));
            replies[i] = Clock.Microseconds(Stopwatch.GetTimestamp() - began);
        }
        return (Samples.Median(items), Samples.Median(replies));
    }

    private static async Task<double> RegularityAsync(IWorkerPool pool)
    {
        var sent = new List<long>();
        var arrived = new List<long>();
        await foreach (long at in Stream<long>(pool, "tick", Ticks))
        {
            sent.Add(at);
            arrived.Add(Stopwatch.GetTimestamp());
        }
        return (double)Gap(arrived) / Gap(sent);
    }

    private static long Gap(List<long> times) =>
        Samples.Percentile(times.Zip(times.Skip(1), static (before, after) => after - before).ToArray(), 0.99);

    /// <summary>Reads about ten times as slowly as the tool yields.</summary>
    private static async Task<(long Items, double GrowthMib)> ReadSlowlyAsync(
        IWorkerPool pool, int worker, TimeSpan duration, CancellationToken cancellation)
    {
        long items = 0, began = Stopwatch.GetTimestamp();
        long hostBefore = 0, workerBefore = 0, growth = 0;
        await foreach (int _ in Stream<int>(pool, "count", SlowItems).WithCancellation(cancellation))
        {
            Thread.SpinWait(SlowSpins);
            if (++items % 100_000 != 0)
            {
                continue;
            }
            GC.Collect();
            long host = ProcessFacts.ResidentKib(Environment.ProcessId), python = ProcessFacts.ResidentKib(worker);
            if (items == 100_000)
            {
                (hostBefore, workerBefore) = (host, python);
            }
            growth = Math.Max(host - hostBefore, python - workerBefore);
            if (Stopwatch.GetElapsedTime(began) > duration)
            {
                break;
            }
        }
        return (items, growth / 1024.0);
    }
}
