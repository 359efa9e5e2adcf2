namespace Snakepit.Telemetry;

/// <summary>One instrument: what the meter, the documentation and dashboards know of it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Unit">The unit, in UCUM's notation.</param>
/// <param name="Description">The meaning. Exporters pass it on.</param>
/// <param name="Tags">The tags that every measurement has.</param>
internal sealed record InstrumentSpec(
    string Name, InstrumentKind Kind, string Unit, string Description, params IReadOnlyList<TelemetryTag> Tags)
{
    /// <summary>The advised boundaries of a histogram's buckets; empty for other kinds.</summary>
    public IReadOnlyList<double> Buckets { get; init; } = [];
}
