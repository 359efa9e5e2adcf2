using System.Reflection;
using System.Text.RegularExpressions;
using Snakepit.AspNetCore;
using Snakepit.Testing;

namespace Snakepit.Tests.Architecture;

/// <summary>Checks that every public type and member that the pages name exists.</summary>
public sealed partial class DocNameTests
{
    private static readonly ILookup<string, Type> s_types = typeof(IWorkerPool).Assembly.GetExportedTypes()
        .Concat(typeof(FakeWorkers).Assembly.GetExportedTypes())
        .Concat(typeof(SnakepitControl).Assembly.GetExportedTypes())
        .ToLookup(static type => type.Name.Split('`')[0]);

    public static TheoryData<string> Pages =>
        [
            .. Directory.EnumerateFiles(RepositoryFiles.PathOf("docs"), "*.md")
                .Select(static path => Path.GetFileName(path))
                .Where(static name => name is not ("performance.md" or "plan.md")),
        ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Members_on_the_page_exist(string page) => Assert.Empty(MissingFrom(File.ReadAllText(RepositoryFiles.PathOf("docs", page))));

    [Fact]
    public void Members_in_the_readme_exist() => Assert.Empty(MissingFrom(File.ReadAllText(RepositoryFiles.PathOf("README.md"))));

    [Fact]
    public void Member_that_does_not_exist_is_noticed() =>
        Assert.Equal(
            ["WorkerSnapshot.Missing", "CallOutcome.Ok"],
            MissingFrom("`WorkerSnapshot.Missing`, `WorkerSnapshot.Memory`, `CallOutcome.Ok`, `Queue.Limit`"));

    private static IEnumerable<string> MissingFrom(string text) =>
        Member().Matches(text).Select(static match => match.Groups[1].Value)
            .Where(
                static name =>
                    s_types.Contains(name.Split('.')[0]) && !s_types[name.Split('.')[0]].Any(type => Has(type, name.Split('.')[1])));

    private static bool Has(Type type, string member) =>
        type.GetInterfaces().Append(type).Any(
            known => known.GetMember(
                member, BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy).Length > 0);

    [GeneratedRegex(@"`([A-Z]\w+\.[A-Z]\w+)")]
    private static partial Regex Member();
}
