using System.Globalization;
using System.Text.Json;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Reporting;

/// <summary>Saves results in the repository. eng/performance.py makes docs/performance.md of them.</summary>
internal static class ResultFile
{
    private const string Run = "dotnet run -c Release --project bench/Snakepit.Bench --";

    public static string Today() => TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Replaces the scenario's saved result, and returns the path of the file.</summary>
    public static string Save(BenchResult result, Machine machine, IEnumerable<string> arguments)
    {
        string date = Today();
        string command = string.Join(' ', [Run, .. arguments.Where(static argument => argument is not ("--save" or "--json"))]);
        string folder = Path.Combine(BenchFiles.Root, "bench", "results");
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, $"{result.Scenario.Name}.json");
        var saved = new SavedResult(result, machine, date, command);
        File.WriteAllText(file, JsonSerializer.Serialize(saved, FileContext.Default.SavedResult) + "\n");
        return Path.GetRelativePath(BenchFiles.Root, file);
    }
}
