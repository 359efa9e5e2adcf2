namespace Snakepit.Lifecycle;

/// <summary>
/// Estimates the private memory of one process. An exact reading is expensive, so the estimate updates the last one by cheap readings: the
/// resident memory, and for a forked process its page faults, because a page that it copies was resident before. It does no I/O.
/// </summary>
internal sealed class MemoryEstimate
{
    private const long Unknown = long.MaxValue;

    private static readonly long s_pageSize = Environment.SystemPageSize;

    private long _resident;
    private long _shared; // part of the resident pages
    private long _ownAtMost = Unknown; // private at the last calibration, plus everything that it can have allocated or copied since
    private long? _faults;
    private bool _othersEnded;

    /// <summary>Whether it shares pages with the process that it was forked from, as far as is known.</summary>
    public bool IsForked { get; set; } = true;

    /// <summary>The time of the last exact reading; null when there was none.</summary>
    public TimeSpan? CalibratedAt { get; private set; }

    public long Resident => _resident + Swap;

    public long Swap { get; set; }

    public long Value => Math.Max(0, _resident - _shared) + Swap;

    /// <summary>The most that an exact reading could return: if that is no problem either, the reading is not worth its cost.</summary>
    public long AtMost => Math.Max(Value, Math.Min(_resident, _ownAtMost) + Swap);

    /// <summary>
    /// Pages that became private without any action of the process, because the processes that shared them have ended or copied them.
    /// </summary>
    public long Inherited { get; private set; }

    public bool WantsCalibration { get; private set; }

    /// <param name="resident">The resident memory without files and shared memory.</param>
    public void Observe(long resident)
    {
        _ownAtMost += _ownAtMost != Unknown ? Math.Max(0, resident - _resident) : 0;
        _resident = resident;
    }

    /// <param name="faults">The page faults since its start. Where they are unknown, any resident page may have become private.</param>
    public void ObserveFaults(long faults)
    {
        _ownAtMost += _ownAtMost != Unknown ? (faults - _faults.GetValueOrDefault()) * s_pageSize : 0;
        _faults = faults;
    }

    /// <summary>
    /// A process that shared its pages has ended: what the next calibration finds above the current estimate is inherited.
    /// </summary>
    public void NoteOthersEnded()
    {
        _othersEnded = true;
        WantsCalibration = true;
    }

    /// <param name="now">The time of the reading.</param>
    /// <param name="privateBytes">The exact private memory without swap; null when it cannot be read.</param>
    /// <param name="sharesWithChildren">
    /// Whether it has children. Pages that it shares with them are not private while they live, and not inherited at their end.
    /// </param>
    public void Calibrate(TimeSpan now, long? privateBytes, bool sharesWithChildren)
    {
        long ownAtMost = _othersEnded ? Math.Min(_ownAtMost, Value - Swap) : _ownAtMost;
        CalibratedAt = now;
        (_othersEnded, WantsCalibration) = (false, false);
        if (privateBytes is not { } exact)
        {
            return;
        }
        if (IsForked && ownAtMost != Unknown)
        {
            Inherited += Math.Max(0, exact - ownAtMost);
        }
        _shared = Math.Max(0, _resident - exact); // it may have grown during the reading
        _ownAtMost =
            !IsForked || _faults is null ? Unknown : sharesWithChildren && ownAtMost != Unknown ? Math.Max(ownAtMost, exact) : exact;
    }

    /// <summary>Treats all its pages as shared.</summary>
    public void RegardAsShared() => _shared = _resident;
}
