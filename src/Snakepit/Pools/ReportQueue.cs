namespace Snakepit.Pools;

/// <summary>
/// The reports of a pool, in the kernel's order, whichever threads made the steps: one thread makes the reports of all. It only fills
/// queues, because user code runs elsewhere: log providers and the meter's listeners on threads of their own, watchers on theirs.
/// </summary>
internal sealed class ReportQueue
{
    private readonly Lock _gate = new();
    private readonly Queue<Report> _waiting = new();
    private int _count;
    private bool _telling;

    /// <summary>
    /// Whether there are no reports, or another thread is about to make the last one. Takes no lock, because every step checks it.
    /// </summary>
    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Adds a report. Under the pool's lock, which keeps the order.</summary>
    public void Add(in Report report)
    {
        lock (_gate)
        {
            _waiting.Enqueue(report);
            _count = _waiting.Count;
        }
    }

    /// <summary>Makes the waiting reports, unless another thread does.</summary>
    public void Tell(ReportRouter router)
    {
        Report next;
        lock (_gate)
        {
            if (_telling || !TryTake_NeedsLock(out next))
            {
                return;
            }
            _telling = true;
        }
        try
        {
            do
            {
                router.Route(next);
            }
            while (TryTake(out next));
        }
        catch
        {
            lock (_gate)
            {
                _telling = false; // a defect must not stop the reports for ever
            }
            throw;
        }
    }

    private bool TryTake(out Report next)
    {
        lock (_gate)
        {
            return _telling = TryTake_NeedsLock(out next);
        }
    }

    private bool TryTake_NeedsLock(out Report next)
    {
        bool isTaken = _waiting.TryDequeue(out next);
        _count = _waiting.Count;
        return isTaken;
    }
}
