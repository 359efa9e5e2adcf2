using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>The instruments for calls: their outcomes, durations and waits, and retries.</summary>
internal sealed class CallInstruments(Meter meter)
{
    /// <summary>The default boundaries are meant for milliseconds and would put every call into the first bucket.</summary>
    private static readonly double[] s_buckets =
        [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    public Counter<long> Ended { get; } =
        meter.CreateCounter<long>(TelemetryNames.Calls, "{call}", "Calls that ended, by outcome.");

    public Histogram<double> Duration { get; } =
        meter.CreateSeconds(TelemetryNames.CallDuration, "From a call's submission to its end.", s_buckets);

    public Counter<long> Rejected { get; } = meter.CreateCounter<long>(
        TelemetryNames.CallsRejected, "{call}", "Calls the pool did not take or let wait too long, by reason.");

    public Counter<long> Retried { get; } =
        meter.CreateCounter<long>(TelemetryNames.CallsRetried, "{call}", "Calls that were made again after a failure.");

    public Histogram<double> QueueWait { get; } =
        meter.CreateSeconds(TelemetryNames.QueueWait, "How long calls waited for a worker.", s_buckets);
}
