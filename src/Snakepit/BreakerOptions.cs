namespace Snakepit;

/// <summary>When calls are refused without being tried, since too many before them failed by the pool's fault: workers lost, deadlines missed while
/// running, no worker that can start. What a tool raises, and what a full queue rejects, does not count.</summary>
public sealed class BreakerOptions
{
    /// <summary>The share of failed calls, above 0 and up to 1, at which the circuit opens. Default null: never.</summary>
    public double? FailureRatio { get; set; }

    /// <summary>Fewer calls within <see cref="Window"/> say nothing. Default 20; at least 2.</summary>
    public int MinimumCalls { get; set; } = 20;

    /// <summary>Over how long the share is taken. Default 30 s; at least 500 ms.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an open circuit refuses calls with <see cref="CircuitOpenException"/>, before a single one tries whether it may close.
    /// Default 5 s; at least 500 ms.</summary>
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(5);
}
