using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Snakepit.OptionPages;

/// <summary>The summaries of the library's public members, as Markdown in one line.</summary>
internal sealed partial class Summaries(string file)
{
    private readonly Dictionary<string, XElement> _summaries = XDocument.Load(file).Descendants("member")
        .Where(static member => member.Element("summary") is not null)
        .ToDictionary(static member => member.Attribute("name")!.Value, static member => member.Element("summary")!);

    /// <summary>What a property is, without "Gets or sets".</summary>
    public string Of(PropertyInfo property) => Beginning().Replace(Of(Name('P', property)), "") is [var first, .. var rest]
        ? char.ToUpperInvariant(first) + rest
        : throw new DocumentationException($"{property.DeclaringType?.Name}.{property.Name} has no summary.");

    /// <summary>What a name of an enumeration means.</summary>
    public string Of(Type enumeration, string name) => Of(Name('F', enumeration.GetField(name)!));

    private static string Name(char kind, MemberInfo member) => $"{kind}:{member.DeclaringType!.FullName}.{member.Name}";

    private string Of(string member) => _summaries.TryGetValue(member, out XElement? summary)
        ? Space().Replace(string.Concat(summary.Nodes().Select(Markdown)), " ").Trim()
        : throw new DocumentationException($"{member} has no summary.");

    private static string Markdown(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see when see.Attribute("cref") is { } reference => $"`{NameOf(reference.Value)}`",
        _ => throw new DocumentationException($"There is no Markdown for {node}."),
    };

    /// <summary>An option by its path, a type or a choice by its name, any other member after the name of its type.</summary>
    private static string NameOf(string reference)
    {
        string[] parts = reference[2..].Split('(')[0].Split('.');
        string type = parts.Length > 1 ? parts[^2] : "";
        return (reference[0], type) switch
        {
            ('T', _) or (_, nameof(PoolOptions) or nameof(SnakepitOptions)) => parts[^1],
            ('F', _) when Choices().Contains(type) => parts[^1],
            _ when Groups().GetValueOrDefault(type) is { } group => $"{group}.{parts[^1]}",
            _ => $"{type}.{parts[^1]}",
        };
    }

    /// <summary>The names of the enumerations of which an option is one.</summary>
    private static IEnumerable<string> Choices() =>
        from type in typeof(PoolOptions).GetProperties().Select(static property => property.PropertyType).Append(typeof(SnakepitOptions))
        from property in type.GetProperties()
        where property.PropertyType.IsEnum
        select property.PropertyType.Name;

    /// <summary>The groups of a pool's options, by the names of their types.</summary>
    private static Dictionary<string, string> Groups() => typeof(PoolOptions).GetProperties()
        .Where(static property => property.PropertyType.Namespace == nameof(Snakepit) && property.PropertyType.IsClass)
        .ToDictionary(static property => property.PropertyType.Name, static property => property.Name);

    [GeneratedRegex("^Gets (or sets )?")]
    private static partial Regex Beginning();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
