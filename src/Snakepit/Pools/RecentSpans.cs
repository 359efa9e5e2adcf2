using System.Diagnostics;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <summary>
/// The spans in which the last calls of a worker were made. Its log records arrive apart from its replies, and may come after the call has
/// ended. Thread-safe.
/// </summary>
internal sealed class RecentSpans
{
    private const int Kept = 512; // more calls than ever wait in a worker's channel
    private readonly Lock _gate = new();
    private (CallKey Call, SpanIds Ids)[]? _ring; // null before the first call with a span
    private int _next;

    /// <summary>Notes the span of a call that is sent to the worker, if it has one.</summary>
    public void Note(UnaryCall call)
    {
        if (call.Request.Span is not { IdFormat: ActivityIdFormat.W3C } span)
        {
            return;
        }
        var noted = (call.Key, new SpanIds(span.TraceId, span.SpanId, span.ActivityTraceFlags));
        lock (_gate)
        {
            _ring ??= new (CallKey, SpanIds)[Kept];
            _ring[_next] = noted;
            _next = (_next + 1) % Kept;
        }
    }

    /// <summary>Returns the span of a call; null without one.</summary>
    public SpanIds? Find(CallKey call)
    {
        if (call.IsNone)
        {
            return null;
        }
        lock (_gate)
        {
            for (int i = 1; _ring is not null && i <= Kept; i++)
            {
                (CallKey key, SpanIds ids) = _ring[(_next - i + Kept) % Kept];
                if (key == call)
                {
                    return ids;
                }
            }
            return null;
        }
    }
}
