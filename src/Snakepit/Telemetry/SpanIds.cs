using System.Diagnostics;

namespace Snakepit.Telemetry;

/// <summary>The ids of a span, and whether it is recorded.</summary>
internal readonly record struct SpanIds(ActivityTraceId Trace, ActivitySpanId Span, ActivityTraceFlags Flags = ActivityTraceFlags.None)
{
    /// <summary>The span as a parent of others.</summary>
    public ActivityContext Context => new(Trace, Span, Flags);
}
