using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Measures the cost of the reasons to replace a worker while none applies: per call in the pool's state machine, and in an idle pool.
/// </summary>
internal sealed class LifecycleCostScenario : IScenario
{
    private const int KernelWorkers = 4;
    private const int WarmUpCalls = 300_000;
    private const int BlockCalls = 700_000;
    private const int BatchCalls = 10_000; // about a millisecond, so that most batches are not interrupted
    private const int IdleWorkers = 200;
    private const int StartsAtOnce = 16;
    private const double IdleShare = 0.3; // the share of the time for each of the three pools

    // From a quarter of the limit on the kernel looks at a worker's pace in every call. The calls of a block do not reach it.
    private const int NeverReached = WarmUpCalls + BlockCalls + 1;
    private static readonly TimeSpan s_never = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_settleTime = TimeSpan.FromSeconds(10);

    // Every second has the steady cost. Only some have the cost of compiling, which ends after a while, and of signs of life, which are
    // requested four times in 30 s (see the scenario idle).
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(1);

    public string Name => "lifecycle-cost";

    public string Description =>
        "All reasons to replace a worker watched for, against none: per call in the state machine, and 200 workers that nobody calls.";

    public int DefaultSeconds => 60;

    public int QuickSeconds => 5;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("ns_per_call_off", "submission and reply without any, ns"),
        new("ns_per_call", "more with all, ns", Bar.AtMost(6, Reference.DictionaryPair).Because("3.3; was 300 ns, 13 pairs")),
        new("bytes_per_call", "allocated with all, bytes", Bar.AtMost(0)) { Combine = static values => values.Max() },
        new(
            "cpu_pct_200_workers_off",
            "CPU time of the host with 200 idle workers without any, % of a core, in a second without signs of life"),
        new("cpu_pct_200_workers", "more with all and with samples of memory, % of a core"),
        new(
            "cpu_ms_per_s_200_workers",
            "the same, ms of each second",
            Bar.AtMost(0.95, Reference.InterpreterStart).Because("0.89; was 0.6 % of a core, 6 ms of each second")),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        (double off, double more, double bytes) = MeasureKernel(run.Duration * (1 - (3 * IdleShare)), cancellation);
        run.Progress.Say(string.Create(CultureInfo.InvariantCulture, $"kernel: {off:0.0} ns and {more:0.0} ns more"));
        // .NET compiles the code during the first measurement, which does not count.
        _ = await MeasureIdleAsync(run, TurnOn, isOn: true, cancellation);
        double idleOff = await MeasureIdleAsync(run, TurnOff, isOn: false, cancellation);
        double idleOn = await MeasureIdleAsync(run, TurnOn, isOn: true, cancellation);
        return new Dictionary<string, double>
        {
            ["ns_per_call_off"] = off,
            ["ns_per_call"] = more,
            ["bytes_per_call"] = bytes,
            ["cpu_pct_200_workers_off"] = idleOff,
            ["cpu_pct_200_workers"] = idleOn - idleOff,
            ["cpu_ms_per_s_200_workers"] = (idleOn - idleOff) * 10,
        };
    }

    private static (double Off, double More, double Bytes) MeasureKernel(TimeSpan duration, CancellationToken cancellation)
    {
        List<double> off = [], more = [];
        double bytes = 0;
        _ = RunBlock(TurnOff);
        _ = RunBlock(TurnOn);
        foreach (int round in Deadline.Until(duration, cancellation))
        {
            // The two alternate in coming first.
            (double without, _) = round % 2 == 0 ? RunBlock(TurnOff) : default;
            (double with, double allocated) = RunBlock(TurnOn);
            without = round % 2 == 0 ? without : RunBlock(TurnOff).Nanoseconds;
            off.Add(without);
            more.Add(with - without);
            bytes = Math.Max(bytes, allocated);
        }
        return (Samples.Median(off), Samples.Median(more), bytes);
    }

    private static (double Nanoseconds, double Bytes) RunBlock(Action<PoolOptions> configure)
    {
        var drive = new KernelDrive(KernelWorkers, configure: configure);
        drive.Run(WarmUpCalls);
        double[] batches = new double[BlockCalls / BatchCalls];
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        foreach (ref double batch in batches.AsSpan())
        {
            long begin = Stopwatch.GetTimestamp();
            drive.Run(BatchCalls);
            batch = Clock.Microseconds(Stopwatch.GetTimestamp() - begin) * 1_000 / BatchCalls;
        }
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        return (Samples.Median(batches), (double)bytes / BlockCalls);
    }

    private static async Task<double> MeasureIdleAsync(
        BenchRun run, Action<PoolOptions> configure, bool isOn, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, IdleWorkers, cancellation, pool =>
        {
            configure(pool);
            pool.Start.MaxConcurrent = StartsAtOnce;
        });
        await Task.Delay(run.IsQuick ? s_settleTime / 2 : s_settleTime, cancellation);
        List<double> shares = [];
        foreach (int _ in Deadline.Until(run.Duration * IdleShare, cancellation))
        {
            TimeSpan used = Environment.CpuUsage.TotalTime;
            long begin = Stopwatch.GetTimestamp();
            await Task.Delay(s_window, cancellation);
            shares.Add((Environment.CpuUsage.TotalTime - used) / Stopwatch.GetElapsedTime(begin));
        }
        double share = Samples.Median(shares);
        PoolSnapshot after = bench.Workers.GetSnapshot();
        run.Progress.Say(string.Create(
            CultureInfo.InvariantCulture, $"{IdleWorkers} idle workers, limits {(isOn ? "on" : "off")}: {share:0.00 %} of a core"));
        return after.Recycled == 0 && after.Workers.All(worker => worker.Memory?.SoftLimit is not null == isOn)
            ? 100 * share
            : throw new InvalidRunException($"Workers were replaced, or their memory was {(isOn ? "not " : "")}judged.");
    }

    private static void TurnOff(PoolOptions pool)
    {
        pool.Health.CheckInterval = Timeout.InfiniteTimeSpan;
        pool.Memory.SampleInterval = s_never; // otherwise the pool samples memory even without limits, for its snapshots
    }

    private static void TurnOn(PoolOptions pool)
    {
        pool.Recycle.Ttl = s_never;
        pool.Recycle.MaxRequests = NeverReached;
        pool.Recycle.IdleTimeout = s_never;
        pool.Recycle.MaxCpuTime = s_never;
        pool.Recycle.MaxConsecutiveErrors = 3;
        pool.Memory.SoftLimit = MemorySize.FromMiB(512);
        pool.Memory.HardLimit = MemorySize.FromGiB(1);
        pool.Recycle.AddPolicy(new Never());
    }

    private sealed class Never : IRecyclePolicy
    {
        public RecycleDecision Evaluate(in RecycleCandidate worker) => RecycleDecision.Keep;
    }
}
