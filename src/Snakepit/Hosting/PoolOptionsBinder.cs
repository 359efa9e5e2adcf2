using Microsoft.Extensions.Configuration;

namespace Snakepit.Hosting;

/// <summary>Lays a configuration section over a pool's options, without reflection. Reports everything wrong in it, with full paths.</summary>
internal static class PoolOptionsBinder
{
    public static void Bind(IConfigurationSection section, PoolOptions options, ICollection<string> problems) =>
        BindGroup(section, "", options, problems);

    private static void BindGroup(IConfigurationSection section, string prefix, PoolOptions options, ICollection<string> problems)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Add($"{section.Path} is '{Shown.Text(section.Value)}'; it takes settings below it: {string.Join(", ", NamesBelow(prefix))}.");
        }
        foreach (IConfigurationSection child in section.GetChildren())
        {
            string key = prefix + child.Key;
            if (PoolOptionTable.Find(key) is { } option)
            {
                option.Bind(child, options, problems);
            }
            else if (PoolOptionTable.IsGroup(key))
            {
                BindGroup(child, key + ":", options, problems);
            }
            else
            {
                problems.Add($"{child.Path} is not a setting.{Remedy(child.Key, prefix)}");
            }
        }
    }

    /// <summary>A near name of the same group; else that name where it does exist; else the names there are.</summary>
    private static string Remedy(string name, string prefix)
    {
        string[] siblings = [.. NamesBelow(prefix)];
        string near = NearName.Suggest(name, siblings);
        if (near.Length > 0)
        {
            return near;
        }
        string[] elsewhere =
        [
            .. PoolOptionTable.All
                .Where(option => option.Path.EndsWith("." + name, StringComparison.OrdinalIgnoreCase) || option.Path == name)
                .Select(static option => option.Key),
        ];
        return elsewhere.Length > 0 ? NearName.Ask(elsewhere) : $" There are {string.Join(", ", siblings)}.";
    }

    private static IEnumerable<string> NamesBelow(string prefix) => PoolOptionTable.All
        .Where(option => option.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        .Select(option => option.Key[prefix.Length..].Split(':')[0])
        .Distinct(StringComparer.Ordinal);
}
