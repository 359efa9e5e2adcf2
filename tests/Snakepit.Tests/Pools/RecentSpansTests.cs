using System.Diagnostics;
using Snakepit.Calls;
using Snakepit.Pools;

namespace Snakepit.Tests.Pools;

/// <summary>A log record finds the span of its call also after the call has ended.</summary>
public sealed class RecentSpansTests
{
    [Fact]
    public void Find_returns_the_span_of_one_of_the_last_calls()
    {
        var spans = new RecentSpans();
        ActivityTraceId[] traces = [.. Enumerable.Range(1, 600).Select(i => Note(spans, i))];

        Assert.Null(spans.Find(Key(1)));
        Assert.Equal(traces[99], spans.Find(Key(100))?.Trace);
        Assert.Equal(traces[599], spans.Find(Key(600))?.Trace);
        Assert.Null(spans.Find(default));
    }

    [Fact]
    public void Call_without_a_span_has_none_and_costs_nothing()
    {
        var spans = new RecentSpans();
        UnaryCall call = Call(1, null);

        Assert.Equal(0, Allocations.Of(() => spans.Note(call)));
        Assert.Null(spans.Find(Key(1)));
    }

    private static ActivityTraceId Note(RecentSpans spans, int number)
    {
        using var span = new Activity("of a test");
        span.SetIdFormat(ActivityIdFormat.W3C).Start();
        spans.Note(Call(number, span));
        return span.TraceId;
    }

    private static UnaryCall Call(int number, Activity? span)
    {
        var call = new UnaryCall { Key = Key(number) };
        call.Begin(new CallRequest("tool", TimeSpan.Zero, 0, 0, CancellationToken.None, Span: span));
        return call;
    }

    private static CallKey Key(int number) => CallKey.Create(number, 7);
}
