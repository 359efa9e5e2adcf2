using System.Diagnostics.Metrics;
using System.Numerics;

namespace Snakepit.Telemetry;

/// <summary>Creates instruments from their rows.</summary>
internal static class MeterExtensions
{
    public static Counter<long> CreateCounter(this Meter meter, InstrumentSpec spec) =>
        meter.CreateCounter<long>(spec.Name, spec.Unit, spec.Description);

    public static Histogram<T> CreateHistogram<T>(this Meter meter, InstrumentSpec spec)
        where T : struct, INumber<T> =>
        meter.CreateHistogram(
            spec.Name, spec.Unit, spec.Description, null,
            new InstrumentAdvice<T> { HistogramBucketBoundaries = [.. spec.Buckets.Select(static bucket => T.CreateChecked(bucket))] });

    /// <summary>Creates an instrument that is read when a listener asks.</summary>
    public static void Observe<T>(this Meter meter, InstrumentSpec spec, Func<IEnumerable<Measurement<T>>> read)
        where T : struct
    {
        if (spec.Kind == InstrumentKind.Counter)
        {
            meter.CreateObservableCounter(spec.Name, read, spec.Unit, spec.Description);
        }
        else
        {
            meter.CreateObservableUpDownCounter(spec.Name, read, spec.Unit, spec.Description);
        }
    }
}
