namespace Snakepit.Workers;

/// <summary>Whether another zygote may be begun, after what has become of the ones before. Used under its owner's lock.</summary>
internal sealed class ZygoteBackoff(TimeProvider time)
{
    private static readonly TimeSpan s_firstBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_maxBackoff = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_proven = TimeSpan.FromMinutes(1); // one that lived so long does not keep dying
    private long _lostAt;
    private TimeSpan _backoff;
    private int _losses;
    private bool _refused;

    public bool MayBegin => !_refused && (_losses == 0 || time.GetElapsedTime(_lostAt) >= _backoff);

    /// <summary>What was refused is tried again, and at once: a change may have been the remedy.</summary>
    public void Reset()
    {
        _refused = false;
        _losses = 0;
        _backoff = TimeSpan.Zero;
    }

    /// <param name="isRenewal">It was to stand in for one that was ready: what it has found may be half of a change, so another is tried
    /// later.</param>
    public void NoteRefused(bool isRenewal)
    {
        _refused = !isRenewal;
        _backoff = isRenewal ? BackoffAfter(++_losses) : _backoff;
        _lostAt = time.GetTimestamp();
    }

    /// <param name="readyAt">When it became ready; null: it never did.</param>
    /// <returns>How long none is begun.</returns>
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
