namespace Snakepit.Pools.Kernel;

/// <summary>
/// Counts the latest failures of workers by cause, and delays the next start accordingly. Every cause has a row of its own. The pause grows
/// with each failure of the same cause. A row ends when the cause has not recurred for a while, or when a worker that was started after the
/// last failure shows that the cause is gone.
/// The pool has a ledger, which limits how often anything is started at all, and each slot has one of its own. A slot waits for its own
/// pauses. The pool's pauses apply to the slots that have failed: any other slot may try earlier, and a try that fails uses up the pool's
/// next turn.
/// </summary>
internal sealed class RestartLedger(PoolPlan plan)
{
    /// <summary>The number of consecutive failures of one cause that is worth reporting.</summary>
    public const int Telling = 3;

    private const int MaxCauses = 8;
    private const int Growth = 2; // the binary logarithm of four
    private const int TriesAhead = 5; // with the pauses after as many failures, six starts in the first minute, over all slots
    private readonly List<RestartRow> _rows = [];

    public IReadOnlyList<RestartRow> Rows => _rows;

    /// <summary>Whether the last start has failed, so that the next one probes for all slots.</summary>
    public bool IsTrying => _rows.Exists(static row => row is { HoldsUpReplacement: false, SaysNothing: false });

    /// <summary>The number of consecutive failed starts, whatever their causes.</summary>
    public int UselessStarts
    {
        get
        {
            int count = 0;
            foreach (RestartRow row in _rows)
            {
                count += row is { HoldsUpReplacement: false, SaysNothing: false } ? row.Failures : 0;
            }
            return count;
        }
    }

    /// <summary>Whether workers are replaced again and again, and their replacements are no better.</summary>
    public bool IsBraking => _rows.Exists(static row => row.HoldsUpReplacement && row.Failures >= Telling);

    /// <summary>The time of the next start in a slot that has failed for every cause.</summary>
    public long NextStart
    {
        get
        {
            long latest = long.MinValue;
            foreach (RestartRow row in _rows)
            {
                latest = row.HoldsUpReplacement ? latest : Math.Max(latest, row.NextAt);
            }
            return latest;
        }
    }

    /// <summary>The time of the last failure; long.MinValue when there was none.</summary>
    public long LastAt
    {
        get
        {
            long last = long.MinValue;
            foreach (RestartRow row in _rows)
            {
                last = Math.Max(last, row.LastAt);
            }
            return last;
        }
    }

    /// <summary>The next time at which a row that appears in the pool's state ends by itself.</summary>
    public long NextEnd
    {
        get
        {
            long end = long.MaxValue;
            foreach (RestartRow row in _rows)
            {
                end = row.HoldsUpReplacement && row.Failures >= Telling ? Math.Min(end, row.EndsAt) : end;
            }
            return end;
        }
    }

    /// <summary>Returns the time before which no worker starts in the slot.</summary>
    /// <param name="slot">The slot's own ledger.</param>
    public long NextStartIn(RestartLedger slot)
    {
        long latest = slot.NextStart;
        foreach (RestartRow row in _rows)
        {
            latest = row.HoldsUpReplacement ? latest : Math.Max(latest, slot.PauseOf(row));
        }
        return latest;
    }

    /// <summary>Returns the time before which the slot's worker is not replaced for that reason.</summary>
    public long NextReplacementIn(RestartLedger slot, Reason reason)
    {
        long latest = long.MinValue;
        foreach (RestartRow row in _rows)
        {
            latest = row.HoldsUpReplacement && row.Cause.Reason == reason ? Math.Max(latest, slot.PauseOf(row)) : latest;
        }
        foreach (RestartRow row in slot._rows)
        {
            latest = row.HoldsUpReplacement && row.Cause.Reason == reason ? Math.Max(latest, row.NextAt) : latest;
        }
        return latest;
    }

    /// <summary>Records a failure.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="now">The time.</param>
    /// <param name="chance">A random number from 0 to 1, for the jitter.</param>
    /// <param name="slot">The ledger of the worker's slot; null when it has none, or this is the slot's own ledger.</param>
    /// <param name="row">The row, including this failure.</param>
    /// <returns>Whether the failure counts: kills from outside often hit many workers at a time, and count once.</returns>
    public bool Fail(in RestartFailure failure, long now, double chance, RestartLedger? slot, out RestartRow row)
    {
        Prune(now);
        int index = FindOrAdd(failure.Cause);
        row = _rows[index];
        if (failure.IsForeign && failure.LaunchedAt < row.LastAt)
        {
            return false;
        }
        int failures = row.Failures + 1;
        long pause = failures == 1 && failure.IsExcused ? 0
            : failure.SaysNothing ? plan.InitialBackoff
            : PauseAfter(failures);
        pause += (long)(pause * plan.Jitter * chance);
        bool isAhead = slot is not null
            && !row.HoldsUpReplacement
            && row.Failures > 0
            && failure.LaunchedAt >= row.LastAt
            && failure.LaunchedAt < row.NextAt;
        long next = Math.Max(isAhead ? Math.Min(row.NextAt + pause, now + LongestPause) : row.NextAt, now + pause);
        row = row with
        {
            Failures = failures,
            BeganAt = row.Failures == 0 ? now : row.BeganAt,
            LastAt = now,
            Successor = failure.Successor,
            SaysNothing = failure.SaysNothing,
            Pause = pause,
            NextAt = next,
            EndsAt = EndOf(row.Cause, next),
        };
        row = slot?.HasMet(row) == true ? LetOthersWait(row) : LetOthersTry(row, now);
        _rows[index] = row;
        return true;
    }

    /// <summary>Another slot has failed: the remaining slots may try after a pause that grows with the number of failed slots.</summary>
    private RestartRow LetOthersTry(in RestartRow row, long now) =>
        LetOthersWait(row with { Slots = row.Slots + 1, OthersAt = row.Slots == 0 ? now : now + PauseAfter(row.Slots) });

    private RestartRow LetOthersWait(in RestartRow row) =>
        row with
        {
            OthersAt = row.Failures < TriesAhead
                ? row.OthersAt
                : Math.Max(row.OthersAt, PoolKernel.SafeAdd(row.BeganAt, 60 * plan.Frequency)),
        };

    /// <summary>Returns the end of the pool's pause for this slot.</summary>
    private long PauseOf(in RestartRow row) => HasMet(row) ? row.NextAt : Math.Min(row.NextAt, row.OthersAt);

    /// <summary>Returns whether this slot has failed since the pool's row began, for its cause.</summary>
    private bool HasMet(in RestartRow row)
    {
        foreach (RestartRow own in _rows)
        {
            bool isOfCause = own.Cause == row.Cause
                || (own.Cause.Reason == row.Cause.Reason
                    && (own.Cause.Detail == RestartCause.Various || row.Cause.Detail == RestartCause.Various));
            if (isOfCause && own.LastAt >= row.BeganAt)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Ends the rows that a worker has disproved.</summary>
    /// <returns>Whether a row has ended.</returns>
    public bool Succeed(RestartProof proof, WorkerKey worker, long launchedAt)
    {
        int before = _rows.Count;
        for (int i = before - 1; i >= 0; i--)
        {
            if (_rows[i].Proof == proof && _rows[i].IsTestedBy(worker, launchedAt))
            {
                _rows.RemoveAt(i);
            }
        }
        return _rows.Count < before;
    }

    /// <summary>Clears all rows, because workers load other code now.</summary>
    public void Clear() => _rows.Clear();

    /// <summary>Removes the rows whose cause has not recurred.</summary>
    public void Prune(long now)
    {
        for (int i = _rows.Count - 1; i >= 0; i--)
        {
            if (now > _rows[i].EndsAt)
            {
                _rows.RemoveAt(i);
            }
        }
    }

    public void Exchange(KernelImage image)
    {
        int count = image.Of(_rows.Count);
        for (int i = 0; i < count; i++)
        {
            RestartRow row = RestartRow.Exchange(image.IsLoading ? default : _rows[i], image);
            if (image.IsLoading)
            {
                _rows.Add(row);
            }
        }
    }

    private long LongestPause => plan.MaxBackoff + (long)(plan.MaxBackoff * plan.Jitter);

    private long PauseAfter(int failures)
    {
        long pause = plan.InitialBackoff << Math.Min(Growth * (failures - 1), 16);
        return pause <= 0 || pause > plan.MaxBackoff ? plan.MaxBackoff : pause;
    }

    /// <summary>Returns the end of a row. Whether health checks pass again only shows at the next one.</summary>
    private long EndOf(RestartCause cause, long next)
    {
        long window = cause.Reason == Reason.HealthCheckFailed ? Math.Max(plan.RestartWindow, 2 * plan.CheckInterval) : plan.RestartWindow;
        return PoolKernel.SafeAdd(next, window);
    }

    /// <summary>
    /// Finds or adds the row of a cause. All failures of an adapter that fails in a new way each time count as one cause.
    /// </summary>
    private int FindOrAdd(RestartCause cause)
    {
        int index = _rows.FindIndex(row => row.Cause == cause);
        if (index < 0 && _rows.Count >= MaxCauses)
        {
            cause = cause with { Detail = RestartCause.Various };
            index = _rows.FindIndex(row => row.Cause == cause);
        }
        if (index < 0)
        {
            index = _rows.Count;
            _rows.Add(new RestartRow { Cause = cause, LastAt = long.MinValue, NextAt = long.MinValue, EndsAt = long.MinValue });
        }
        return index;
    }
}
