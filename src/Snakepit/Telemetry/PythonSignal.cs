namespace Snakepit.Telemetry;

/// <summary>What Python code has told with <c>ctx.telemetry</c>: a measurement, an event or a span.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The name that the code has given it.</param>
internal sealed record PythonSignal(PythonSignalKind Kind, string Name)
{
    /// <summary>The id of the call; 0 between calls.</summary>
    public ulong Call { get; init; }

    /// <summary>The value of a measurement.</summary>
    public double Value { get; init; }

    /// <summary>The tags or attributes.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Tags { get; init; } = [];

    /// <summary>The time of an event, and the begin of a span.</summary>
    public DateTimeOffset Begin { get; init; }

    public TimeSpan Duration { get; init; }

    /// <summary>The type of the exception that has left a span; null for none.</summary>
    public string? ErrorType { get; init; }

    /// <summary>The spans below a span.</summary>
    public IReadOnlyList<PythonSignal> Children { get; init; } = [];

    /// <summary>The number of signals that the worker has dropped since its last one, because the host did not take them.</summary>
    public long Dropped { get; init; }
}

/// <summary>What a signal is.</summary>
internal enum PythonSignalKind
{
    /// <summary>It only tells that others were dropped.</summary>
    None,

    Counter,

    Histogram,

    Event,

    Span,
}
