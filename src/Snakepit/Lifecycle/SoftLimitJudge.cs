namespace Snakepit.Lifecycle;

/// <summary>
/// Judges whether a worker stays above its soft limit. It first asks the worker to collect its garbage, and once more before the verdict of
/// a second look. It does no I/O.
/// </summary>
internal sealed class SoftLimitJudge(TimeSpan interval)
{
    public const int LooksPerInterval = 10;

    // A tool that allocates and frees a lot in every call must not cause collections all the time.
    private static readonly TimeSpan s_collectPause = TimeSpan.FromSeconds(10);

    // A second look waits that long for a collection. A large heap takes longer, and is large.
    private static readonly TimeSpan s_collectPatience = TimeSpan.FromMilliseconds(250);

    private TimeSpan? _overFor;
    private TimeSpan? _collectedAt;
    private SecondLook _look;
    private TimeSpan _lookedAt;

    /// <summary>Whether a second look is to come.</summary>
    public bool IsLooking => _look != SecondLook.None;

    /// <summary>Whether the worker was reported to be above its limit, and was not below since.</summary>
    public bool IsTold { get; private set; }

    /// <summary>Whether a verdict is near, so that the worker must be read often.</summary>
    public bool IsUndecided => IsLooking || (_overFor is not null && !IsTold);

    /// <summary>
    /// The excess may have been freed meanwhile: the next verdict is about the memory at that time, and follows in any case.
    /// </summary>
    public void LookAgain() => _look = SecondLook.Wanted;

    public void NoteCollected() => _look = _look == SecondLook.Collecting ? SecondLook.Last : _look;

    /// <summary>
    /// Decides on a reading. The worker must be above the limit in every reading during half an interval: memory that comes and goes with
    /// each call is below it in one of them, however many calls there are. When readings come late, the memory may have been below between
    /// two, so these count for little of the time.
    /// </summary>
    /// <param name="now">The time of the reading.</param>
    /// <param name="sinceLast">The time since the last verdict.</param>
    /// <param name="isOver">Whether the worker is above its limit.</param>
    public MemoryVerdict Decide(TimeSpan now, TimeSpan sinceLast, bool isOver)
    {
        if (!isOver)
        {
            bool wasTold = IsTold || IsLooking;
            (_overFor, IsTold, _look) = (null, false, SecondLook.None);
            return wasTold ? MemoryVerdict.Cleared : MemoryVerdict.None;
        }
        if (IsLooking)
        {
            return DecideSecondLook(now);
        }
        if (_overFor is not { } overFor)
        {
            _overFor = TimeSpan.Zero;
            if (now - _collectedAt < s_collectPause)
            {
                return MemoryVerdict.None;
            }
            _collectedAt = now;
            return MemoryVerdict.Collect;
        }
        TimeSpan most = interval / LooksPerInterval * 2;
        _overFor = overFor += sinceLast < most ? sinceLast : most;
        if (IsTold || overFor < interval / 2)
        {
            return MemoryVerdict.None;
        }
        IsTold = true;
        return MemoryVerdict.Soft;
    }

    private MemoryVerdict DecideSecondLook(TimeSpan now)
    {
        if (_look == SecondLook.Wanted)
        {
            (_look, _lookedAt, _collectedAt) = (SecondLook.Collecting, now, now);
            return MemoryVerdict.Collect;
        }
        if (_look == SecondLook.Collecting && now - _lookedAt < s_collectPatience)
        {
            return MemoryVerdict.None;
        }
        (_look, IsTold) = (SecondLook.None, true);
        return MemoryVerdict.Soft;
    }

    private enum SecondLook : byte
    {
        None,
        Wanted,

        /// <summary>The worker was still above, and is asked to collect its garbage.</summary>
        Collecting,

        /// <summary>The worker has collected its garbage.</summary>
        Last,
    }
}
