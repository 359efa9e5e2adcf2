namespace Snakepit;

/// <summary>Options for retrying calls that failed through no fault of their own. Only safe failures are retried: those whose exception has
/// <see cref="SnakepitException.IsTransient"/> set. A retried call keeps its original deadline.</summary>
public sealed class RetryOptions
{
    /// <summary>Gets or sets the maximum number of retries of a call. Independently of it, calls that never began, and calls of idempotent
    /// tools that lost their worker, run elsewhere without their callers noticing: see <see cref="CallLimitOptions.MaxAttempts"/>. Default
    /// 0: no retry.</summary>
    public int MaxRetries { get; set; }

    /// <summary>Gets or sets the delay before the first retry. It doubles with each retry, and half of it is random. Default 100
    /// ms.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets the longest delay between retries. Default 5 s.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how long one attempt may take, within the deadline of the whole call. Default null: as long as the whole
    /// call.</summary>
    public TimeSpan? AttemptTimeout { get; set; }
}
