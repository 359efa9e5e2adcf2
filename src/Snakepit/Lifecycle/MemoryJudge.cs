namespace Snakepit.Lifecycle;

/// <summary>
/// Judges one worker's memory. It does no I/O: it gets the readings with their times, and decides what to read next and what to do.
/// </summary>
internal sealed class MemoryJudge(SamplingPlan plan)
{
    // An exact reading takes the lock of the worker's memory map and walks its page tables.
    private static readonly TimeSpan s_exactFor = TimeSpan.FromSeconds(1);

    private readonly FamilyMemory _memory = new();
    private readonly SoftLimitJudge _soft = new(plan.Interval);
    private bool _baselineWanted;
    private long? _baseline; // without inherited pages
    private long? _reported;
    private long _peak;
    private long _lastTotal;
    private TimeSpan _lastDecided;
    private double _growthPerTick;
    private bool _hardTold;

    /// <summary>Whether the worker shares pages with a zygote and is ready. Before that it counts as forked, to be safe.</summary>
    public bool IsReadyAndForked => IsForked && _baseline is not null;

    public bool IsForked => Own.IsForked;

    /// <summary>Whether its page faults are useful: it copies pages that were resident before, and enough of them to matter.</summary>
    public bool NeedsFaults => IsReadyAndForked && Matters(_memory.ResidentAtMost);

    public MemoryReading Reading => new(_memory.Total, _peak, (_baseline ?? 0) + Own.Inherited, SoftLimit, HardLimit, Own.Resident);

    /// <summary>Whether exact readings could change the verdict.</summary>
    public bool CouldMatter => Matters(_memory.AtMost);

    private MemoryEstimate Own => _memory.Own;

    private long? SoftLimit => _reported is null ? _baseline + Own.Inherited + plan.SoftLimit : plan.SoftLimit;

    private long? HardLimit => plan.HardLimit + Own.Inherited;

    /// <summary>Judges by other limits from now on.</summary>
    public void Adopt(SamplingPlan next) => plan = next;

    /// <summary>The worker is ready: its present memory is its baseline.</summary>
    public void TakeBaseline(bool isForked)
    {
        Own.IsForked = isForked;
        _baselineWanted = true;
    }

    /// <summary>The process that the worker was forked from has ended.</summary>
    public void NoteZygoteEnded() => Own.NoteOthersEnded();

    /// <summary>Sets the memory usage that the adapter reports; from now on it is compared with the soft limit.</summary>
    public void Report(long bytes) => _reported = bytes;

    /// <inheritdoc cref="SoftLimitJudge.LookAgain"/>
    public void LookAgain() => _soft.LookAgain();

    public void NoteCollected() => _soft.NoteCollected();

    public void NoteSwap(long bytes) => Own.Swap = bytes;

    /// <param name="resident">Its own resident memory without files and shared memory.</param>
    public void Observe(long resident) => Own.Observe(resident);

    /// <param name="faults">Its page faults so far. For a forked worker, they must be set before each calibration.</param>
    public void ObserveFaults(long faults) => Own.ObserveFaults(faults);

    /// <summary>Sets the memory of its child processes and the rest of its group.</summary>
    public void ObserveMembers(bool any, long bytes, long atMost) => _memory.ObserveMembers(any, bytes, atMost);

    /// <summary>Returns whether its exact private memory should be read now.</summary>
    public bool WantsCalibration(TimeSpan now) =>
        _baselineWanted || Own.WantsCalibration || (CouldMatter && (_soft.IsLooking || IsStale(now, s_exactFor)));

    /// <summary>Returns whether the last exact reading is older than that, or missing.</summary>
    public bool IsStale(TimeSpan now, TimeSpan age) => Own.CalibratedAt is not { } at || now - at >= age;

    /// <param name="now">The time of the reading.</param>
    /// <param name="privateBytes">The private memory; null when it cannot be read.</param>
    public void Calibrate(TimeSpan now, long? privateBytes)
    {
        _memory.Calibrate(now, privateBytes);
        if (privateBytes is null && _baselineWanted && IsForked)
        {
            Own.RegardAsShared(); // most of it is the zygote's and must not count against the worker
        }
    }

    /// <summary>Returns the verdict on the last reading.</summary>
    public MemoryVerdict Decide(TimeSpan now)
    {
        long total = _memory.Total;
        TimeSpan sinceLast = now - _lastDecided;
        _growthPerTick = sinceLast > TimeSpan.Zero ? (total - _lastTotal) / (double)sinceLast.Ticks : 0;
        (_lastTotal, _lastDecided) = (total, now);
        _peak = Math.Max(_peak, total);
        bool isFresh = TakeBaselineNow(total);
        MemoryVerdict soft = _soft.Decide(now, sinceLast, isOver: (_reported ?? total) > SoftLimit);
        return DecideHard(total) ? MemoryVerdict.Hard : isFresh ? MemoryVerdict.FreshOverLimit : soft;
    }

    /// <summary>Returns the time until the next reading.</summary>
    public TimeSpan NextLook()
    {
        TimeSpan shortest = plan.Interval / SoftLimitJudge.LooksPerInterval;
        if (_soft.IsUndecided)
        {
            return shortest;
        }
        if (HardLimit - _lastTotal is not { } room || room < 0)
        {
            return plan.Interval;
        }
        // Near the limit: a sudden growth would be seen late, a steady one can be foreseen.
        TimeSpan next = room < plan.HardLimit / 4 ? plan.Interval * 0.4 : plan.Interval;
        double ticks = _growthPerTick > 0 ? room / _growthPerTick / 2 : double.MaxValue;
        return ticks >= next.Ticks ? next : TimeSpan.FromTicks(Math.Max(shortest.Ticks, (long)ticks));
    }

    private bool Matters(long total) =>
        total > HardLimit || (_reported is null && (!_soft.IsTold || _soft.IsLooking) && total > SoftLimit);

    private bool TakeBaselineNow(long total)
    {
        if (!_baselineWanted)
        {
            return false;
        }
        _baselineWanted = false;
        _baseline = total - Own.Inherited;
        return _reported is null && total >= plan.SoftLimit;
    }

    private bool DecideHard(long total)
    {
        bool isOver = total > HardLimit;
        bool isNews = isOver && !_hardTold;
        _hardTold = isOver;
        return isNews;
    }
}
