using System.Text.Json;
using System.Text.Json.Serialization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Reporting;

/// <summary>Writes bench/bars.json with every bar and its origin. eng/performance.py makes a table of it.</summary>
internal static class BarList
{
    public static string File => Path.Combine(BenchFiles.Root, "bench", "bars.json");

    public static string Write(IEnumerable<IScenario> scenarios) => JsonSerializer.Serialize(
        [
            .. from scenario in scenarios
               from metric in scenario.Metrics
               where metric.Bar is not null
               select new ListedBar(scenario.Name, metric),
        ],
        BarListContext.Default.ListedBarArray) + "\n";
}

/// <summary>A bar in the list.</summary>
internal sealed class ListedBar(string scenario, Metric metric)
{
    public string Scenario { get; } = scenario;

    public string Metric { get; } = metric.Name;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AtLeast { get; } = metric.Bar!.IsLeast;

    /// <summary>The part of the bar that is the same on every machine.</summary>
    public double Fixed { get; } = metric.Bar!.Fixed;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Times { get; } = metric.Bar!.Times;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reference { get; } = metric.Bar!.Of is { } reference ? ReferenceReading.NameOf(reference) : null;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool InFullRunsOnly { get; } = metric.Bar!.IsForFullRuns;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; } = metric.Bar!.Reason;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(ListedBar[]))]
internal sealed partial class BarListContext : JsonSerializerContext;
