using System.Text.Json;
using System.Text.Json.Serialization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Suite;

/// <summary>The report of a scenario's process, which is the last line of its output.</summary>
internal sealed record ScenarioReport
{
    public required Dictionary<string, double> Metrics { get; init; }

    public required IReadOnlyList<ReportedBar> Bars { get; init; }

    public required IReadOnlyList<MetricRatio> Ratios { get; init; }

    public required ReferenceReadings Reference { get; init; }

    public IReadOnlyList<string> Evidence { get; init; } = [];

    /// <summary>Parses the output. Returns null when the last line is no report.</summary>
    public static ScenarioReport? Parse(string output)
    {
        string last = output.AsSpan().TrimEnd().ToString().Split('\n')[^1];
        try
        {
            return last.StartsWith('{') ? JsonSerializer.Deserialize(last, ReportContext.Default.ScenarioReport) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A bar as the scenario's process judged it.</summary>
internal sealed record ReportedBar(string Name, double Value, double Bar, bool AtLeast, bool Held);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ScenarioReport))]
internal sealed partial class ReportContext : JsonSerializerContext;
