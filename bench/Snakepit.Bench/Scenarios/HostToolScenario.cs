using System.Diagnostics;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Measures calls that call the host, against calls that do not, and chains of nested calls.</summary>
internal sealed class HostToolScenario : IScenario
{
    private const int BlockSize = 500;
    private const int Depth = 2; // below the first one
    private const int Chains = 10_000;
    private const int Callers = 3; // which would need nine workers
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public string Name => "hosttool";

    public string Description => "A tool that calls the host once, against one that does not; nested calls, three deep, on four workers.";

    public int DefaultSeconds => 20;

    public int QuickSeconds => 4;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("call_p50_us", "a call, median, µs"),
        new("host_call_p50_us", "a call that calls the host once, median, µs"),
        new("roundtrip_ratio", "the latter to the former", Bar.AtMost(2.5)),
        new("chains", "nested chains that ended"),
        new("deadlocks", "of which the host refused a call that no worker could run"),
        new("hangs", "chains that took longer than 10 s, or failed otherwise", Bar.AtMost(0)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        IWorkerPool? workers = null;
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, 4, cancellation, pool =>
        {
            pool.Adapter = BenchFiles.HostTools;
            pool.Queue.Timeout = 2 * s_patience;
            pool.Tools
                .Add("add", static (call, _) => new ValueTask<object?>(call.Get<int>(0) + call.Get<int>(1)))
                .Add("nest", async (call, token) =>
                    await workers!.ExecuteAsync<int>("nest", ToolArguments.Positional(call.Get<int>(0)), null, token));
        });
        workers = bench.Workers;
        List<double> plain = [], hosted = [];
        await MedianAsync(workers, "add");
        await MedianAsync(workers, "add_by_host");
        foreach (int _ in Deadline.Until(run.Duration / 2, cancellation))
        {
            plain.Add(await MedianAsync(workers, "add"));
            hosted.Add(await MedianAsync(workers, "add_by_host"));
        }
        (int ended, int deadlocks, int hangs) = await NestAsync(workers, run, cancellation);
        return new Dictionary<string, double>
        {
            ["call_p50_us"] = Samples.Median(plain),
            ["host_call_p50_us"] = Samples.Median(hosted),
            ["roundtrip_ratio"] = Samples.Median(hosted.Zip(plain, static (hosted, plain) => hosted / plain)),
            ["chains"] = ended,
            ["deadlocks"] = deadlocks,
            ["hangs"] = hangs,
        };
    }

    private static async Task<double> MedianAsync(IWorkerPool pool, string tool)
    {
        double[] samples = new double[BlockSize];
        for (int i = 0; i < BlockSize; i++)
        {
            long began = Stopwatch.GetTimestamp();
            await pool.ExecuteAsync<int>(tool, ToolArguments.Positional(40, 2));
            samples[i] = Clock.Microseconds(Stopwatch.GetTimestamp() - began);
        }
        return Samples.Median(samples);
    }

    private static async Task<(int Ended, int Deadlocks, int Hangs)> NestAsync(
        IWorkerPool pool, BenchRun run, CancellationToken cancellation)
    {
        int left = run.IsQuick ? Chains / 20 : Chains, ended = 0, deadlocks = 0, hangs = 0;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var limit = new ToolCallOptions { Timeout = s_patience };
                CallResult<int> result = await pool.TryExecuteAsync<int>("nest", ToolArguments.Positional(Depth), limit, cancellation);
                Interlocked.Increment(ref ended);
                if (!result.Succeeded)
                {
                    bool isDeadlock = result.Error is ToolException
                        && result.Error.Message.Contains(nameof(NestedCallDeadlockException), StringComparison.Ordinal);
                    Interlocked.Increment(ref isDeadlock ? ref deadlocks : ref hangs);
                }
            }
        }));
        return (ended, deadlocks, hangs);
    }
}
