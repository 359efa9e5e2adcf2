namespace Snakepit.Pools;

/// <summary>
/// The calls of a pool that wait, in a host tool, for another call of the same pool. When they hold every worker that may run a call, and
/// wait for that call, it can never run. Used under the pool's lock.
/// </summary>
internal sealed class NestedCalls(string pool)
{
    private readonly HashSet<UnaryCall> _nested = []; // those that are counted
    private readonly Dictionary<UnaryCall, WorkerKey> _bound = []; // of those, the ones that only one worker may run
    private readonly Dictionary<CallKey, int> _waiting = []; // the number of nested calls that each waits for

    /// <summary>Counts a nested call, unless the calls around it hold all that could run it. A call that is counted stays so.</summary>
    /// <param name="call">The call.</param>
    /// <param name="places">What could run it.</param>
    /// <param name="find">Returns a call of the pool that has not ended.</param>
    /// <returns>None, or why nothing could run it.</returns>
    public Outcome TryAdd_NeedsLock(UnaryCall call, in NestedPlaces places, Func<CallKey, UnaryCall?> find)
    {
        if (call.Request.Chain is not { } chain || _nested.Contains(call))
        {
            return Outcome.None;
        }
        if (!places.Worker.IsNone && WouldWaitForItself(chain, places, find))
        {
            return Outcome.DeadlockedInSession;
        }
        int holders = _waiting.Count + OpenOf(chain, find).Count(outer => !_waiting.ContainsKey(outer.Key));
        if (holders >= places.Workers * places.PerWorker)
        {
            return Outcome.Deadlocked;
        }
        _nested.Add(call);
        if (!places.Worker.IsNone)
        {
            _bound.Add(call, places.Worker);
        }
        Count(chain, 1);
        return Outcome.None;
    }

    /// <summary>A call has ended, or was not admitted. It holds no worker, and is no nested call any more.</summary>
    public void Remove_NeedsLock(UnaryCall call)
    {
        _waiting.Remove(call.Key);
        _bound.Remove(call);
        if (call.Request.Chain is { } chain && _nested.Remove(call))
        {
            Count(chain, -1);
        }
    }

    /// <summary>All calls have ended.</summary>
    public void Clear_NeedsLock()
    {
        _nested.Clear();
        _bound.Clear();
        _waiting.Clear();
    }

    /// <summary>
    /// Returns whether all calls on the only worker wait for this one: they are in its chain, or in that of a call which waits for a worker
    /// of which the same is true.
    /// </summary>
    private bool WouldWaitForItself(HostToolChain chain, in NestedPlaces places, Func<CallKey, UnaryCall?> find)
    {
        var stuck = new HashSet<UnaryCall>(OpenOf(chain, find));
        bool grows = true;
        while (grows && CountOn(stuck, places.Worker) < places.PerWorker)
        {
            int before = stuck.Count;
            foreach ((UnaryCall waiting, WorkerKey worker) in _bound)
            {
                if (waiting.Worker.IsNone && CountOn(stuck, worker) >= places.PerWorker)
                {
                    stuck.UnionWith(OpenOf(waiting.Request.Chain!, find));
                }
            }
            grows = stuck.Count > before;
        }
        return CountOn(stuck, places.Worker) >= places.PerWorker;
    }

    private static int CountOn(HashSet<UnaryCall> calls, WorkerKey worker) => calls.Count(call => call.Worker == worker);

    /// <summary>Returns the calls of a chain in this pool that have not ended.</summary>
    private IEnumerable<UnaryCall> OpenOf(HostToolChain chain, Func<CallKey, UnaryCall?> find)
    {
        for (HostToolChain? one = chain; one is not null; one = one.Outer)
        {
            if (one.Pool == pool && find(one.Call) is { } outer)
            {
                yield return outer;
            }
        }
    }

    private void Count(HostToolChain chain, int change)
    {
        for (HostToolChain? one = chain; one is not null; one = one.Outer)
        {
            if (one.Pool != pool)
            {
                continue;
            }
            int count = _waiting.GetValueOrDefault(one.Call) + change;
            if (count <= 0) // the outer call may have ended before
            {
                _waiting.Remove(one.Call);
            }
            else
            {
                _waiting[one.Call] = count;
            }
        }
    }
}
