using Microsoft.Extensions.Configuration;

namespace Snakepit.Configuration;

/// <summary>A configuration section of the whole runtime: its settings, <c>Defaults</c> and <c>Pools</c>.</summary>
internal sealed class SnakepitSection(IConfigurationSection section)
{
    public const string DefaultsKey = "Defaults";
    public const string PoolsKey = "Pools";

    private const string FirstItem = "0"; // the key of an array's first item

    private readonly IConfigurationSection _pools = section.GetSection(PoolsKey);

    public IConfigurationSection Section { get; } = section;

    public string PoolsPath => _pools.Path;

    /// <summary>All settings in the section, by full paths.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Settings => Section.AsEnumerable();

    /// <summary>The settings that every pool begins with.</summary>
    public IConfigurationSection Defaults { get; } = section.GetSection(DefaultsKey);

    public IEnumerable<string> PoolNames => _pools.GetChildren().Select(static pool => pool.Key);

    /// <summary>Returns whether a user may have meant a key of such a section.</summary>
    public static bool IsKey(string key) => RuntimeOptionTable.Table.Keys.Any(known => NearName.IsNear(known, key));

    /// <summary>Returns the section of one pool; it is empty when the pool has no settings here.</summary>
    public IConfigurationSection Pool(string name) => _pools.GetSection(name);

    /// <summary>Sets the runtime's own options, and reports keys that are neither options nor pools.</summary>
    public void Bind(SnakepitOptions options, ICollection<string> problems)
    {
        RuntimeOptionTable.Table.Bind(Section, options, problems);
        if (!string.IsNullOrEmpty(_pools.Value))
        {
            problems.Add($"{_pools.Path} is '{Shown.Text(_pools.Value)}'; it takes pools by name, each with its settings below it.");
        }
        if (PoolNames.Contains(FirstItem))
        {
            problems.Add(
                $$"""{{_pools.Path}} is an array; it takes pools by name: { "text": { "Adapter": "text.py" } } in JSON, """
                    + $"{_pools.Path}:text:Adapter elsewhere.");
        }
    }
}
