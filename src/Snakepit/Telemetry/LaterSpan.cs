namespace Snakepit.Telemetry;

/// <summary>A span that is recorded on the queue's thread, because listeners are user code.</summary>
internal sealed class LaterSpan : TelemetryRecord
{
    private readonly EndedSpan _span;

    /// <param name="span">The span.</param>
    /// <param name="share">What the worker that it comes from takes of the queue; null for a span of the pool's.</param>
    public LaterSpan(EndedSpan span, OutputShare? share = null)
    {
        _span = span;
        (Share, Text) = (share, share is null ? 0 : 1);
    }

    protected override void Write() => SnakepitTracing.Record(_span);
}
