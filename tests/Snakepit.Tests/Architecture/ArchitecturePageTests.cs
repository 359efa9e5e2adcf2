using System.Text.RegularExpressions;

namespace Snakepit.Tests.Architecture;

/// <summary>docs/architecture.md leads contributors to files that exist.</summary>
public sealed partial class ArchitecturePageTests
{
    private static readonly string[] s_roots = ["", "src/Snakepit", "python/snakepit", "tests", "tests/Snakepit.Tests", "docs"];

    private static readonly ILookup<string, string> s_files = s_roots
        .Where(static root => root.Length > 0)
        .SelectMany(static root => Directory.EnumerateFiles(RepositoryFiles.PathOf(root), "*", SearchOption.AllDirectories))
        .ToLookup(static path => Path.GetFileName(path));

    [Fact]
    public void Files_and_folders_on_the_page_exist()
    {
        string[] named = Names(File.ReadAllText(RepositoryFiles.PathOf("docs", "architecture.md")));

        Assert.Contains("Pools/CallInvoker.cs", named);
        Assert.Equal([], named.Where(static name => !Exists(name)));
    }

    [Theory]
    [InlineData("`Pools/Nowhere.cs` and `Cellar/`, `_nowhere.py`", "Pools/Nowhere.cs Cellar/ _nowhere.py")]
    [InlineData("`Pools/PoolCore.cs`, `Intake.cs`, `Pools/Kernel/`, `_inbox.py`, `PoolContext.Options`, `ctx.log`", "")]
    public void A_file_that_does_not_exist_is_noticed(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', Names(text).Where(static name => !Exists(name))));

    private static string[] Names(string page) => [.. Named().Matches(page).Select(static match => match.Groups[1].Value)];

    private static bool Exists(string name) => name.EndsWith('/')
        ? Array.Exists(s_roots, root => Directory.Exists(RepositoryFiles.PathOf(root, name)))
        : (!name.Contains('/') && s_files.Contains(name)) || Array.Exists(s_roots, root => File.Exists(RepositoryFiles.PathOf(root, name)));

    [GeneratedRegex(@"`([\w./]+(?:\.(?:cs|py|md|json|txt)|/))`")]
    private static partial Regex Named();
}
