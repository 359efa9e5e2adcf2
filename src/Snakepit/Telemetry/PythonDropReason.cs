namespace Snakepit.Telemetry;

/// <summary>Why something that Python code has told with <c>ctx.telemetry</c> was dropped.</summary>
internal enum PythonDropReason
{
    /// <summary>The worker has told it faster than the host reads.</summary>
    ChannelFull,

    /// <summary>The listeners of the meter and of spans are too slow.</summary>
    QueueFull,

    /// <summary>The instrument has as many series as it may have.</summary>
    SeriesLimit,

    /// <summary>There are as many instruments as there may be.</summary>
    InstrumentLimit,

    /// <summary>The name is that of an instrument of another kind.</summary>
    KindConflict,
}
