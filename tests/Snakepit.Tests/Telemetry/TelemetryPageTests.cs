using System.Reflection;
using Microsoft.Extensions.Logging;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Telemetry;

/// <summary>docs/telemetry.md lists all telemetry, and nothing else.</summary>
public sealed class TelemetryPageTests
{
    private static readonly string s_page = File.ReadAllText(RepositoryFiles.PathOf("docs", "telemetry.md"));

    [Fact]
    public void Page_lists_every_instrument()
    {
        IEnumerable<string> instruments = Constants().Where(static name => name.StartsWith("snakepit.", StringComparison.Ordinal))
            .Except(
                [
                    TelemetryNames.CallActivity, TelemetryNames.PoolAttribute, TelemetryNames.ToolAttribute,
                    TelemetryNames.OutcomeAttribute, TelemetryNames.HostToolActivity, TelemetryNames.HostToolAttribute,
                ]);

        Assert.Equal(instruments.Order(), FirstCells("| `snakepit.").Select(static cell => cell.Trim('`')).Order());
    }

    [Fact]
    public void Page_lists_every_event_with_its_level()
    {
        IEnumerable<string> events = typeof(Log).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Select(static method => (method.Name, Attribute: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(static message => message.Attribute is not null)
            .Select(static message =>
                $"| {message.Attribute!.EventId} | {message.Name} | "
                    + $"{(message.Attribute.Level == LogLevel.None ? "as logged" : message.Attribute.Level)} |")
            .Concat(["| 410 | PythonOutput | Debug |", "| 411 | PythonLog | as logged |"]); // their state is no template's

        Assert.All(events, line => Assert.Contains(line, s_page, StringComparison.Ordinal));
        Assert.Equal(events.Count(), Enumerable.Range(1, 9).Sum(static digit => FirstCells($"| {digit}").Count()));
    }

    [Fact]
    public void Page_lists_every_value_of_every_tag()
    {
        IEnumerable<string> values =
        [
            .. Enum.GetValues<CallOutcome>().Select(TelemetryNames.Of),
            .. Enum.GetValues<RejectionReason>().Select(TelemetryNames.Of),
            .. Enum.GetValues<WorkerState>().Where(static state => state != WorkerState.Exited).Select(TelemetryNames.Of),
        ];

        Assert.All(values, value => Assert.Contains($"`{value}`", s_page, StringComparison.Ordinal));
    }

    /// <summary>Users find there what each means, and which setting causes it.</summary>
    [Fact]
    public void Lifecycle_page_lists_every_reason_of_a_recycle()
    {
        string page = File.ReadAllText(RepositoryFiles.PathOf("docs", "lifecycle.md"));
        string section = page[page.IndexOf("## Why workers are replaced", StringComparison.Ordinal)..];
        IEnumerable<string> rows = section.Split('\n').SkipWhile(static line => !line.StartsWith("| `", StringComparison.Ordinal))
            .TakeWhile(static line => line.StartsWith("| `", StringComparison.Ordinal));
        IEnumerable<string> listed = rows.Select(static row => row.Split('`')[1]);

        Assert.Equal(Enum.GetValues<RecycleReason>().Select(TelemetryNames.Of).Order(), listed.Order());
    }

    private static IEnumerable<string> Constants() =>
        typeof(TelemetryNames)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(static field => (string)field.GetRawConstantValue()!);

    private static IEnumerable<string> FirstCells(string start) =>
        s_page.Split('\n').Where(line => line.StartsWith(start, StringComparison.Ordinal)).Select(static line => line.Split('|')[1].Trim());
}
