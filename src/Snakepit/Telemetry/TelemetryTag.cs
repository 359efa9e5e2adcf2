namespace Snakepit.Telemetry;

/// <summary>A tag of an instrument.</summary>
/// <param name="Name">The name.</param>
/// <param name="Meaning">The meaning of its values.</param>
/// <param name="Values">All values that it may have; empty when they come from the application, such as the names of pools.</param>
internal sealed record TelemetryTag(string Name, string Meaning, params IReadOnlyList<string> Values);
