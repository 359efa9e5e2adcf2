namespace Snakepit.Resilience;

/// <summary>The time that all attempts of a call share.</summary>
internal sealed class CallTime(TimeProvider clock, TimeSpan timeout)
{
    private readonly long _begun = clock.GetTimestamp();

    /// <summary>The failure of the last attempt.</summary>
    public Exception? LastFailure { get; set; }

    public TimeSpan Remaining => timeout == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : timeout - clock.GetElapsedTime(_begun);

    /// <summary>Returns the time that the next attempt may take.</summary>
    public TimeSpan ForAttempt(TimeSpan? limit)
    {
        TimeSpan remaining = Remaining;
        return limit < remaining ? limit.Value
            : remaining == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan
            : remaining;
    }
}
