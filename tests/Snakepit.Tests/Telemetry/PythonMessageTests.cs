using System.Diagnostics;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Telemetry;

/// <summary>The text of a record is its template with its properties in place, and a property without a value is left out.</summary>
public sealed class PythonMessageTests
{
    private static readonly WorkerId s_worker = new("text", 0, 1);

    [Fact]
    public void Line_has_its_tool() => AssertState(
        new PythonMessage(s_worker, "hello", "speak", null),
        "text/0#1: hello", "{Worker}: {Line}", ("Worker", s_worker), ("Line", "hello"), ("Tool", "speak"));

    [Fact]
    public void Record_of_ctx_has_only_what_it_has() => AssertState(
        new PythonMessage(s_worker, new PythonRecord("info", "hello"), null, null),
        "text/0#1: hello", "{Worker}: {Text}", ("Worker", s_worker), ("Text", "hello"));

    [Fact]
    public void Record_of_logging_has_everything() => AssertState(
        new PythonMessage(
            s_worker,
            new PythonRecord("error", "hello") { Logger = "acme", Exception = "Traceback", Tool = "speak", Session = "s1" },
            new SpanIds(ActivityTraceId.CreateFromString(new string('a', 32)), ActivitySpanId.CreateFromString(new string('b', 16))),
            null),
        "text/0#1: acme: hello\nTraceback",
        "{Worker}: {Logger}: {Text}\n{Exception}",
        ("Worker", s_worker), ("Logger", "acme"), ("Text", "hello"), ("Exception", "Traceback"), ("Tool", "speak"), ("Session", "s1"),
        ("TraceId", new string('a', 32)), ("SpanId", new string('b', 16)));

    [Fact]
    public void Warning_says_where() => AssertState(
        new PythonMessage(
            s_worker, new PythonRecord("warning", "old") { Category = "FutureWarning", File = "a.py", Line = 1_234 }, null, null),
        "text/0#1: a.py:1234: FutureWarning: old",
        "{Worker}: {File}:{LineNumber}: {Category}: {Text}",
        ("Worker", s_worker), ("File", "a.py"), ("LineNumber", 1_234), ("Category", "FutureWarning"), ("Text", "old"));

    private static void AssertState(PythonMessage message, string text, string template, params (string, object)[] properties)
    {
        Assert.Equal(text, PythonMessage.Format(message, null));
        Assert.Equal(
            properties.Append(("{OriginalFormat}", template)), message.Select(static property => (property.Key, property.Value!)));
    }
}
