using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>The instruments for streams, recorded at the end of each.</summary>
internal sealed class StreamInstruments(Meter meter)
{
    private static readonly double[] s_firstItemBuckets =
        [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private static readonly double[] s_durationBuckets = [0.001, 0.01, 0.1, 1, 5, 10, 30, 60, 300, 600, 1_800, 3_600];

    public Counter<long> Items { get; } =
        meter.CreateCounter<long>(TelemetryNames.StreamItems, "{item}", "Items that arrived in streams.");

    public Counter<long> Bytes { get; } =
        meter.CreateCounter<long>(TelemetryNames.StreamBytes, "By", "Encoded bytes of items that arrived in streams.");

    public Histogram<double> Duration { get; } =
        meter.CreateSeconds(TelemetryNames.StreamDuration, "From a stream's submission to its end.", s_durationBuckets);

    public Histogram<double> FirstItem { get; } =
        meter.CreateSeconds(TelemetryNames.StreamFirstItem, "From a stream's submission to its first item.", s_firstItemBuckets);

    public Histogram<double> Blocked { get; } = meter.CreateSeconds(
        TelemetryNames.StreamBlocked, "How long a tool waited for its caller to take items, told when its stream ends by itself.",
        s_durationBuckets);
}
