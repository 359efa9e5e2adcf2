namespace Snakepit;

/// <summary>Specifies what a pool's circuit breaker does with calls.</summary>
public enum BreakerState
{
    /// <summary>Calls pass.</summary>
    Closed,

    /// <summary>Calls are refused with <see cref="CircuitOpenException"/>.</summary>
    Open,

    /// <summary>A single trial call passes, and its outcome decides whether the breaker closes.</summary>
    HalfOpen,
}
