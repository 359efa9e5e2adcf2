using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>A worker's start, which begins when the gate admits it.</summary>
internal interface IGatedStart
{
    /// <summary>The name of its pool.</summary>
    string Pool { get; }

    int Slot { get; }

    void Begin();
}

/// <summary>
/// Limits how many workers of all pools start at once; other starts wait in order. A pool always has room for one, so that hanging starts
/// of one pool do not delay the others. Starts for which there is no memory wait too. One that waits only for the end of others holds up
/// later ones that need memory, so that small workers cannot keep a large one out.
/// </summary>
/// <param name="limit">The limit.</param>
/// <param name="budget">What all pools share.</param>
internal sealed class StartGate(int limit, HostBudget? budget = null) : IZygoteMemory
{
    private readonly Lock _gate = new();
    private readonly HashSet<IGatedStart> _begun = [];
    private readonly List<IGatedStart> _waiting = [];

    /// <summary>Begins the start, at once or when its turn has come. <see cref="Leave"/> must be called when it has ended.</summary>
    public void Enter(IGatedStart start)
    {
        lock (_gate)
        {
            _waiting.Add(start);
            BeginAll_NeedsLock(except: start);
            if (!_begun.Contains(start))
            {
                return;
            }
        }
        start.Begin();
    }

    /// <returns>True when the start waited, and will not begin any more.</returns>
    public bool TryWithdraw(IGatedStart start)
    {
        lock (_gate)
        {
            bool hasWaited = _waiting.Remove(start);
            if (hasWaited)
            {
                BeginAll_NeedsLock(); // others may have waited for it
            }
            return hasWaited;
        }
    }

    /// <summary>
    /// Makes room for other starts, which begin on other threads. Has no effect when called again, or for a start that has not begun.
    /// </summary>
    public void Leave(IGatedStart start)
    {
        lock (_gate)
        {
            if (_begun.Remove(start))
            {
                BeginAll_NeedsLock();
            }
        }
    }

    /// <summary>The memory of a worker was read, in bytes; 0 when it cannot be read.</summary>
    public void Measure(IGatedStart start, long bytes)
    {
        if (budget?.Note(start, bytes) == true)
        {
            BeginAll();
        }
    }

    /// <summary>The worker's process has ended, or will never exist: its memory is free.</summary>
    public void End(IGatedStart start)
    {
        if (budget?.Release(start) == true)
        {
            BeginAll();
        }
    }

    void IZygoteMemory.Note(string pool, IZygoteProcess zygote, long bytes) => budget?.NoteZygote(pool, zygote, bytes);

    void IZygoteMemory.Release(IZygoteProcess zygote)
    {
        if (budget?.ReleaseZygote(zygote) == true)
        {
            BeginAll();
        }
    }

    private void BeginAll()
    {
        lock (_gate)
        {
            BeginAll_NeedsLock();
        }
    }

    /// <param name="except">A start that its caller begins.</param>
    private void BeginAll_NeedsLock(IGatedStart? except = null)
    {
        bool isHeldUp = false;
        for (int i = 0; i < _waiting.Count;)
        {
            IGatedStart next = _waiting[i];
            if (!HasTurn_NeedsLock(next) || !HasMemory_NeedsLock(next, ref isHeldUp))
            {
                i++;
                continue;
            }
            _waiting.RemoveAt(i);
            _begun.Add(next);
            budget?.Reserve(next);
            if (next != except)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static next => next.Begin(), next, preferLocal: false);
            }
        }
    }

    private bool HasTurn_NeedsLock(IGatedStart start) => _begun.Count < limit || !_begun.Any(other => other.Pool == start.Pool);

    private bool HasMemory_NeedsLock(IGatedStart start, ref bool isHeldUp)
    {
        if (budget is null || budget.IsKept(start))
        {
            return true;
        }
        if (!isHeldUp && budget.HasRoom(start))
        {
            return true;
        }
        isHeldUp |= budget.HasRoom(start, whenSettled: true);
        return false;
    }
}
