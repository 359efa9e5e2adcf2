using System.Text.Json;
using System.Text.Json.Serialization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Suite;

/// <summary>The results of a scenario's quick runs when its result was saved, with which later quick runs are compared.</summary>
internal sealed record QuickBaseline
{
    public required string Scenario { get; init; }

    public required string Date { get; init; }

    /// <summary>The values of each metric that can become worse, one per run, in the form of <see cref="Comparable"/>.</summary>
    public required SortedDictionary<string, double[]> Values { get; init; }

    private static string Folder => Path.Combine(BenchFiles.Root, "bench", "results", "quick");

    /// <summary>Loads the baseline of a scenario. Returns null when none is saved.</summary>
    public static QuickBaseline? Load(string scenario)
    {
        string file = FileOf(scenario);
        return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllText(file), QuickBaselineContext.Default.QuickBaseline) : null;
    }

    /// <summary>Creates a baseline from several runs of one scenario.</summary>
    public static QuickBaseline Of(string scenario, string date, IReadOnlyList<IReadOnlyList<Comparable>> runs) => new()
    {
        Scenario = scenario,
        Date = date,
        Values = new SortedDictionary<string, double[]>(
            runs.SelectMany(static run => run)
                .GroupBy(static metric => metric.Name)
                .ToDictionary(static group => group.Key, static group => group.Select(static metric => metric.Value).ToArray()),
            StringComparer.Ordinal),
    };

    public void Save()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(FileOf(Scenario), JsonSerializer.Serialize(this, QuickBaselineContext.Default.QuickBaseline) + "\n");
    }

    private static string FileOf(string scenario) => Path.Combine(Folder, $"{scenario}.json");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(QuickBaseline))]
internal sealed partial class QuickBaselineContext : JsonSerializerContext;
