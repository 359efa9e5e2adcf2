using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Snakepit.Configuration;

/// <summary>A setting: its name and its type.</summary>
internal abstract class Option(string path, OptionType type)
{
    /// <summary>The name in code and messages: <c>Recycle.MaxRequests</c>.</summary>
    public string Path { get; } = path;

    /// <summary>The name in configuration: <c>Recycle:MaxRequests</c>.</summary>
    public string Key { get; } = path.Replace('.', ':');

    public OptionType Type { get; } = type;

    /// <summary>How a change takes effect while the pool runs.</summary>
    public ReloadEffect Effect { get; init; }
}

/// <summary>A setting of <typeparamref name="TOptions"/>, with its reader and its writer.</summary>
internal abstract class Option<TOptions>(string path, OptionType type) : Option(path, type)
{
    public abstract object? Read(TOptions options);

    public abstract void Bind(IConfigurationSection section, TOptions options, ICollection<string> problems);

    /// <summary>Gives <paramref name="to"/> the value that <paramref name="from"/> has.</summary>
    public abstract void Copy(TOptions from, TOptions to);

    /// <summary>Returns whether both have the same value.</summary>
    public virtual bool IsSame(TOptions one, TOptions other) => Equals(Read(one), Read(other));

    /// <summary>Returns the problem with the value and its remedy; null when the value is valid.</summary>
    public virtual string? Check(TOptions options) => null;

    /// <summary>Returns the value as configuration would spell it. Of a map only the names, because its values may be secret.</summary>
    public string Show(TOptions options) => Read(options) switch
    {
        IDictionary<string, string?> map => string.Join(", ", map.Keys.Order(StringComparer.Ordinal)),
        IEnumerable<string> list => string.Join(", ", list),
        var value => OptionText.Format(value),
    };
}

/// <summary>A single value. <paramref name="remedy"/> completes the sentence "Set … to".</summary>
internal sealed class ScalarOption<TOptions, T>(
    string path, OptionType<T> type, Func<TOptions, T> get, Action<TOptions, T> set, string remedy) : Option<TOptions>(path, type)
{
    private readonly OptionType<T> _type = type;

    public override object? Read(TOptions options) => get(options);

    public override void Bind(IConfigurationSection section, TOptions options, ICollection<string> problems)
    {
        if (section.GetChildren().Any())
        {
            problems.Add($"{section.Path} has keys below it; it takes a single value.");
        }
        else if (_type.Read(section.Value, out T value) is { } problem)
        {
            problems.Add($"{section.Path} is {(section.Value is { } text ? $"'{Shown.Text(text)}'" : "null")}; {problem}");
        }
        else
        {
            set(options, value);
        }
    }

    public override void Copy(TOptions from, TOptions to) => set(to, get(from));

    public override string? Check(TOptions options) =>
        _type.Problem(get(options)) is { } problem ? $"{Path} is {Show(options)}; {problem}. Set {Path} to {remedy}." : null;
}

/// <summary>A list of texts. A list replaces the one of an earlier layer; an empty one clears it.</summary>
internal sealed class ListOption<TOptions>(string path, string items, Func<TOptions, IList<string>> get)
    : Option<TOptions>(path, new ListType(items))
{
    public override object? Read(TOptions options) => get(options);

    public override void Bind(IConfigurationSection section, TOptions options, ICollection<string> problems)
    {
        IConfigurationSection[] items = [.. section.GetChildren()];
        if (!string.IsNullOrEmpty(section.Value) || !items.All(IsItem))
        {
            problems.Add(
                $"{section.Path} takes a list of texts: [\"a\", \"b\"] in JSON, {section.Path}:0 and {section.Path}:1 elsewhere.");
            return;
        }
        IList<string> list = get(options);
        list.Clear();
        foreach (IConfigurationSection item in items)
        {
            list.Add(item.Value!);
        }
    }

    public override void Copy(TOptions from, TOptions to)
    {
        string[] items = [.. get(from)];
        get(to).Clear();
        Array.ForEach(items, get(to).Add);
    }

    public override bool IsSame(TOptions one, TOptions other) => get(one).SequenceEqual(get(other), StringComparer.Ordinal);

    private static bool IsItem(IConfigurationSection item) =>
        item.Value is not null && int.TryParse(item.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}

/// <summary>Texts by name. A map adds to the one of an earlier layer. Its values may be secret and appear in no message.</summary>
internal sealed class MapOption<TOptions>(string path, Func<TOptions, IDictionary<string, string?>> get)
    : Option<TOptions>(path, new MapType())
{
    public override object? Read(TOptions options) => get(options);

    public override void Bind(IConfigurationSection section, TOptions options, ICollection<string> problems)
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

    public override void Copy(TOptions from, TOptions to)
    {
        KeyValuePair<string, string?>[] items = [.. get(from)];
        get(to).Clear();
        Array.ForEach(items, get(to).Add);
    }

    public override bool IsSame(TOptions one, TOptions other) =>
        get(one).Count == get(other).Count
        && get(one).All(item => get(other).TryGetValue(item.Key, out string? value) && value == item.Value);
}
