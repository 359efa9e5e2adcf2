using Microsoft.Extensions.Configuration;

namespace Snakepit.Hosting;

/// <summary>A configuration section of the whole runtime: <c>StartPolicy</c>, <c>MaxConcurrentStarts</c>, <c>Defaults</c> and <c>Pools</c>.</summary>
internal sealed class SnakepitSection(IConfigurationSection section)
{
    private static readonly string[] s_keys = [nameof(SnakepitOptions.StartPolicy), nameof(SnakepitOptions.MaxConcurrentStarts), "Defaults", "Pools"];

    private readonly IConfigurationSection _pools = section.GetSection("Pools");

    public IConfigurationSection Section { get; } = section;

    public string PoolsPath => _pools.Path;

    /// <summary>Everything in the section, by full paths.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Settings => Section.AsEnumerable();

    /// <summary>What every pool begins with.</summary>
    public IConfigurationSection Defaults { get; } = section.GetSection("Defaults");

    public IEnumerable<string> PoolNames => _pools.GetChildren().Select(static pool => pool.Key);

    /// <summary>Whether someone may have meant a key of such a section.</summary>
    public static bool IsKey(string key) => s_keys.Any(known => NearName.IsNear(known, key));

    /// <summary>The section of one pool; empty when it has none here.</summary>
    public IConfigurationSection Pool(string name) => _pools.GetSection(name);

    /// <summary>Sets what the runtime itself is told here, and reports what is neither that nor a pool's.</summary>
    public void Bind(SnakepitOptions options, ICollection<string> problems)
    {
        foreach (IConfigurationSection child in Section.GetChildren())
        {
            if (!s_keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                string near = NearName.Suggest(child.Key, s_keys);
                problems.Add($"{child.Path} is not a setting.{(near.Length > 0 ? near : $" There are {string.Join(", ", s_keys)}.")}");
            }
        }
        Read<StartPolicy>(nameof(SnakepitOptions.StartPolicy), OptionText.Choice, policy => options.StartPolicy = policy, problems);
        Read<int?>(nameof(SnakepitOptions.MaxConcurrentStarts), OptionText.WholeNumberOrNull, starts => options.MaxConcurrentStarts = starts, problems);
        if (!string.IsNullOrEmpty(_pools.Value))
        {
            problems.Add($"{_pools.Path} is '{Shown.Text(_pools.Value)}'; it takes pools by name, each with its settings below it.");
        }
    }

    private void Read<T>(string key, OptionReader<T> read, Action<T> set, ICollection<string> problems)
    {
        if (Section[key] is not { } text)
        {
            return;
        }
        if (read(text, out T value) is { } problem)
        {
            problems.Add($"{Section.Path}:{key} is '{Shown.Text(text)}'; {problem}");
        }
        else
        {
            set(value);
        }
    }
}
