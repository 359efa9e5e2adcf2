using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>The instruments for workers: starts, replacements, ends, and the work of each worker.</summary>
internal sealed class WorkerInstruments(Meter meter)
{
    public Histogram<double> StartDuration { get; } = meter.CreateHistogram<double>(InstrumentTable.WorkerStartDuration);

    public Counter<long> StartFailed { get; } = meter.CreateCounter(InstrumentTable.WorkerStartFailed);

    public Counter<long> Recycled { get; } = meter.CreateCounter(InstrumentTable.WorkerRecycled);

    public Counter<long> Crashed { get; } = meter.CreateCounter(InstrumentTable.WorkerCrashed);

    public Counter<long> Tainted { get; } = meter.CreateCounter(InstrumentTable.WorkerTainted);

    public Counter<long> HealthCheckFailed { get; } = meter.CreateCounter(InstrumentTable.HealthCheckFailed);

    public Histogram<double> Uptime { get; } = meter.CreateHistogram<double>(InstrumentTable.WorkerUptime);

    public Histogram<long> Requests { get; } = meter.CreateHistogram<long>(InstrumentTable.WorkerRequests);
}
