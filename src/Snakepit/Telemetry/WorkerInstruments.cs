using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>The instruments for workers: starts, replacements, ends, and the work of each worker.</summary>
internal sealed class WorkerInstruments(Meter meter)
{
    private static readonly double[] s_startBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
    private static readonly double[] s_uptimeBuckets = [60, 300, 600, 1_800, 3_600, 7_200];
    private static readonly long[] s_requestBuckets = [10, 50, 100, 500, 1_000, 5_000];

    public Histogram<double> StartDuration { get; } =
        meter.CreateSeconds(TelemetryNames.WorkerStartDuration, "From a worker's launch to ready.", s_startBuckets);

    public Counter<long> StartFailed { get; } =
        meter.CreateCounter<long>(TelemetryNames.WorkerStartFailed, "{worker}", "Workers that could not start.");

    public Counter<long> Recycled { get; } =
        meter.CreateCounter<long>(TelemetryNames.WorkerRecycled, "{worker}", "Workers that were replaced, by reason.");

    public Counter<long> Crashed { get; } =
        meter.CreateCounter<long>(TelemetryNames.WorkerCrashed, "{worker}", "Workers whose process ended without being told to.");

    public Counter<long> Tainted { get; } =
        meter.CreateCounter<long>(TelemetryNames.WorkerTainted, "{worker}", "Workers whose slot got no calls for a time, by reason.");

    public Counter<long> HealthCheckFailed { get; } =
        meter.CreateCounter<long>(TelemetryNames.HealthCheckFailed, "{worker}", "Workers that failed their check or gave no sign of life.");

    public Histogram<double> Uptime { get; } =
        meter.CreateSeconds(TelemetryNames.WorkerUptime, "How long a worker lived, told at its end.", s_uptimeBuckets);

    public Histogram<long> Requests { get; } = meter.CreateHistogram(
        TelemetryNames.WorkerRequests, "{call}", "Calls a worker began, told at its end.", null,
        new InstrumentAdvice<long> { HistogramBucketBoundaries = s_requestBuckets });
}
