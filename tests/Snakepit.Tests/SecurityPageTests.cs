using System.Text.RegularExpressions;

namespace Snakepit.Tests;

/// <summary>Every claim of docs/security.md names a test that exists.</summary>
public sealed partial class SecurityPageTests
{
    private static readonly Dictionary<string, string> s_sources = new[] { "tests", Path.Combine("python", "tests") }
        .SelectMany(static folder => Directory.EnumerateFiles(RepositoryFiles.PathOf(folder), "*", SearchOption.AllDirectories))
        .Where(
            static path => Path.GetExtension(path) is ".cs" or ".py"
                && !path.Split(Path.DirectorySeparatorChar).Any(static part => part is "bin" or "obj"))
        .GroupBy(static path => Path.GetFileNameWithoutExtension(path))
        .ToDictionary(static same => same.Key, static same => string.Concat(same.Select(File.ReadAllText)));

    [Fact]
    public void Every_claim_names_tests_that_exist()
    {
        string[] rows =
        [
            .. File.ReadLines(RepositoryFiles.PathOf("docs", "security.md")).Where(
                static line => line.StartsWith("| ", StringComparison.Ordinal) && !line.EndsWith("| test |", StringComparison.Ordinal)),
        ];

        Assert.InRange(rows.Length, 20, int.MaxValue);
        foreach (string row in rows)
        {
            MatchCollection named = Test().Matches(row[row.TrimEnd(' ', '|').LastIndexOf(" | ", StringComparison.Ordinal)..]);
            Assert.NotEmpty(named);
            Assert.All(named, match => Assert.True(Exists(match.Groups[1].Value, match.Groups[2].Value), $"{match.Value} does not exist."));
        }
    }

    [Fact]
    public void A_test_that_does_not_exist_is_noticed() => Assert.False(Exists(nameof(SecurityPageTests), "No_such" + "_test"));

    private static bool Exists(string file, string test) =>
        s_sources.TryGetValue(file, out string? source) && source.Contains($" {test}(", StringComparison.Ordinal);

    [GeneratedRegex(@"`(\w+)\.(\w+)`")]
    private static partial Regex Test();
}
