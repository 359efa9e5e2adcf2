using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Snakepit.Configuration;

namespace Snakepit.OptionPages;

/// <summary>One option with what its documentation says.</summary>
/// <param name="Option">Its row in the table.</param>
/// <param name="Meaning">What it means, in Markdown.</param>
/// <param name="Default">Its default as a page shows it.</param>
/// <param name="FixedDefault">Its default as configuration would write it; null where it is null, or depends on anything.</param>
/// <param name="Choices">The names that it may have, with their meanings.</param>
/// <param name="AtMost">The option that it may not exceed.</param>
internal sealed partial record Setting(
    Option Option,
    string Meaning,
    string Default,
    object? FixedDefault,
    IReadOnlyList<(string Name, string Meaning)> Choices,
    string? AtMost)
{
    /// <exception cref="DocumentationException">A summary says another default than the code.</exception>
    public static IReadOnlyList<Setting> All<TOptions>(OptionTable<TOptions> table, TOptions defaults, Summaries summaries)
        where TOptions : new() => [.. table.All.Select(option => Describe(option, table, defaults, summaries))];

    private static Setting Describe<TOptions>(Option<TOptions> option, OptionTable<TOptions> table, TOptions defaults, Summaries summaries)
        where TOptions : new()
    {
        string summary = summaries.Of(Property(typeof(TOptions), option.Path));
        Match stated = DefaultSentence().Match(summary);
        if (!stated.Success)
        {
            throw new DocumentationException($"The summary of {option.Path} says no default.");
        }
        object? value = option.Read(defaults);
        string text = stated.Groups["value"].Value;
        bool isInWords = stated.Groups["words"].Success;
        string spelled = isInWords ? text : Spelled(text);
        string actual = option.Show(defaults);
        if (isInWords ? !Says(text, value, actual) : !IsDefault(option, table, value, spelled))
        {
            throw new DocumentationException($"The summary of {option.Path} says the default is {text}; it is {actual}.");
        }
        // The column of values has the bounds.
        string tail = stated.Groups["mark"].Value + stated.Groups["tail"].Value;
        tail = tail.StartsWith("; at ", StringComparison.Ordinal) ? "" : tail;
        bool isFixed = !isInWords && !tail.StartsWith(';');
        return new Setting(
            option,
            DefaultSentence().Replace(summary, "").Replace("  ", " ", StringComparison.Ordinal).Trim(),
            (isInWords ? text.Replace("the ", "", StringComparison.Ordinal).ToLowerInvariant() : $"`{spelled}`") + tail,
            !isFixed || value is null ? null : value is int or double or bool ? value : spelled,
            value is Enum ? [.. Enum.GetNames(value.GetType()).Select(name => (name, summaries.Of(value.GetType(), name)))] : [],
            PoolOptionTable.Orders.Where(order => order.Smaller == option.Path).Select(static order => order.Larger).SingleOrDefault());
    }

    private static PropertyInfo Property(Type type, string path)
    {
        string[] names = path.Split('.');
        return names.SkipLast(1).Aggregate(type, static (group, name) => group.GetProperty(name)!.PropertyType).GetProperty(names[^1])!;
    }

    /// <summary>As configuration writes it: <c>5 min</c> is <c>5m</c>, and <c>1,000</c> is <c>1000</c>.</summary>
    private static string Spelled(string text) => Noise().Replace(text, "").Replace("min", "m", StringComparison.Ordinal);

    private static bool IsDefault<TOptions>(Option<TOptions> option, OptionTable<TOptions> table, object? value, string text)
        where TOptions : new()
    {
        IConfigurationRoot root = new ConfigurationBuilder().AddInMemoryCollection([new($"Root:{option.Key}", text)]).Build();
        TOptions options = new();
        List<string> problems = [];
        table.Bind(root.GetSection("Root"), options, problems);
        return problems.Count == 0 && Equals(option.Read(options), value);
    }

    private static bool Says(string words, object? value, string actual) => words switch
    {
        "the processor count" => Equals(value, Environment.ProcessorCount),
        "empty" or "Required" => actual.Length == 0,
        _ => false,
    };

    /// <summary><c>Default 10 s; zero: no minimum.</c>, in words <c>Default: the processor count.</c>, or <c>Required.</c></summary>
    [GeneratedRegex(
        @"(?<=^|\. )(?:Default(?<words>:)? (?<value>.+?)(?:(?<mark>[:;,])(?<tail> .+?))?|(?<words>(?<value>Required)))\.(?=\s|$)")]
    private static partial Regex DefaultSentence();

    [GeneratedRegex("[ ,`]")]
    private static partial Regex Noise();
}
