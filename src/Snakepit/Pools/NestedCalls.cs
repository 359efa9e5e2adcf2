namespace Snakepit.Pools;

/// <summary>
/// The calls of a pool that wait, in a host tool, for another call of the same pool. When they hold every worker, no call that they wait
/// for can run. Used under the pool's lock.
/// </summary>
internal sealed class NestedCalls(string pool)
{
    private readonly HashSet<UnaryCall> _nested = []; // those that are counted
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
        int holders = _waiting.Count;
        int onWorker = 0;
        for (HostToolChain? one = chain; one is not null; one = one.Outer)
        {
            if (one.Pool != pool || find(one.Call) is not { } outer)
            {
                continue;
            }
            holders += _waiting.ContainsKey(one.Call) ? 0 : 1;
            onWorker += !places.Worker.IsNone && outer.Worker == places.Worker ? 1 : 0;
        }
        if (onWorker >= places.PerWorker)
        {
            return Outcome.DeadlockedInSession;
        }
        if (holders >= places.Workers * places.PerWorker)
        {
            return Outcome.Deadlocked;
        }
        _nested.Add(call);
        Count(chain, 1);
        return Outcome.None;
    }

    /// <summary>A call has ended, or was not admitted. It holds no worker, and is no nested call any more.</summary>
    public void Remove_NeedsLock(UnaryCall call)
    {
        _waiting.Remove(call.Key);
        if (call.Request.Chain is { } chain && _nested.Remove(call))
        {
            Count(chain, -1);
        }
    }

    /// <summary>All calls have ended.</summary>
    public void Clear_NeedsLock()
    {
        _nested.Clear();
        _waiting.Clear();
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
