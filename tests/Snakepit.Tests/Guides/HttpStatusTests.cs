using System.Globalization;
using System.Text.RegularExpressions;

namespace Snakepit.Tests.Guides;

/// <summary>The table of docs/http.md agrees with its code, and lists every exception that can end a call.</summary>
public sealed partial class HttpStatusTests
{
    private static readonly Match[] s_rows = Row().Matches(File.ReadAllText(RepositoryFiles.PathOf("docs", "http.md"))).ToArray();

    [Fact]
    public void Table_and_code_agree_on_every_exception()
    {
        Dictionary<string, int> documented = s_rows.ToDictionary(
            static row => row.Groups["exception"].Value.Replace("`", "", StringComparison.Ordinal),
            static row => int.Parse(row.Groups["status"].Value, CultureInfo.InvariantCulture));

        Assert.All(CallFailures.All, pair => Assert.Equal((pair.Key, HttpStatus.Of(pair.Value)), (pair.Key, documented[pair.Key])));
        Assert.Equal(CallFailures.All.Keys.Order(StringComparer.Ordinal), documented.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Table_has_every_outcome() =>
        Assert.Subset(
            s_rows.Select(static row => row.Groups["outcome"].Value).ToHashSet(),
            Enum.GetNames<CallOutcome>().Except([nameof(CallOutcome.Succeeded)]).ToHashSet());

    [Fact]
    public void Retry_after_comes_from_the_exception_when_it_knows()
    {
        var minute = TimeSpan.FromMinutes(1);

        Assert.Equal(minute, HttpStatus.RetryAfter(new CircuitOpenException("") { RetryAfter = minute }));
        Assert.Equal(minute, HttpStatus.RetryAfter(new PoolSaturatedException("") { ExpectedWait = minute }));
        Assert.Null(HttpStatus.RetryAfter(new PoolSaturatedException("")));
        Assert.Null(HttpStatus.RetryAfter(new CallTimeoutException("")));
    }

    [GeneratedRegex(@"^\| (?<exception>`\w+`(?: \([^)]+\))?) \| `?(?<outcome>[\w–]+)`? \| (?<status>\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
