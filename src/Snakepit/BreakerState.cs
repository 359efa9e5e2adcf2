namespace Snakepit;

/// <summary>What a pool's circuit breaker does.</summary>
public enum BreakerState
{
    /// <summary>Calls pass.</summary>
    Closed,

    /// <summary>Calls are refused with <see cref="CircuitOpenException"/>.</summary>
    Open,

    /// <summary>One call passes; how it ends decides.</summary>
    HalfOpen,
}
