namespace Snakepit.Pools;

/// <summary>
/// The calls of a pool that wait, in a host tool, for another call of the same pool. When they hold every worker, no call that they wait
/// for can run. Used under the pool's lock.
/// </summary>
internal sealed class NestedCalls(string pool)
{
    private readonly Dictionary<CallKey, int> _waiting = []; // the number of nested calls that each waits for

    /// <summary>Counts a nested call, unless its outer calls would then hold all workers.</summary>
    /// <param name="chain">The calls around it.</param>
    /// <param name="workers">The number of calls that the pool runs at once.</param>
    /// <param name="isOpen">Returns whether a call of the pool has not ended.</param>
    /// <returns>False when nothing could run it.</returns>
    public bool TryAdd_NeedsLock(HostToolChain chain, int workers, Func<CallKey, bool> isOpen)
    {
        int holders = _waiting.Count;
        for (HostToolChain? one = chain; one is not null; one = one.Outer)
        {
            holders += one.Pool == pool && !_waiting.ContainsKey(one.Call) && isOpen(one.Call) ? 1 : 0;
        }
        if (holders >= workers)
        {
            return false;
        }
        Count(chain, 1);
        return true;
    }

    /// <summary>A call has ended, so it holds no worker any more.</summary>
    public void Forget_NeedsLock(CallKey call) => _waiting.Remove(call);

    /// <summary>All calls have ended.</summary>
    public void Clear_NeedsLock() => _waiting.Clear();

    /// <summary>A nested call has ended.</summary>
    public void Remove_NeedsLock(HostToolChain chain) => Count(chain, -1);

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
