using System.Diagnostics;

namespace Snakepit.Telemetry;

/// <summary>The ids of a span.</summary>
internal readonly record struct SpanIds(ActivityTraceId Trace, ActivitySpanId Span);
