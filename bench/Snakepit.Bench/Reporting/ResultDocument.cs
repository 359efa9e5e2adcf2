using System.Text.Json.Serialization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Reporting;

/// <summary>A result as JSON. The names are a contract.</summary>
internal class ResultDocument(BenchResult result)
{
    [JsonPropertyOrder(-1)]
    public string Scenario { get; } = result.Scenario.Name;

    [JsonPropertyOrder(1)]
    public IReadOnlyDictionary<string, double> Metrics { get; } = result.Metrics;

    [JsonPropertyOrder(2)]
    public IReadOnlyList<BarResult> Bars { get; } = [.. result.Bars];

    [JsonPropertyOrder(3)]
    public ReferenceReadings Reference { get; } = result.Reference;

    [JsonPropertyOrder(4)]
    public IReadOnlyList<MetricRatio> Ratios { get; } = [.. result.Ratios];

    [JsonPropertyOrder(5)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Evidence { get; } = result.Evidence.Count == 0 ? null : result.Evidence;
}

/// <summary>A saved result, with the facts that are needed to judge it later.</summary>
internal sealed class SavedResult(BenchResult result, Machine machine, string date, string command) : ResultDocument(result)
{
    public string Date { get; } = date;

    public string Command { get; } = command;

    public Machine Machine { get; } = machine;

    public string Description { get; } = result.Scenario.Description;

    public IReadOnlyDictionary<string, string> Meanings { get; } =
        result.Scenario.Metrics.ToDictionary(static metric => metric.Name, static metric => metric.Meaning);

    /// <summary>The chart, which comes last because it is long.</summary>
    [JsonPropertyOrder(6)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Chart? Chart { get; } = result.Chart;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ResultDocument))]
internal sealed partial class LineContext : JsonSerializerContext;

/// <summary>The format of files, whose changes people read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(SavedResult))]
internal sealed partial class FileContext : JsonSerializerContext;
