namespace Snakepit;

/// <summary>Options of the circuit breaker, which refuses calls without trying them when too many calls fail through the pool's fault: lost
/// workers, deadlines missed while running, no worker that can start. Exceptions raised by tools and rejections by a full queue do not
/// count.</summary>
public sealed class BreakerOptions
{
    /// <summary>Gets or sets the share of failed calls, above 0 and up to 1, at which the breaker opens. Calls are then refused without
    /// being tried. Default null: never.</summary>
    public double? FailureRatio { get; set; }

    /// <summary>Gets or sets the minimum number of calls within <see cref="Window"/> for the ratio to count. Default 20; at least
    /// 2.</summary>
    public int MinimumCalls { get; set; } = 20;

    /// <summary>Gets or sets the period over which the ratio is computed. Default 30 s; at least 500 ms.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how long an open breaker refuses calls with <see cref="CircuitOpenException"/> before it lets one call through
    /// as a trial. Default 5 s; at least 500 ms.</summary>
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(5);
}
