using System.Reflection;
using System.Text.RegularExpressions;
using Snakepit.AspNetCore;
using Snakepit.Configuration;
using Snakepit.Testing;

namespace Snakepit.Tests.Architecture;

/// <summary>Checks that docs/lifecycle.md lists every public member that can be awaited, with the limit of the wait.</summary>
public sealed partial class AwaitableTests
{
    private static readonly string s_page = File.ReadAllText(RepositoryFiles.PathOf("docs", "lifecycle.md"));

    private static IEnumerable<Match> Rows
    {
        get
        {
            string section = s_page[s_page.IndexOf("## How long anything waits", StringComparison.Ordinal)..];
            return Row().Matches(section[..section.IndexOf("\n## ", 1, StringComparison.Ordinal)]);
        }
    }

    [Fact]
    public void The_page_lists_every_public_awaitable_and_no_other()
    {
        string[] documented =
        [
            .. Rows.SelectMany(static row => Name().Matches(row.Groups["names"].Value)).Select(static name => name.Groups[1].Value),
        ];

        Assert.Equal(Awaitables().Distinct().Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_page_says_of_every_awaitable_when_it_ends_and_names_settings_that_exist()
    {
        HashSet<string> settings = [.. PoolOptionTable.Table.All.Select(static option => option.Path), "ToolCallOptions.Timeout"];

        Assert.All(Rows, static row => Assert.NotEqual("", row.Groups["bound"].Value.Trim()));
        Assert.All(
            Rows.SelectMany(static row => Name().Matches(row.Groups["settings"].Value)),
            setting => Assert.Contains(setting.Groups[1].Value, settings));
    }

    private static IEnumerable<string> Awaitables() =>
        from assembly in (Assembly[])[typeof(IWorkerPool).Assembly, typeof(FakeWorkers).Assembly, typeof(SnakepitControl).Assembly]
        from type in assembly.GetExportedTypes()
        from member in type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        where member switch
        {
            MethodInfo { IsSpecialName: false } method => IsAwaitable(method.ReturnType),
            PropertyInfo property => IsAwaitable(property.PropertyType),
            FieldInfo field => IsAwaitable(field.FieldType),
            _ => false,
        }
        select $"{type.Name}.{member.Name}";

    private static bool IsAwaitable(Type type) =>
        type.GetMethod("GetAwaiter", Type.EmptyTypes) is not null
        || type.GetInterfaces().Append(type).Any(static known => known == typeof(IAsyncResult) || known == typeof(IAsyncDisposable)
            || (known.IsGenericType && IsAsyncSequence(known.GetGenericTypeDefinition())))
            && type != typeof(SnakepitRuntime); // the table lists its disposal

            private static bool IsAsyncSequence(Type definition) =>
                definition == typeof(IAsyncEnumerable<>) || definition == typeof(IAsyncEnumerator<>);

    [GeneratedRegex(@"^\| (?<names>`[^|]*) \|(?<bound>[^|]*)\|(?<settings>[^|]*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([A-Za-z]+\\.[A-Za-z]+)`")]
    private static partial Regex Name();
}
