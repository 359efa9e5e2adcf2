using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Snakepit.Hosting;

/// <summary>One setting of a pool: where it stands and how configuration reaches it.</summary>
internal abstract class PoolOption(string path)
{
    /// <summary>As code and messages name it: <c>Recycle.MaxRequests</c>.</summary>
    public string Path { get; } = path;

    /// <summary>As configuration names it below the pool: <c>Recycle:MaxRequests</c>.</summary>
    public string Key { get; } = path.Replace('.', ':');

    public abstract object? Read(PoolOptions options);

    /// <summary>Its value as configuration would spell it. Of a map only the names: its values may be secrets.</summary>
    public string Show(PoolOptions options) => Read(options) switch
    {
        null => "null",
        TimeSpan duration => DurationText.Format(duration),
        bool flag => flag ? "true" : "false",
        IDictionary<string, string?> map => string.Join(", ", map.Keys.Order(StringComparer.Ordinal)),
        IEnumerable<string> list => string.Join(", ", list),
        var value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    public abstract void Bind(IConfigurationSection section, PoolOptions options, ICollection<string> problems);
}

/// <summary>A single value.</summary>
internal sealed class ScalarOption<T>(string path, OptionReader<T> read, Func<PoolOptions, T> get, Action<PoolOptions, T> set) : PoolOption(path)
{
    public override object? Read(PoolOptions options) => get(options);

    public override void Bind(IConfigurationSection section, PoolOptions options, ICollection<string> problems)
    {
        if (section.GetChildren().Any())
        {
            problems.Add($"{section.Path} has keys below it; it takes a single value.");
        }
        else if (read(section.Value, out T value) is { } problem)
        {
            problems.Add($"{section.Path} is {Quote(section.Value)}; {problem}");
        }
        else
        {
            set(options, value);
        }
    }

    private static string Quote(string? text) => text is null ? "null" : $"'{Shown.Text(text)}'";
}

/// <summary>A list of texts. A list replaces the one it is laid over; an empty one empties it.</summary>
internal sealed class ListOption(string path, Func<PoolOptions, IList<string>> get) : PoolOption(path)
{
    public override object? Read(PoolOptions options) => get(options);

    public override void Bind(IConfigurationSection section, PoolOptions options, ICollection<string> problems)
    {
        IConfigurationSection[] items = [.. section.GetChildren()];
        if (!string.IsNullOrEmpty(section.Value) || !items.All(IsItem))
        {
            problems.Add($"{section.Path} takes a list of texts: [\"a\", \"b\"] in JSON, {section.Path}:0 and {section.Path}:1 elsewhere.");
            return;
        }
        IList<string> list = get(options);
        list.Clear();
        foreach (IConfigurationSection item in items)
        {
            list.Add(item.Value!);
        }
    }

    private static bool IsItem(IConfigurationSection item) =>
        item.Value is not null && int.TryParse(item.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}

/// <summary>Texts by name. A map adds to the one it is laid over. Its values may be secret and appear in no message.</summary>
internal sealed class MapOption(string path, Func<PoolOptions, IDictionary<string, string?>> get) : PoolOption(path)
{
    public override object? Read(PoolOptions options) => get(options);

    public override void Bind(IConfigurationSection section, PoolOptions options, ICollection<string> problems)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Add($"{section.Path} takes names and values: {{ \"NAME\": \"value\" }} in JSON, {section.Path}:NAME elsewhere.");
        }
        foreach (IConfigurationSection item in section.GetChildren())
        {
            if (item.GetChildren().Any())
            {
                problems.Add($"{item.Path} has keys below it; it takes a single value.");
                continue;
            }
            get(options)[item.Key] = item.Value;
        }
    }
}
