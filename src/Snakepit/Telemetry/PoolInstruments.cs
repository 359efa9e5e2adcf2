using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>The instruments for events of a pool as a whole.</summary>
internal sealed class PoolInstruments(Meter meter)
{
    public Counter<long> CircuitOpened { get; } = meter.CreateCounter<long>(
        TelemetryNames.CircuitOpened, "{event}", "How often calls began to be refused, since too many failed.");

    public Counter<long> Saturated { get; } = meter.CreateCounter<long>(
        TelemetryNames.PoolSaturated, "{event}", "How often a queue became full, or too long for calls to be run in time.");

    public Counter<long> Scaled { get; } = meter.CreateCounter<long>(
        TelemetryNames.PoolScaled, "{event}", "How often the number of a pool's workers has followed its load, by reason.");

    public Counter<long> CapacityReached { get; } =
        meter.CreateCounter<long>(TelemetryNames.CapacityReached, "{event}", "How often a call had to wait while none did.");

    public Counter<long> SessionStarted { get; } =
        meter.CreateCounter<long>(TelemetryNames.SessionStarted, "{session}", "Sessions that have begun.");

    public Counter<long> SessionEnded { get; } = meter.CreateCounter<long>(
        TelemetryNames.SessionEnded, "{session}", "Sessions that have ended: on request, or unused for too long.");

    public Counter<long> SessionMoved { get; } =
        meter.CreateCounter<long>(TelemetryNames.SessionMoved, "{session}", "Sessions that have moved to another worker with their state.");

    public Counter<long> SessionKept { get; } = meter.CreateCounter<long>(
        TelemetryNames.SessionKept, "{session}", "Sessions that could not move, and stay with a worker that is being replaced.");

    public Counter<long> SessionLost { get; } =
        meter.CreateCounter<long>(TelemetryNames.SessionLost, "{session}", "Strict sessions that have lost their worker.");

    public Counter<long> Quarantined { get; } = meter.CreateCounter<long>(
        TelemetryNames.InputQuarantined, "{input}", "Inputs that were put in quarantine because workers died of them.");
}
