namespace Snakepit.Resilience;

/// <summary>What all attempts of a call share: their time.</summary>
internal sealed class CallTime(TimeProvider clock, TimeSpan timeout, Func<bool>? mayRepeat = null)
{
    private readonly long _begun = clock.GetTimestamp();

    /// <summary>The failure of the last attempt.</summary>
    public Exception? LastFailure { get; set; }

    /// <summary>Whether the call may run again: nobody has seen a part of its result.</summary>
    public bool MayRepeat => mayRepeat is null || mayRepeat();

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
