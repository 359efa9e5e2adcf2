namespace Snakepit;

/// <summary>How often a call that failed without fault of its own is made again. Only what is safe is repeated: a failure whose exception says
/// <see cref="SnakepitException.IsTransient"/>. A repeated call keeps the deadline it began with.</summary>
public sealed class RetryOptions
{
    /// <summary>How often a call is made again at most. Default 0: never. Whatever it is, calls that never began and calls of idempotent tools
    /// that lost their worker are run elsewhere without their callers noticing: <see cref="CallLimitOptions.MaxAttempts"/>.</summary>
    public int MaxRetries { get; set; }

    /// <summary>The wait before the first retry; it doubles with each further one, and is random by half. Default 100 ms.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait. Default 5 s.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one attempt may take, within the deadline of the whole call. Default null: as long as the whole call.</summary>
    public TimeSpan? AttemptTimeout { get; set; }
}
