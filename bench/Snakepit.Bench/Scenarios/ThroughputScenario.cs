using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Measures callers that call again as soon as they are answered. The numbers of callers and workers alternate in short blocks, so that
/// other work on the machine affects all of them alike.
/// </summary>
internal sealed class ThroughputScenario : IScenario
{
    private const int WarmUpRounds = 2;

    private static readonly Bar s_workerCpu = Bar.AtMost(120, Reference.PythonLoop)
        .Because("the worker is never idle, so at most the 82 of a call on a quiet machine; 89 to 95 on a busy one");

    private static readonly Bar s_hostCpu = Bar.AtMost(140, Reference.DictionaryPair)
        .Because("at most the 95 of a call on a quiet machine; 104 to 107 on a busy one");

    private static readonly TimeSpan s_block = TimeSpan.FromMilliseconds(500);

    public string Name => "throughput";

    public string Description =>
        "add(a, b) by 1, 16 and 64 callers, each of which calls again as soon as it is answered; with json unless it says marshal.";

    public int DefaultSeconds => 20;

    public int QuickSeconds => 6;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new(
            "calls_per_s_1w_1",
            "1 worker, 1 caller, calls per second",
            Bar.AtLeastOneIn(900, Reference.PythonLoop)
                .Because("one in 590 on a quiet machine, in 880 on a busy one; was 30,000, one in 1,280")),
        Rate("calls_per_s_1w_16", "1 worker, 16 callers"),
        new(
            "calls_per_s_1w_64",
            "1 worker, 64 callers",
            Bar.AtLeastOneIn(200, Reference.PythonLoop).Because("one in 82 on a quiet machine; was 110,000, one in 350")),
        Rate("calls_per_s_2w_64", "2 workers, 64 callers"),
        new("ratio_2w_to_1w", "two workers to one, 64 callers, in turn", Bar.AtLeast(1)),
        new(
            "marshal_calls_per_s_1w_64",
            "1 worker, 64 callers, marshal",
            Bar.AtLeastOneIn(200, Reference.PythonLoop).Because("one in 79 on a quiet machine; was 160,000, one in 240")),
        new(
            "worker_us_per_call_1w_1",
            "CPU time of the worker per call, 1 caller, µs",
            Bar.AtMost(900, Reference.PythonLoop)
                .Because("as a call takes: both sides wait awake for a moment, so that a quiet machine shows up to 590, a busy one 256")),
        new(
            "host_us_per_call_1w_1",
            "of the host",
            Bar.AtMost(1_000, Reference.DictionaryPair).Because("the same for the host: up to 680, or 274")),
        new("worker_us_per_call_1w_64", "of the worker, 64 callers", s_workerCpu),
        new("host_us_per_call_1w_64", "of the host", s_hostCpu),
        new("marshal_worker_us_per_call_1w_64", "of the worker, 64 callers, marshal", s_workerCpu),
        new("marshal_host_us_per_call_1w_64", "of the host", s_hostCpu),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        string python = run.Python.Executable;
        await using BenchPool one = await StartAsync(python, 1, ValueCodec.Json, cancellation);
        await using BenchPool two = await StartAsync(python, 2, ValueCodec.Json, cancellation);
        await using BenchPool marshal = await StartAsync(python, 1, ValueCodec.Marshal, cancellation);
        Arm single = new("calls_per_s_1w_1", one, 1);
        Arm many = new("calls_per_s_1w_64", one, 64);
        Arm manyToTwo = new("calls_per_s_2w_64", two, 64);
        Arm manyMarshal = new("marshal_calls_per_s_1w_64", marshal, 64);
        Arm[] arms = [single, new("calls_per_s_1w_16", one, 16), many, manyToTwo, manyMarshal];
        for (int i = 0; i < WarmUpRounds; i++)
        {
            await RunAsync(arms);
        }
        Array.ForEach(arms, static arm => arm.Blocks.Clear());
        foreach (int _ in Deadline.Until(run.Duration, cancellation))
        {
            await RunAsync(arms);
        }
        Dictionary<string, double> results = arms.ToDictionary(
            static arm => arm.Metric, static arm => Samples.Median(arm.Blocks.Select(static block => block.CallsPerSecond)));
        results["ratio_2w_to_1w"] = Samples.Median(
            manyToTwo.Blocks.Zip(many.Blocks, static (two, one) => two.CallsPerSecond / one.CallsPerSecond));
        foreach (Arm arm in (ReadOnlySpan<Arm>)[single, many, manyMarshal])
        {
            string worker = arm.Metric.Replace("calls_per_s", "worker_us_per_call", StringComparison.Ordinal);
            string host = arm.Metric.Replace("calls_per_s", "host_us_per_call", StringComparison.Ordinal);
            results[worker] = Samples.Median(arm.Blocks.Select(static block => block.WorkerUs));
            results[host] = Samples.Median(arm.Blocks.Select(static block => block.HostUs));
        }
        return results;
    }

    private static Metric Rate(string name, string meaning) => new(name, meaning) { Against = Reference.PythonLoop };

    private static Task<BenchPool> StartAsync(string python, int workers, ValueCodec codec, CancellationToken cancellation) =>
        BenchPool.StartAsync(python, workers, cancellation, pool => pool.Values.Codec = codec);

    private static async Task RunAsync(Arm[] arms)
    {
        foreach (Arm arm in arms)
        {
            arm.Blocks.Add(await arm.MeasureAsync());
        }
    }

    /// <summary>The result of a turn. CPU times are per call.</summary>
    private readonly record struct Block(double CallsPerSecond, double WorkerUs, double HostUs);

    /// <summary>One of the cases that are measured in turn, with the results of its turns.</summary>
    private sealed record Arm(string Metric, BenchPool Pool, int Callers)
    {
        private readonly int[] _workers = [.. Pool.Workers.GetSnapshot().Workers.Select(static worker => worker.Pid)];

        public List<Block> Blocks { get; } = [];

        public async Task<Block> MeasureAsync()
        {
            long calls = 0;
            (long worker, long host) = ReadCpu();
            double rate = await ClosedLoop.MeasureAsync(
                async end =>
                {
                    long answered = await Addition.CallUntilAsync(Pool.Workers, end);
                    Interlocked.Add(ref calls, answered);
                    return answered;
                },
                Callers, s_block);
            (long workerAfter, long hostAfter) = ReadCpu();
            return new Block(rate, (workerAfter - worker) / 1e3 / calls, (hostAfter - host) / 1e3 / calls);
        }

        private (long Worker, long Host) ReadCpu() => (_workers.Sum(Clock.CpuNanoseconds), Clock.CpuNanoseconds(Environment.ProcessId));
    }
}
