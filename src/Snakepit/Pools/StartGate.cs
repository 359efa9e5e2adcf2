namespace Snakepit.Pools;

/// <summary>A worker's start, which begins when the gate admits it.</summary>
internal interface IGatedStart
{
    /// <summary>The name of its pool.</summary>
    string Pool { get; }

    void Begin();
}

/// <summary>
/// Limits how many workers of all pools start at once; other starts wait in order. A pool always has room for one, so that hanging starts
/// of one pool do not delay the others.
/// </summary>
/// <param name="limit">The limit.</param>
internal sealed class StartGate(int limit)
{
    private readonly Lock _gate = new();
    private readonly HashSet<IGatedStart> _begun = [];
    private readonly List<IGatedStart> _waiting = [];

    /// <summary>Begins the start, at once or when its turn has come. <see cref="Leave"/> must be called when it has ended.</summary>
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

    /// <returns>True when the start waited, and will not begin any more.</returns>
    public bool TryWithdraw(IGatedStart start)
    {
        lock (_gate)
        {
            return _waiting.Remove(start);
        }
    }

    /// <summary>
    /// Makes room for other starts, which begin on other threads. Has no effect when called again, or for a start that has not begun.
    /// </summary>
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
