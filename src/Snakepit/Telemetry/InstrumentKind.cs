namespace Snakepit.Telemetry;

/// <summary>The kind of an instrument.</summary>
internal enum InstrumentKind
{
    /// <summary>Counts events, and only grows.</summary>
    Counter,

    /// <summary>Tells a present amount, which grows and shrinks and may be added up over pools.</summary>
    UpDownCounter,

    /// <summary>Tells the distribution of values.</summary>
    Histogram,
}
