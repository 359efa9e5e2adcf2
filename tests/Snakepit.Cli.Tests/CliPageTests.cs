using System.Text.RegularExpressions;
using Snakepit.Cli.Tests.Fixture;
using Snakepit.Tests;

namespace Snakepit.Cli.Tests;

/// <summary>Checks the examples of docs/cli.md: the tool prints what the page shows, apart from numbers and folders.</summary>
public sealed partial class CliPageTests : CliTest
{
    private const int Width = 100; // so that no table depends on the number of digits

    private const string Prompt = "$ snakepit ";

    [Fact]
    public async Task Examples_print_what_the_page_shows()
    {
        string page = await File.ReadAllTextAsync(RepositoryFiles.PathOf("docs", "cli.md"), Cancellation);
        await using TestHost host = await TestHost.StartAsync(
            text: static pool => (pool.Recycle.Ttl, pool.Recycle.MaxRequests) = (TimeSpan.FromHours(1), 10_000));
        int commands = 0;
        string printed = page;
        foreach (Match block in Checked().Matches(page))
        {
            string shown = "";
            foreach (string command in block.Groups[1].Value.Split('\n').Where(
                static line => line.StartsWith(Prompt, StringComparison.Ordinal)))
            {
                ToolRun run = await RunAsync(Width, command[Prompt.Length..].Split(' '));
                Assert.True(run.Code == 0, $"{command}: {run.Errors}");
                shown += $"{command}\n{run.Output.Replace(Folder, "/home/me/shop", StringComparison.Ordinal)}";
                commands++;
            }
            printed = printed.Replace(block.Groups[1].Value, shown, StringComparison.Ordinal);
        }
        string written = Path.Combine(AppContext.BaseDirectory, "cli.md");
        await File.WriteAllTextAsync(written, printed, Cancellation);

        Assert.InRange(commands, 15, 100);
        Assert.True(Mask(page) == Mask(printed), $"docs/cli.md shows what the tool does not print. See {written}.");
    }

    /// <summary>Returns the text without what differs from run to run: numbers, their units, and the gaps of columns.</summary>
    private static string Mask(string text) => Gap().Replace(
        Indent().Replace(Duration().Replace(Version().Replace(text, "VERSION"), "0"), ""), " ");

    [GeneratedRegex(@"<!-- checked -->\n```console\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Checked();

    [GeneratedRegex(@"\d+\.\d+\.\d+[-.\w]*")]
    private static partial Regex Version();

    [GeneratedRegex(@"\d[\d.,]*( (ms|s|min|h|d)\b)?( \d+ (s|min|h)\b)*")]
    private static partial Regex Duration();

    [GeneratedRegex(@"^ +", RegexOptions.Multiline)]
    private static partial Regex Indent();

    [GeneratedRegex(@" +")]
    private static partial Regex Gap();
}
