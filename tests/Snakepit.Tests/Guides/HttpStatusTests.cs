using System.Globalization;
using System.Text.RegularExpressions;

namespace Snakepit.Tests.Guides;

/// <summary>The table of docs/http.md agrees with its code, and leaves out nothing that a call can end with.</summary>
public sealed partial class HttpStatusTests
{
    private static readonly Match[] s_rows = Row().Matches(File.ReadAllText(RepositoryFiles.PathOf("docs", "http.md"))).ToArray();

    /// <summary>By the first cell of their rows.</summary>
    private static readonly Dictionary<string, Exception> s_exceptions = new()
    {
        ["ToolException (ValueError)"] = Tool("ValueError"),
        ["ToolException (LookupError)"] = Tool("KeyError", "LookupError"),
        ["ToolException (ToolNotFound)"] = Tool("ToolNotFound", "LookupError"),
        ["ToolException"] = Tool("RuntimeError"),
        ["PoolSaturatedException (KeyQueueFull)"] = new PoolSaturatedException("") { Reason = SaturationReason.KeyQueueFull },
        ["WorkerLostException (transient)"] = new WorkerLostException("") { Execution = CallExecution.MayHaveRun, IsIdempotent = true },
        ["WorkerLostException"] = new WorkerLostException("") { Execution = CallExecution.MayHaveRun },
        ["OperationCanceledException"] = new OperationCanceledException(),
        ["ObjectDisposedException"] = new ObjectDisposedException("pool"),
        ["ArgumentException"] = new ArgumentException(""),
    };

    private static IEnumerable<Type> ExceptionTypes =>
        typeof(SnakepitException).Assembly.GetExportedTypes().Where(static type => type.IsSubclassOf(typeof(SnakepitException)));

    [Fact]
    public void Table_and_code_agree_on_every_exception()
    {
        Dictionary<string, Exception> all = ExceptionTypes.ToDictionary(static type => type.Name, static type => (Exception)Activator.CreateInstance(type, "", null)!);
        foreach ((string name, Exception exception) in s_exceptions)
        {
            all[name] = exception;
        }
        Dictionary<string, int> documented = s_rows.ToDictionary(
            static row => row.Groups["exception"].Value.Replace("`", "", StringComparison.Ordinal), static row => int.Parse(row.Groups["status"].Value, CultureInfo.InvariantCulture));

        Assert.All(all, pair => Assert.Equal((pair.Key, HttpStatus.Of(pair.Value)), (pair.Key, documented[pair.Key])));
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

    private static ToolException Tool(string type, params string[] bases) =>
        new("") { Error = new ToolError { Type = type, Message = "", Bases = [.. bases, "Exception", "BaseException"] } };

    [GeneratedRegex(@"^\| (?<exception>`\w+`(?: \([^)]+\))?) \| `?(?<outcome>[\w–]+)`? \| (?<status>\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
