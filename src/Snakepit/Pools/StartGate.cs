namespace Snakepit.Pools;

/// <summary>A worker's start, which begins when the gate lets it in.</summary>
internal interface IGatedStart
{
    /// <summary>The pool it is of.</summary>
    string Pool { get; }

    void Begin();
}

/// <summary>Bounds how many workers of all pools start at once; the others begin in the order they came. A pool always has room for one, so
/// that starts that hang in one pool hold up no other.</summary>
/// <param name="limit">How many.</param>
internal sealed class StartGate(int limit)
{
    private readonly Lock _gate = new();
    private readonly HashSet<IGatedStart> _begun = [];
    private readonly List<IGatedStart> _waiting = [];

    /// <summary>Begins the start, at once or when its turn has come. Then <see cref="Leave"/> is to be called when it is over.</summary>
    public void Enter(IGatedStart start)
    {
        lock (_gate)
        {
            if (!HasRoom_NeedsLock(start))
            {
                _waiting.Add(start);
                return;
            }
            _begun.Add(start);
        }
        start.Begin();
    }

    /// <returns>It waited, and will not begin any more.</returns>
    public bool TryWithdraw(IGatedStart start)
    {
        lock (_gate)
        {
            return _waiting.Remove(start);
        }
    }

    /// <summary>Makes room for others, which begin on other threads. Calling it again, or for one that has not begun, does
    /// nothing.</summary>
    public void Leave(IGatedStart start)
    {
        lock (_gate)
        {
            if (!_begun.Remove(start))
            {
                return;
            }
            for (int i = 0; i < _waiting.Count;)
            {
                IGatedStart next = _waiting[i];
                if (!HasRoom_NeedsLock(next))
                {
                    i++;
                    continue;
                }
                _waiting.RemoveAt(i);
                _begun.Add(next);
                ThreadPool.UnsafeQueueUserWorkItem(static next => next.Begin(), next, preferLocal: false);
            }
        }
    }

    private bool HasRoom_NeedsLock(IGatedStart start) => _begun.Count < limit || !_begun.Any(other => other.Pool == start.Pool);
}
