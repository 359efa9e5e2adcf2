using System.Diagnostics;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Telemetry;

[Collection(nameof(SpanListeners))]
public sealed class SnakepitTracingTests
{
    [Fact]
    public void Start_call_makes_a_client_span_below_the_current_one()
    {
        using ActivityListener listener = Listen();
        using Activity parent = new Activity("request").Start();

        using Activity? call = SnakepitTracing.StartCall("text", "add");

        Assert.NotNull(call);
        Assert.Equal(("snakepit.call", "text/add", ActivityKind.Client), (call.OperationName, call.DisplayName, call.Kind));
        Assert.Equal(parent.SpanId, call.ParentSpanId);
        Assert.Equal(
            ("snakepit", "text/add", "text"),
            (call.GetTagItem("rpc.system.name"), call.GetTagItem("rpc.method"), call.GetTagItem("snakepit.pool")));
    }

    [Theory]
    [InlineData("Succeeded", "ok", ActivityStatusCode.Unset)]
    [InlineData("Cancelled", "cancelled", ActivityStatusCode.Unset)]
    [InlineData("TimedOut", "timed_out", ActivityStatusCode.Error)]
    public void End_call_tells_the_outcome(string outcome, string name, ActivityStatusCode status)
    {
        using ActivityListener listener = Listen();
        Activity call = SnakepitTracing.StartCall("text", "add")!;

        SnakepitTracing.EndCall(call, Enum.Parse<CallOutcome>(outcome), "why");

        Assert.Equal((name, status, true), (call.GetTagItem("snakepit.outcome"), call.Status, call.IsStopped));
        Assert.Equal(status == ActivityStatusCode.Error ? name : null, call.GetTagItem("error.type"));
    }

    [Fact]
    public void End_call_without_a_span_does_nothing() => SnakepitTracing.EndCall(null, CallOutcome.Succeeded);

    private static ActivityListener Listen()
    {
        ActivityListener listener = new()
        {
            ShouldListenTo = static source => source.Name == TelemetryNames.ActivitySource,
            Sample = static (ref _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
