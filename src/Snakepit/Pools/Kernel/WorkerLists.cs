using System.Numerics;

namespace Snakepit.Pools.Kernel;

/// <summary>
/// The workers that can take a call: a list per load, and a bit per list that is not empty, so that the least loaded one is found without a
/// search.
/// </summary>
internal sealed class WorkerLists
{
    private WorkerNode?[] _heads = new WorkerNode?[64];
    private WorkerNode?[] _tails = new WorkerNode?[64];
    private ulong[] _filled = new ulong[1];

    /// <summary>
    /// Returns the worker of that load that was added last, because its caches are warm; workers that were added to the end come after it.
    /// </summary>
    public WorkerNode? First(int load) => _heads[load];

    /// <summary>Returns the lowest load from <paramref name="load"/> on that any worker has; -1 when there is none.</summary>
    public int NextLoad(int load)
    {
        ulong mask = ulong.MaxValue << (load % 64);
        for (int word = load / 64; word < _filled.Length; word++)
        {
            if ((_filled[word] & mask) is var bits and not 0)
            {
                return (word * 64) + BitOperations.TrailingZeroCount(bits);
            }
            mask = ulong.MaxValue;
        }
        return -1;
    }

    public void Add(WorkerNode worker)
    {
        Grow(worker.Load);
        Link(worker, null, _heads[worker.Load]);
    }

    /// <summary>Adds a worker that gets a call only when no other of the same load can take it.</summary>
    public void AddToEnd(WorkerNode worker)
    {
        Grow(worker.Load);
        Link(worker, _tails[worker.Load], null);
    }

    /// <summary>The lists follow from the workers after a load.</summary>
    public void Restore(WorkerNode worker)
    {
        Grow(worker.Links.Load);
        if (worker is { Links: { Load: >= 0, Previous: null } })
        {
            _heads[worker.Links.Load] = worker;
            _filled[worker.Links.Load / 64] |= 1UL << (worker.Links.Load % 64);
        }
        if (worker is { Links: { Load: >= 0, Next: null } })
        {
            _tails[worker.Links.Load] = worker;
        }
    }

    /// <summary>Removes a worker, if it is listed. Returns whether another one of its load is the first now.</summary>
    public bool Remove(WorkerNode worker)
    {
        int load = worker.Links.Load;
        if (load < 0)
        {
            return false;
        }
        bool uncovers = worker.Links is { Previous: null, Next: not null };
        Join(load, worker.Links.Previous, worker.Links.Next);
        if (_heads[load] is null)
        {
            _filled[load / 64] &= ~(1UL << (load % 64));
        }
        worker.Links.Load = -1;
        worker.Links.Previous = worker.Links.Next = null;
        return uncovers;
    }

    /// <summary>Makes room for that load. Workers of several capacities may be listed while the pool's capacity changes.</summary>
    private void Grow(int load)
    {
        if (load >= _heads.Length)
        {
            int length = (int)BitOperations.RoundUpToPowerOf2((uint)load + 1);
            Array.Resize(ref _heads, length);
            Array.Resize(ref _tails, length);
            Array.Resize(ref _filled, length / 64);
        }
    }

    private void Link(WorkerNode worker, WorkerNode? previous, WorkerNode? next)
    {
        int load = worker.Load;
        worker.Links.Load = load;
        _filled[load / 64] |= 1UL << (load % 64);
        Join(load, previous, worker);
        Join(load, worker, next);
    }

    /// <summary>Makes two workers neighbours. Null stands for the position before the first and after the last.</summary>
    private void Join(int load, WorkerNode? first, WorkerNode? second)
    {
        if (first is null)
        {
            _heads[load] = second;
        }
        else
        {
            first.Links.Next = second;
        }
        if (second is null)
        {
            _tails[load] = first;
        }
        else
        {
            second.Links.Previous = first;
        }
    }
}
