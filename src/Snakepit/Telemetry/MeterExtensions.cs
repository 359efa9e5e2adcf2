using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>Creates histograms of durations.</summary>
internal static class MeterExtensions
{
    public static Histogram<double> CreateSeconds(this Meter meter, string name, string description, double[] buckets) =>
        meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });
}
