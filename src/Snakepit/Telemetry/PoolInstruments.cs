using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>The instruments for events of a pool as a whole.</summary>
internal sealed class PoolInstruments(Meter meter)
{
    public Counter<long> CircuitOpened { get; } = meter.CreateCounter(InstrumentTable.CircuitOpened);

    public Counter<long> Saturated { get; } = meter.CreateCounter(InstrumentTable.PoolSaturated);

    public Counter<long> Scaled { get; } = meter.CreateCounter(InstrumentTable.PoolScaled);

    public Counter<long> CapacityReached { get; } = meter.CreateCounter(InstrumentTable.CapacityReached);

    public Counter<long> SessionStarted { get; } = meter.CreateCounter(InstrumentTable.SessionStarted);

    public Counter<long> SessionEnded { get; } = meter.CreateCounter(InstrumentTable.SessionEnded);

    public Counter<long> SessionMoved { get; } = meter.CreateCounter(InstrumentTable.SessionMoved);

    public Counter<long> SessionKept { get; } = meter.CreateCounter(InstrumentTable.SessionKept);

    public Counter<long> SessionLost { get; } = meter.CreateCounter(InstrumentTable.SessionLost);

    public Counter<long> Quarantined { get; } = meter.CreateCounter(InstrumentTable.InputQuarantined);
}
