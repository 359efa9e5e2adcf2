namespace Snakepit.Lifecycle;

/// <summary>Judges one worker's memory. Pure: it is told what was read and when, says what is to be read next, and what is to be done.</summary>
internal sealed class MemoryJudge(SamplingPlan plan)
{
    private const int LooksPerInterval = 10;

    // An exact reading takes the lock of the worker's memory map and walks its page tables.
    private static readonly TimeSpan s_exactFor = TimeSpan.FromSeconds(1);

    // A tool that takes and frees a lot in every call is not made to collect garbage all the time.
    private static readonly TimeSpan s_collectPause = TimeSpan.FromSeconds(10);

    // So long a second look waits for a collection. A large heap takes longer, and is large.
    private static readonly TimeSpan s_collectPatience = TimeSpan.FromMilliseconds(250);

    private readonly MemoryEstimate _own = new();
    private long _members;
    private long _membersAtMost;
    private bool _hasMembers;
    private bool _baselineWanted;
    private long? _baseline; // without what was inherited
    private long? _reported;
    private long _peak;
    private long _lastTotal;
    private TimeSpan _lastDecided;
    private double _growthPerTick;
    private TimeSpan? _overFor;
    private TimeSpan? _collectedAt;
    private SecondLook _look;
    private TimeSpan _lookedAt;
    private bool _softTold;
    private bool _hardTold;

    /// <summary>It shares pages with a zygote, and is ready: before that it is taken for forked to be safe.</summary>
    public bool IsReadyAndForked => IsForked && _baseline is not null;

    public bool IsForked => _own.IsForked;

    /// <summary>Whether its page faults are of use: it copies pages that were resident before, and so many that it could matter.</summary>
    public bool NeedsFaults => IsReadyAndForked && Matters(_own.Resident + _membersAtMost);

    public MemoryReading Reading => new(
        Total, _peak, (_baseline ?? 0) + _own.Inherited, SoftLimit, plan.HardLimit + _own.Inherited, _own.Resident);

    private long Total => _own.Value + _members;

    private long? SoftLimit => _reported is null ? _baseline + _own.Inherited + plan.SoftLimit : plan.SoftLimit;

    /// <summary>Whether exact readings could change the verdict.</summary>
    public bool CouldMatter => Matters(_own.AtMost + _membersAtMost);

    /// <summary>It is ready: what it has now is what it needs.</summary>
    public void TakeBaseline(bool isForked)
    {
        _own.IsForked = isForked;
        _baselineWanted = true;
    }

    /// <summary>The process that it was forked from has ended.</summary>
    public void NoteZygoteEnded() => _own.NoteOthersEnded();

    /// <summary>What its adapter says that it uses; from now on this is held against the soft limit.</summary>
    public void Report(long bytes) => _reported = bytes;

    /// <summary>What it had too much of may have been freed meanwhile: the next verdict is on what it has then, and one comes in any case.</summary>
    public void LookAgain() => _look = SecondLook.Wanted;

    public void NoteCollected() => _look = _look == SecondLook.Collecting ? SecondLook.Last : _look;

    public void NoteSwap(long bytes) => _own.Swap = bytes;

    /// <param name="resident">Its own, without files and shared memory.</param>
    public void Observe(long resident) => _own.Observe(resident);

    /// <param name="faults">Its page faults so far; for one that was forked to be told before each calibration.</param>
    public void ObserveFaults(long faults) => _own.ObserveFaults(faults);

    /// <summary>Its child processes and whoever else is in its group, together.</summary>
    public void ObserveMembers(bool any, long bytes, long atMost)
    {
        _hasMembers |= any;
        (_members, _membersAtMost) = (bytes, atMost);
    }

    /// <summary>Whether its exact private memory should be read now.</summary>
    public bool WantsCalibration(TimeSpan now) => _baselineWanted || _own.WantsCalibration || (CouldMatter && (_look != SecondLook.None || IsStale(now, s_exactFor)));

    /// <summary>Whether the last exact reading is older than that, or there is none.</summary>
    public bool IsStale(TimeSpan now, TimeSpan age) => _own.CalibratedAt is not { } at || now - at >= age;

    /// <param name="now">When it was read.</param>
    /// <param name="privateBytes">Null: it can't be read.</param>
    public void Calibrate(TimeSpan now, long? privateBytes)
    {
        _own.Calibrate(now, privateBytes, _hasMembers);
        if (privateBytes is null && _baselineWanted && IsForked)
        {
            _own.RegardAsShared(); // most of it is the zygote's, and not to be held against it
        }
    }

    /// <summary>The verdict on what was read last.</summary>
    public MemoryVerdict Decide(TimeSpan now)
    {
        long total = Total;
        TimeSpan sinceLast = now - _lastDecided;
        _growthPerTick = sinceLast > TimeSpan.Zero ? (total - _lastTotal) / (double)sinceLast.Ticks : 0;
        (_lastTotal, _lastDecided) = (total, now);
        _peak = Math.Max(_peak, total);
        bool isFresh = TakeBaselineNow(total);
        MemoryVerdict soft = DecideSoft(now, sinceLast);
        return DecideHard(total) ? MemoryVerdict.Hard : isFresh ? MemoryVerdict.FreshOverLimit : soft;
    }

    /// <summary>How soon it is to be looked at again.</summary>
    public TimeSpan NextLook()
    {
        TimeSpan shortest = plan.Interval / LooksPerInterval;
        if (_look != SecondLook.None || (_overFor is not null && !_softTold))
        {
            return shortest;
        }
        if (plan.HardLimit + _own.Inherited - _lastTotal is not { } room || room < 0)
        {
            return plan.Interval;
        }
        // From nearby a sudden growth would be seen late, a steady one can be foreseen.
        TimeSpan next = room < plan.HardLimit / 4 ? plan.Interval * 0.4 : plan.Interval;
        double ticks = _growthPerTick > 0 ? room / _growthPerTick / 2 : double.MaxValue;
        return ticks >= next.Ticks ? next : TimeSpan.FromTicks(Math.Max(shortest.Ticks, (long)ticks));
    }

    private bool Matters(long total) =>
        total > plan.HardLimit + _own.Inherited || (_reported is null && (!_softTold || _look != SecondLook.None) && total > SoftLimit);

    private bool TakeBaselineNow(long total)
    {
        if (!_baselineWanted)
        {
            return false;
        }
        _baselineWanted = false;
        _baseline = total - _own.Inherited;
        return _reported is null && total >= plan.SoftLimit;
    }

    private bool DecideHard(long total)
    {
        bool isOver = total > plan.HardLimit + _own.Inherited;
        bool isNews = isOver && !_hardTold;
        _hardTold = isOver;
        return isNews;
    }

    /// <summary>It has to be over at every look during half an interval: memory that comes and goes with each call is below at one of them, however
    /// many calls there are. When looks come late it may have been below between two, so these count for little of the time.</summary>
    private MemoryVerdict DecideSoft(TimeSpan now, TimeSpan sinceLast)
    {
        if ((_reported ?? Total) > SoftLimit != true)
        {
            bool wasTold = _softTold || _look != SecondLook.None;
            (_overFor, _softTold, _look) = (null, false, SecondLook.None);
            return wasTold ? MemoryVerdict.Cleared : MemoryVerdict.None;
        }
        if (_look != SecondLook.None)
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
        TimeSpan most = plan.Interval / LooksPerInterval * 2;
        _overFor = overFor += sinceLast < most ? sinceLast : most;
        if (_softTold || overFor < plan.Interval / 2)
        {
            return MemoryVerdict.None;
        }
        _softTold = true;
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
        (_look, _softTold) = (SecondLook.None, true);
        return MemoryVerdict.Soft;
    }

    private enum SecondLook : byte
    {
        None,
        Wanted,

        /// <summary>It was still over, and is asked to collect its garbage.</summary>
        Collecting,

        /// <summary>It has.</summary>
        Last,
    }
}
