namespace Snakepit.Hosting.Rules;

/// <summary>What is to be preloaded are names of modules, and there is a zygote to load them.</summary>
internal sealed class PreloadRule : IPoolOptionsRule
{
    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        IList<string> modules = options.Start.Preload;
        if (modules.FirstOrDefault(static name => !IsModule(name)) is { } wrong)
        {
            problems.Add($"Pool '{pool}': Start.Preload has '{Shown.Text(wrong)}'; it takes names of modules. Set Start.Preload to names as after 'import', such as 'numpy'.");
        }
        if (modules.Count > 0 && options.Start.Method == StartMethod.Spawn)
        {
            problems.Add(
                $"Pool '{pool}': Start.Preload names {modules.Count} modules and Start.Method is Spawn; only a zygote preloads. "
                + "Set Start.Method to Zygote, or empty Start.Preload.");
        }
        if (options.Transport.Portable && (options.Start.Method == StartMethod.Zygote || modules.Count > 0))
        {
            problems.Add(
                $"Pool '{pool}': Transport.Portable is true and workers are to be forked from a zygote, which not every Unix does safely. "
                + "Set Start.Method to Spawn and empty Start.Preload, or set Transport.Portable to false.");
        }
    }

    private static bool IsModule(string? name) =>
        !string.IsNullOrEmpty(name) && name.Split('.').All(static part => part.Length > 0 && !char.IsDigit(part[0]) && part.All(static c => c == '_' || char.IsLetterOrDigit(c)));
}
