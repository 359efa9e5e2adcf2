using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>The instruments for calls: their outcomes, durations and waits, and retries.</summary>
internal sealed class CallInstruments(Meter meter)
{
    public Histogram<double> Duration { get; } = meter.CreateHistogram<double>(InstrumentTable.CallDuration);

    public Counter<long> Rejected { get; } = meter.CreateCounter(InstrumentTable.CallsRejected);

    public Counter<long> Retried { get; } = meter.CreateCounter(InstrumentTable.CallsRetried);

    public Histogram<double> QueueWait { get; } = meter.CreateHistogram<double>(InstrumentTable.QueueWait);
}
