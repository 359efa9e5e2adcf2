namespace Snakepit.Frames;

/// <summary>
/// What travels with a call besides its tool and arguments: the fourth element of its body, a map with the parts there are.
/// </summary>
/// <param name="Session">The session of the call; null for none.</param>
/// <param name="Traceparent">The W3C trace context of the call's span; null when it has none that is recorded.</param>
/// <param name="Tracestate">What tracing systems have added to it; null for nothing.</param>
internal readonly record struct CallExtras(EncodedSession? Session = null, string? Traceparent = null, string? Tracestate = null)
{
    public bool IsEmpty => Session is null && Traceparent is null;
}

/// <summary>What a session tells its calls, encoded once for all of them.</summary>
internal sealed record EncodedSession(ReadOnlyMemory<byte> Json, ReadOnlyMemory<byte> Marshal);
