using System.Collections.Frozen;
using Microsoft.Extensions.Configuration;

namespace Snakepit.Configuration;

/// <summary>All settings of <typeparamref name="TOptions"/>. Configuration can set no others. It is read without reflection.</summary>
/// <param name="options">One row for every setting, in the order of the documentation.</param>
/// <param name="sections">Sections beside the settings that other code reads.</param>
internal sealed class OptionTable<TOptions>(IReadOnlyList<Option<TOptions>> options, params IReadOnlyList<string> sections)
{
    private readonly FrozenDictionary<string, Option<TOptions>> _byKey =
        options.ToFrozenDictionary(static option => option.Key, StringComparer.OrdinalIgnoreCase);

    private readonly FrozenSet<string> _groups = options
        .Where(static option => option.Key.Contains(':'))
        .Select(static option => option.Key[..option.Key.IndexOf(':')])
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<Option<TOptions>> All => options;

    /// <summary>Gets the option of a path.</summary>
    public Option<TOptions> this[string path] => _byKey[path.Replace('.', ':')];

    /// <summary>The keys that a section may have.</summary>
    public IEnumerable<string> Keys => NamesBelow("");

    /// <summary>Returns whether a section may have the key.</summary>
    public bool IsSettingOrGroup(string key) => _byKey.ContainsKey(key) || _groups.Contains(key);

    /// <summary>Returns every setting with its value, by its path.</summary>
    public IReadOnlyDictionary<string, string> Describe(TOptions values) =>
        All.ToDictionary(static option => option.Path, option => option.Show(values));

    /// <summary>Returns the settings that differ.</summary>
    /// <param name="pool">The pool's name; null for settings of the runtime.</param>
    /// <param name="before">The settings until now.</param>
    /// <param name="after">The settings from now on.</param>
    public IReadOnlyList<OptionChange> Compare(string? pool, TOptions before, TOptions after) =>
    [
        .. All.Where(option => !option.IsSame(before, after)).Select(option => new OptionChange
        {
            Pool = pool,
            Option = option.Path,
            OldValue = option.Show(before),
            NewValue = option.Show(after),
            Effect = option.Effect,
        }),
    ];

    /// <summary>Returns the problems with single values.</summary>
    public IEnumerable<string> Check(TOptions values) => All.Select(option => option.Check(values)).OfType<string>();

    /// <summary>Applies a section to <paramref name="values"/>. Reports all problems in it, with full paths.</summary>
    public void Bind(IConfigurationSection section, TOptions values, ICollection<string> problems) => Bind(section, "", values, problems);

    private void Bind(IConfigurationSection section, string prefix, TOptions values, ICollection<string> problems)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Add(
                $"{section.Path} is '{Shown.Text(section.Value)}'; it takes settings below it: {string.Join(", ", NamesBelow(prefix))}.");
        }
        foreach (IConfigurationSection child in section.GetChildren())
        {
            string key = prefix + child.Key;
            if (_byKey.GetValueOrDefault(key) is { } option)
            {
                option.Bind(child, values, problems);
            }
            else if (_groups.Contains(key))
            {
                Bind(child, key + ":", values, problems);
            }
            else if (!sections.Contains(key, StringComparer.OrdinalIgnoreCase))
            {
                problems.Add($"{child.Path} is not a setting.{Remedy(child.Key, prefix)}");
            }
        }
    }

    /// <summary>Returns a similar name of the same group, or the full path of a name in another group, or the names that exist.</summary>
    private string Remedy(string name, string prefix)
    {
        string[] siblings = [.. NamesBelow(prefix)];
        string near = NearName.Suggest(name, siblings);
        if (near.Length > 0)
        {
            return near;
        }
        string[] elsewhere =
        [
            .. All
                .Where(option => option.Path.EndsWith("." + name, StringComparison.OrdinalIgnoreCase) || option.Path == name)
                .Select(static option => option.Key),
        ];
        return elsewhere.Length > 0 ? NearName.Ask(elsewhere) : $" There are {string.Join(", ", siblings)}.";
    }

    private IEnumerable<string> NamesBelow(string prefix) => All
        .Where(option => option.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        .Select(option => option.Key[prefix.Length..].Split(':')[0])
        .Concat(prefix.Length == 0 ? sections : [])
        .Distinct(StringComparer.Ordinal);
}
