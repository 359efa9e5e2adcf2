using System.Numerics;

namespace Snakepit.Pools.Kernel;

/// <summary>
/// A time for each slot. The earliest time is known at once, and the slots that are due are found in order without scanning the others.
/// </summary>
internal sealed class WakeTree
{
    // The earlier one of both children; the second half holds the times themselves.
    private long[] _earliest = [long.MaxValue, long.MaxValue];
    private int _leaves = 1;

    public long Earliest => _earliest[1];

    public long this[int slot] => _earliest[_leaves + slot];

    public void Grow(int slots)
    {
        int leaves = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, slots));
        if (leaves == _leaves)
        {
            return;
        }
        long[] times = _earliest[_leaves..];
        _leaves = leaves;
        _earliest = new long[2 * leaves];
        Array.Fill(_earliest, long.MaxValue);
        times.CopyTo(_earliest, leaves);
        for (int node = leaves - 1; node > 0; node--)
        {
            _earliest[node] = Math.Min(_earliest[2 * node], _earliest[(2 * node) + 1]);
        }
    }

    public void Set(int slot, long time)
    {
        int node = _leaves + slot;
        _earliest[node] = time;
        for (node /= 2; node > 0; node /= 2)
        {
            long earliest = Math.Min(_earliest[2 * node], _earliest[(2 * node) + 1]);
            if (_earliest[node] == earliest)
            {
                return;
            }
            _earliest[node] = earliest;
        }
    }

    /// <summary>Returns the first slot from <paramref name="slot"/> on whose time has come; -1 when there is none.</summary>
    public int NextDue(int slot, long now)
    {
        if (slot >= _leaves || _earliest[1] > now)
        {
            return -1;
        }
        int node = _leaves + slot;
        while (_earliest[node] > now)
        {
            while ((node & 1) == 1)
            {
                node /= 2; // everything below it was searched
            }
            if (node == 0)
            {
                return -1;
            }
            node++;
        }
        while (node < _leaves)
        {
            node *= 2;
            node += _earliest[node] > now ? 1 : 0;
        }
        return node - _leaves;
    }
}
