using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>The instruments for streams, recorded at the end of each.</summary>
internal sealed class StreamInstruments(Meter meter)
{
    public Counter<long> Items { get; } = meter.CreateCounter(InstrumentTable.StreamItems);

    public Counter<long> Bytes { get; } = meter.CreateCounter(InstrumentTable.StreamBytes);

    public Histogram<double> Duration { get; } = meter.CreateHistogram<double>(InstrumentTable.StreamDuration);

    public Histogram<double> FirstItem { get; } = meter.CreateHistogram<double>(InstrumentTable.StreamFirstItem);

    public Histogram<double> Blocked { get; } = meter.CreateHistogram<double>(InstrumentTable.StreamBlocked);
}
