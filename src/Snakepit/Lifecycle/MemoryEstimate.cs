namespace Snakepit.Lifecycle;

/// <summary>One process's private memory, carried forward from the last exact reading, which is dear, by what is cheap to read: its resident memory, and
/// for one that was forked its page faults, because a page that it copies was resident before. Pure.</summary>
internal sealed class MemoryEstimate
{
    private const long Unknown = long.MaxValue;

    private static readonly long s_pageSize = Environment.SystemPageSize;

    private long _resident;
    private long _shared; // of the resident pages
    private long _ownAtMost = Unknown; // private at the last calibration, and all it can have taken or copied since
    private long? _faults;
    private bool _othersEnded;

    /// <summary>It shares pages with the process it was forked from, as far as is known.</summary>
    public bool IsForked { get; set; } = true;

    /// <summary>When the exact value was last asked for; null: never.</summary>
    public TimeSpan? CalibratedAt { get; private set; }

    public long Resident => _resident + Swap;

    public long Swap { get; set; }

    public long Value => Math.Max(0, _resident - _shared) + Swap;

    /// <summary>What an exact reading could say at most: reading it is a waste when that is no trouble either.</summary>
    public long AtMost => Math.Max(Value, Math.Min(_resident, _ownAtMost) + Swap);

    /// <summary>Pages that became private without any doing of the process: those it had them in common with have ended, or have copied them.</summary>
    public long Inherited { get; private set; }

    public bool WantsCalibration { get; private set; }

    /// <param name="resident">Without files and shared memory.</param>
    public void Observe(long resident)
    {
        _ownAtMost += _ownAtMost != Unknown ? Math.Max(0, resident - _resident) : 0;
        _resident = resident;
    }

    /// <param name="faults">Since its beginning. Where they are not told, any resident page may have become its own.</param>
    public void ObserveFaults(long faults)
    {
        _ownAtMost += _ownAtMost != Unknown ? (faults - _faults.GetValueOrDefault()) * s_pageSize : 0;
        _faults = faults;
    }

    /// <summary>Whom it shares pages with has ended: what it owns at the next calibration beyond the present value, it has from there.</summary>
    public void NoteOthersEnded()
    {
        _othersEnded = true;
        WantsCalibration = true;
    }

    /// <param name="now">When it was read.</param>
    /// <param name="privateBytes">Exactly, without swap; null when that can't be read.</param>
    /// <param name="sharesWithChildren">What it shares with children of its own is not private while they live, and at their end it is not inherited.</param>
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
        _shared = Math.Max(0, _resident - exact); // it may have grown while it was read
        _ownAtMost = !IsForked || _faults is null ? Unknown : sharesWithChildren && ownAtMost != Unknown ? Math.Max(ownAtMost, exact) : exact;
    }

    /// <summary>Takes all it has for shared.</summary>
    public void RegardAsShared() => _shared = _resident;
}
