namespace Snakepit;

/// <summary>Options for the measurements, events and spans that tools tell with <c>ctx.telemetry</c>.</summary>
public sealed class PythonTelemetryOptions
{
    /// <summary>Gets the names that workers tell the host: exact, or with a star for all that begin like that, as in <c>app.cache.*</c>. An
    /// empty list stands for all names. Default: empty.</summary>
    public IList<string> Include { get; } = [];

    /// <summary>Gets the names that workers do not tell the host, in the form of <see cref="Include"/>. They take precedence over it.
    /// Default: empty.</summary>
    public IList<string> Exclude { get; } = [];

    /// <summary>Gets or sets the share of events and spans that workers tell the host, from 0 to 1. Spans in other spans go with the
    /// outermost one. Counters and histograms are always complete. Default 1.</summary>
    public double Sampling { get; set; } = 1;

    /// <summary>Gets or sets how many series an instrument may have in this pool: combinations of the tags that tools give. Measurements
    /// beyond that are dropped and counted. Default 200.</summary>
    public int MaxSeries { get; set; } = 200;
}
