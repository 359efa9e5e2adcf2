namespace Snakepit.Lifecycle;

/// <summary>Judges whether a worker stays over its soft limit: it is asked to collect its garbage first, and where its memory is to be looked
/// at again, once more before that verdict. Pure.</summary>
internal sealed class SoftLimitJudge(TimeSpan interval)
{
    public const int LooksPerInterval = 10;

    // A tool that takes and frees a lot in every call is not made to collect garbage all the time.
    private static readonly TimeSpan s_collectPause = TimeSpan.FromSeconds(10);

    // So long a second look waits for a collection. A large heap takes longer, and is large.
    private static readonly TimeSpan s_collectPatience = TimeSpan.FromMilliseconds(250);

    private TimeSpan? _overFor;
    private TimeSpan? _collectedAt;
    private SecondLook _look;
    private TimeSpan _lookedAt;

    /// <summary>A second look is to come.</summary>
    public bool IsLooking => _look != SecondLook.None;

    /// <summary>The worker was told to be over its limit, and was not below since.</summary>
    public bool IsTold { get; private set; }

    /// <summary>A verdict is near: the worker is to be looked at often.</summary>
    public bool IsUndecided => IsLooking || (_overFor is not null && !IsTold);

    /// <summary>What the worker had too much of may have been freed meanwhile: the next verdict is on what it has then, and one comes in any
    /// case.</summary>
    public void LookAgain() => _look = SecondLook.Wanted;

    public void NoteCollected() => _look = _look == SecondLook.Collecting ? SecondLook.Last : _look;

    /// <summary>The worker has to be over at every look during half an interval: memory that comes and goes with each call is below at one of
    /// them, however many calls there are. When looks come late it may have been below between two, so these count for little of the
    /// time.</summary>
    /// <param name="now">When it was read.</param>
    /// <param name="sinceLast">How long the last verdict is ago.</param>
    /// <param name="isOver">The worker has more than its limit.</param>
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

        /// <summary>The worker was still over, and is asked to collect its garbage.</summary>
        Collecting,

        /// <summary>It has.</summary>
        Last,
    }
}
