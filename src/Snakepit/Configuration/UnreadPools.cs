using Microsoft.Extensions.Configuration;

namespace Snakepit.Configuration;

/// <summary>
/// Creates the message that there is no pool, with the sections of the configuration that look like pools but are not read.
/// </summary>
internal static class UnreadPools
{
    private const int MostNamed = 5;
    private const string Pools = "Pools";

    /// <param name="read">The sections that were read, without any pool.</param>
    /// <param name="root">The whole configuration; null when it is not known, and only the sections are searched.</param>
    public static string Tell(IReadOnlyList<SnakepitSection> read, IConfiguration? root)
    {
        string why = read.Count == 0
            ? "no section of the configuration was given to AddSnakepit or UseConfiguration"
            : $"there is none below {string.Join(" or ", read.Select(static section => section.PoolsPath))}";
        string[] found =
        [
            .. (root?.AsEnumerable() ?? read.SelectMany(static section => section.Settings))
                .Select(static setting => PoolOf(setting.Key)).OfType<string>()
                .Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase),
        ];
        return $"There is no pool: code adds none, and {why}. {(found.Length == 0 ? HowToAdd(read) : HowToMove(read, found))}";
    }

    private static string HowToAdd(IReadOnlyList<SnakepitSection> read) =>
        "Call AddPool(\"text\", p => p.Adapter = \"adapters/text.py\"), or add a pool below "
        + (read.Count == 0 ? $"Snakepit:Pools and write {Pass("Snakepit")}." : $"{read[0].PoolsPath}.");

    private static string HowToMove(IReadOnlyList<SnakepitSection> read, string[] found)
    {
        (string looks, string them) = found.Length == 1 ? ("looks like a pool, but is", "it") : ("look like pools, but are", "them");
        string more = found.Length > MostNamed ? $" and {found.Length - MostNamed} more" : "";
        string? section = SectionWithPools(found[0]);
        string remedy = (read.Count, section) switch
        {
            (0, null) => $"Move {them} below Snakepit:Pools, and write {Pass("Snakepit")}.",
            (0, _) => $"Write {Pass(section)}.",
            (_, null) => $"Move {them} below {read[0].PoolsPath}.",
            _ => $"Move {them} below {read[0].PoolsPath}, or give the section {section} to AddSnakepit.",
        };
        return $"{string.Join(", ", found.Take(MostNamed))}{more} {looks} not read. {remedy}";
    }

    private static string Pass(string section) => $"AddSnakepit(builder.Configuration.GetSection(\"{section}\"))";

    /// <summary>Returns the section in which AddSnakepit would find the pool; null when there is none.</summary>
    private static string? SectionWithPools(string pool)
    {
        string? pools = ConfigurationPath.GetParentPath(pool);
        bool isNamedSo = string.Equals(ConfigurationPath.GetSectionKey(pools), Pools, StringComparison.OrdinalIgnoreCase);
        return isNamedSo ? ConfigurationPath.GetParentPath(pools) : null;
    }

    /// <summary>
    /// Returns the section of the pool that a setting seems to belong to: its path is <c>…:Pools:name:Size</c>, where Pools may be
    /// misspelt, or <c>…:name:Adapter</c>.
    /// </summary>
    private static string? PoolOf(string path)
    {
        string[] keys = path.Split(ConfigurationPath.KeyDelimiter);
        for (int i = 0; i + 2 < keys.Length; i++)
        {
            if (NearName.IsNear(Pools, keys[i]) && PoolOptionTable.Table.IsSettingOrGroup(keys[i + 2]))
            {
                return ConfigurationPath.Combine(keys.Take(i + 2));
            }
        }
        bool isPool = keys is [.., { } name, { } last] && last.Equals("Adapter", StringComparison.OrdinalIgnoreCase)
            && PoolName.IsValid(name) && !name.Equals("Defaults", StringComparison.OrdinalIgnoreCase);
        return isPool ? ConfigurationPath.GetParentPath(path) : null;
    }
}
