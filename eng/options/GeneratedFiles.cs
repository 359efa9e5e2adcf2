using Snakepit.Configuration;

namespace Snakepit.OptionPages;

/// <summary>The files that are made from the tables of options and of telemetry.</summary>
internal static class GeneratedFiles
{
    public const string Page = "docs/configuration.md";
    public const string Schema = "src/Snakepit/ConfigurationSchema.json";
    public const string Telemetry = "docs/telemetry-reference.md";

    /// <returns>0; with <paramref name="check"/> 1 when a file differs.</returns>
    public static int Write(string root, bool check, TextWriter output)
    {
        var summaries = new Summaries(Path.ChangeExtension(typeof(PoolOptions).Assembly.Location, ".xml"));
        IReadOnlyList<Setting> runtime = Setting.All(RuntimeOptionTable.Table, new SnakepitOptions(), summaries);
        IReadOnlyList<Setting> pool = Setting.All(PoolOptionTable.Table, new PoolOptions(), summaries);
        int differing = 0;
        foreach ((string file, Func<string, string> make) in new (string, Func<string, string>)[]
        {
            (Page, page => ConfigurationPage.Fill(page, runtime, pool)),
            (Schema, _ => ConfigurationSchema.Write(runtime, pool, group => summaries.Of(typeof(PoolOptions).GetProperty(group)!))),
            (Telemetry, _ => TelemetryPage.Write(summaries)),
        })
        {
            string path = Path.Combine(root, file);
            string before = File.Exists(path) ? File.ReadAllText(path) : "";
            string after = make(before);
            if (after == before)
            {
                continue;
            }
            differing++;
            if (check)
            {
                output.WriteLine($"{file} differs from what the code says. Run: dotnet run --project eng/options");
            }
            else
            {
                File.WriteAllText(path, after);
                output.WriteLine($"wrote {file}");
            }
        }
        return check && differing > 0 ? 1 : 0;
    }
}
