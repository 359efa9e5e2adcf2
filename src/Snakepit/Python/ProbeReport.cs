using System.Text.Json.Serialization;

namespace Snakepit.Python;

/// <summary>What <c>_probe.py</c> prints.</summary>
internal sealed record ProbeReport(
    [property: JsonPropertyName("version")] int[]? Version,
    [property: JsonPropertyName("executable")] string? Executable,
    [property: JsonPropertyName("implementation")] string? Implementation,
    [property: JsonPropertyName("cache_tag")] string? CacheTag);

[JsonSerializable(typeof(ProbeReport))]
internal sealed partial class ProbeReportContext : JsonSerializerContext;
