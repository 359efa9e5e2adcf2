using OpenTelemetry;
using OpenTelemetry.Metrics;
using Snakepit.Bench.Measuring;
using Metric = Snakepit.Bench.Measuring.Metric;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Measures what metrics cost: the same pool with OpenTelemetry's SDK on its meter and without, in turn, in one run. Which of the two comes
/// first alternates.
/// </summary>
internal sealed class MetricsScenario : IScenario
{
    private const int WarmUpRounds = 2;
    private const int Callers = 64;
    private const int CollectEvery = 1_000; // ms; Prometheus scrapes more rarely

    private static readonly TimeSpan s_block = TimeSpan.FromMilliseconds(500);

    public string Name => "metrics";

    public string Description =>
        "add(a, b) by 64 callers with OpenTelemetry's metrics on, collected every second, against the same with metrics off.";

    public int DefaultSeconds => 40;

    public int QuickSeconds => 4;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("metrics_cost_ratio", "calls per second with metrics to those without, 1 worker", Bar.AtLeast(0.98)),
        new("metrics_cost_ratio_2w", "the same, 2 workers"),
        new("host_cpu_ratio", "CPU time of the host per call with metrics to that without, 1 worker"),
        new("calls_per_s_on", "calls per second with metrics, 1 worker"),
        new("calls_per_s_off", "without"),
        new("measurements", "calls that the SDK has counted, to those that were made", Bar.AtLeast(1)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        await using BenchPool one = await BenchPool.StartAsync(run.Python.Executable, 1, cancellation);
        await using BenchPool two = await BenchPool.StartAsync(run.Python.Executable, 2, cancellation);
        Arm single = new(one);
        Arm pair = new(two);
        for (int round = 0; round < WarmUpRounds; round++)
        {
            await single.MeasureAsync(round);
            await pair.MeasureAsync(round);
        }
        single.Clear();
        pair.Clear();
        foreach (int round in Deadline.Until(run.Duration, cancellation))
        {
            await single.MeasureAsync(round);
            await pair.MeasureAsync(round);
        }
        return new Dictionary<string, double>
        {
            ["metrics_cost_ratio"] = single.Ratio,
            ["metrics_cost_ratio_2w"] = pair.Ratio,
            ["host_cpu_ratio"] = single.CpuRatio,
            ["calls_per_s_on"] = Samples.Median(single.On),
            ["calls_per_s_off"] = Samples.Median(single.Off),
            ["measurements"] = (double)(single.Counted + pair.Counted) / (single.Made + pair.Made),
        };
    }

    /// <summary>A pool that is measured with metrics and without.</summary>
    private sealed class Arm(BenchPool pool)
    {
        private long _made;
        private bool _isOn;

        public List<double> On { get; } = [];

        public List<double> Off { get; } = [];

        /// <summary>CPU time of the host per call, in ns, with metrics.</summary>
        public List<double> CpuOn { get; } = [];

        /// <summary>The same without.</summary>
        public List<double> CpuOff { get; } = [];

        /// <summary>The calls that were made while metrics were on.</summary>
        public long Made => _made;

        /// <summary>Those that the SDK has counted.</summary>
        public long Counted { get; private set; }

        public double Ratio => Samples.Median(On.Zip(Off, static (on, off) => on / off));

        public double CpuRatio => Samples.Median(CpuOn.Zip(CpuOff, static (on, off) => on / off));

        public void Clear()
        {
            On.Clear();
            Off.Clear();
            CpuOn.Clear();
            CpuOff.Clear();
            (Counted, _made) = (0, 0);
        }

        public async Task MeasureAsync(int round)
        {
            if (round % 2 == 0)
            {
                await MeasureOnAsync();
            }
            Off.Add(await LoadAsync(CpuOff));
            if (round % 2 != 0)
            {
                await MeasureOnAsync();
            }
        }

        private async Task MeasureOnAsync()
        {
            var counter = new CallCounter();
            using (MeterProvider provider = Sdk.CreateMeterProviderBuilder()
                .AddMeter("Snakepit")
                .AddReader(new PeriodicExportingMetricReader(counter, CollectEvery))
                .Build())
            {
                _isOn = true;
                On.Add(await LoadAsync(CpuOn));
                _isOn = false;
                provider.ForceFlush();
            }
            Counted += counter.Calls;
        }

        private async Task<double> LoadAsync(List<double> cpu)
        {
            long calls = 0;
            long before = Clock.CpuNanoseconds(Environment.ProcessId);
            double rate = await ClosedLoop.MeasureAsync(
                async end =>
                {
                    long answered = await Addition.CallUntilAsync(pool.Workers, end);
                    Interlocked.Add(ref calls, answered);
                    return answered;
                },
                Callers, s_block);
            cpu.Add((double)(Clock.CpuNanoseconds(Environment.ProcessId) - before) / calls);
            _made += _isOn ? calls : 0;
            return rate;
        }
    }

    /// <summary>Takes what the SDK exports, and counts the calls in it.</summary>
    private sealed class CallCounter : BaseExporter<OpenTelemetry.Metrics.Metric>
    {
        public long Calls { get; private set; }

        public override ExportResult Export(in Batch<OpenTelemetry.Metrics.Metric> batch)
        {
            foreach (OpenTelemetry.Metrics.Metric metric in batch)
            {
                if (metric.Name == "rpc.client.call.duration")
                {
                    long calls = 0;
                    foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
                    {
                        calls += point.GetHistogramCount();
                    }
                    Calls = calls; // cumulative
                }
            }
            return ExportResult.Success;
        }
    }
}
