using System.Diagnostics;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Measures the pool's state machine alone: the submission and the reply of a call, with half of the workers busy, or with calls waiting
/// at all of them; and a step of a worker's life.
/// </summary>
internal sealed class KernelScenario : IScenario
{
    private const int BatchSize = 10_000; // about a millisecond, so that most batches are not interrupted
    private const int WarmUpBatches = 200;
    private const int TurnsPerBatch = 100;
    private static readonly Bar s_call = Bar.AtMost(8, Reference.DictionaryPair)
        .Because("3.6 to 4.1 on a quiet machine, 5 to 5.8 while others use its caches; was 300 ns, 13 pairs");

    public string Name => "kernel";

    public string Description => "Submission and reply in the pool's state machine, without any worker.";

    public int DefaultSeconds => 6;

    public int QuickSeconds => 3;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("ns_per_call_4", "submission and reply, 4 workers, ns", s_call),
        new("ns_per_call_250", "submission and reply, 250 workers, ns", s_call),
        new("pipelined_ns", "submission and reply, 4 workers with 16 waiting calls each, ns", s_call),
        new("settle_ns_100", "a step of a worker's life, 100 workers, ns"),
        new("settle_ns_10000", "a step of a worker's life, 10,000 workers, ns"),
        new("settle_growth", "the second by the first", Bar.AtMost(3)),
        new(
            "bytes_per_call",
            "allocated, bytes",
            Bar.AtMost(0.01).Because("9 KB once in 13 million calls, when a buffer of the trace grows; a call allocates nothing"))
        {
            Combine = static values => values.Max(),
        },
    ];

    public Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        (double few, double fewBytes) = Measure(new KernelDrive(4), run.Duration / 3, cancellation);
        (double many, double manyBytes) = Measure(new KernelDrive(250), run.Duration / 3, cancellation);
        (double pipelined, double pipelinedBytes) = Measure(new KernelDrive(4, waiting: 16), run.Duration / 3, cancellation);
        double hundred = MeasureLives(new LifecycleDrive(100), run.Duration / 6, cancellation);
        double tenThousand = MeasureLives(new LifecycleDrive(10_000), run.Duration / 6, cancellation);
        return Task.FromResult<IReadOnlyDictionary<string, double>>(new Dictionary<string, double>
        {
            ["ns_per_call_4"] = few,
            ["ns_per_call_250"] = many,
            ["pipelined_ns"] = pipelined,
            ["settle_ns_100"] = hundred,
            ["settle_ns_10000"] = tenThousand,
            ["settle_growth"] = tenThousand / hundred,
            ["bytes_per_call"] = Math.Max(Math.Max(fewBytes, manyBytes), pipelinedBytes),
        });
    }

    private static (double Nanoseconds, double Bytes) Measure(KernelDrive drive, TimeSpan duration, CancellationToken cancellation)
    {
        for (int i = 0; i < WarmUpBatches; i++)
        {
            drive.Run(BatchSize);
        }
        var batches = new List<double>();
        long calls = 0;
        long allocated = 0;
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            long bytes = GC.GetAllocatedBytesForCurrentThread();
            long begin = Stopwatch.GetTimestamp();
            drive.Run(BatchSize);
            long took = Stopwatch.GetTimestamp() - begin;
            allocated += GC.GetAllocatedBytesForCurrentThread() - bytes;
            calls += BatchSize;
            batches.Add(Clock.Microseconds(took) * 1_000 / BatchSize);
        }
        return (Samples.Median(batches), (double)allocated / calls);
    }

    private static double MeasureLives(LifecycleDrive drive, TimeSpan duration, CancellationToken cancellation)
    {
        drive.Run(WarmUpBatches * TurnsPerBatch / 2);
        var batches = new List<double>();
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            long begin = Stopwatch.GetTimestamp();
            drive.Run(TurnsPerBatch);
            batches.Add(Clock.Microseconds(Stopwatch.GetTimestamp() - begin) * 1_000 / (TurnsPerBatch * LifecycleDrive.StepsPerTurn));
        }
        return Samples.Median(batches);
    }
}
