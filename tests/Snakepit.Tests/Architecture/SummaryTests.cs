using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Snakepit.AspNetCore;
using Snakepit.Testing;

namespace Snakepit.Tests.Architecture;

/// <summary>Checks that the XML docs of the public surface name their subjects.</summary>
public sealed partial class SummaryTests
{
    public static TheoryData<string> Assemblies =>
    [
        typeof(IWorkerPool).Assembly.GetName().Name!, typeof(FakeWorkers).Assembly.GetName().Name!,
        typeof(SnakepitControl).Assembly.GetName().Name!,
    ];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Summary_begins_with_its_subject_or_a_verb(string assembly)
    {
        (string Member, string Text)[] summaries = [.. PublicSummaries(assembly)];

        Assert.InRange(summaries.Length, 10, int.MaxValue);
        Assert.DoesNotContain(summaries, static summary => Pronoun().IsMatch(summary.Text));
    }

    [Theory]
    [InlineData("It is rejected.", true)]
    [InlineData("One that waits.", true)]
    [InlineData("Gets how long nobody answered.", true)]
    [InlineData("Gets the items.", false)]
    [InlineData("Whether one is there.", true)]
    public void Pronoun_is_noticed(string summary, bool isNoticed) => Assert.Equal(isNoticed, Pronoun().IsMatch(summary));

    private static IEnumerable<(string Member, string Text)> PublicSummaries(string assembly)
    {
        HashSet<string> published = [.. Assembly.Load(assembly).GetExportedTypes().SelectMany(NamesOf)];
        return
            from member in XDocument.Load(Path.Combine(AppContext.BaseDirectory, assembly + ".xml")).Descendants("member")
            let name = member.Attribute("name")!.Value
            where published.Contains(name.Split('(')[0][2..]) && member.Element("summary") is not null
            select (name, string.Concat(member.Element("summary")!.Nodes().Select(TextOf)).Trim());
    }

    /// <summary>Returns the names of a type and its public members, as the compiler's documentation file spells them.</summary>
    private static IEnumerable<string> NamesOf(Type type)
    {
        string name = type.FullName!.Replace('+', '.');
        return type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Select(member => $"{name}.{member.Name.Replace('.', '#')}{GenericArity(member)}")
            .Append(name);
    }

    private static string GenericArity(MemberInfo member) =>
        member is MethodInfo { IsGenericMethod: true } method ? $"``{method.GetGenericArguments().Length}" : "";

    private static string TextOf(XNode node) =>
        node is XElement { FirstNode: null } ? "X" : node is XElement element ? element.Value : node.ToString();

    [GeneratedRegex(@"^(It|One|Those|That|They|Whoever|Who|Whether|Nobody)\b|\b([Ww]hoever|[Nn]obody)\b")]
    private static partial Regex Pronoun();
}
