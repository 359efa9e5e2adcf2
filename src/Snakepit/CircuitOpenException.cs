namespace Snakepit;

/// <summary>The call was not tried: too many before it failed by the pool's fault (<see cref="BreakerOptions"/>). Try after
/// <see cref="RetryAfter"/>, or elsewhere.</summary>
public sealed class CircuitOpenException : SnakepitException
{
    internal CircuitOpenException(string message, string pool, TimeSpan retryAfter, Exception? lastFailure)
        : base(message, lastFailure)
    {
        Pool = pool;
        RetryAfter = retryAfter;
    }

    /// <summary>The pool.</summary>
    public string Pool { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;

    /// <summary>When a call is let through again to see whether the circuit may close.</summary>
    public TimeSpan RetryAfter { get; }
}
