namespace Snakepit.Workers;

/// <summary>Decides whether another zygote may be started, by the ends of earlier ones. Used under its owner's lock.</summary>
internal sealed class ZygoteBackoff(TimeProvider time)
{
    private static readonly TimeSpan s_firstBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_maxBackoff = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_proven = TimeSpan.FromMinutes(1); // after this time, an end counts as the first failure
    private long _lostAt;
    private TimeSpan _backoff;
    private int _losses;
    private bool _refused;

    public bool MayBegin => !_refused && (_losses == 0 || time.GetElapsedTime(_lostAt) >= _backoff);

    /// <summary>After a refusal a new zygote is tried at once, because a change may have removed its cause.</summary>
    public void Reset()
    {
        _refused = false;
        _losses = 0;
        _backoff = TimeSpan.Zero;
    }

    /// <param name="isRenewal">
    /// Whether it was to replace one that was ready. It may have seen half of a change, so another one is tried later.
    /// </param>
    public void NoteRefused(bool isRenewal)
    {
        _refused = !isRenewal;
        _backoff = isRenewal ? BackoffAfter(++_losses) : _backoff;
        _lostAt = time.GetTimestamp();
    }

    /// <param name="readyAt">The time at which it became ready; null when it never did.</param>
    /// <returns>The time for which no zygote is started.</returns>
    public TimeSpan NoteLost(long? readyAt)
    {
        _losses = readyAt is { } since && time.GetElapsedTime(since) >= s_proven ? 0 : _losses;
        _backoff = BackoffAfter(_losses++);
        _lostAt = time.GetTimestamp();
        return _backoff;
    }

    private static TimeSpan BackoffAfter(int losses) =>
        losses == 0 ? TimeSpan.Zero : s_firstBackoff * Math.Min(Math.Pow(4, losses - 1), s_maxBackoff / s_firstBackoff);
}
