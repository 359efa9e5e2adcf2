using System.Runtime.InteropServices;

namespace Snakepit.Pools;

/// <summary>The workers that the kernel knows, by slot. Used under the pool's lock.</summary>
internal sealed class WorkerDirectory(int slots)
{
    private readonly Dictionary<int, WorkerSource> _sources = []; // by number
    private List<PoolWorker>[] _slots = [.. Enumerable.Range(0, slots).Select(static _ => new List<PoolWorker>(2))];

    /// <summary>The source of new workers; null until the pool starts.</summary>
    public WorkerSource? Source { get; private set; }

    /// <summary>The last generation that a worker has had.</summary>
    public int LastGeneration { get; private set; }

    public IEnumerable<PoolWorker> All => _slots.SelectMany(static slot => slot);

    /// <summary>New workers have that source from now on.</summary>
    public void Use(WorkerSource source)
    {
        Source = source;
        _sources[source.Number] = source;
    }

    public WorkerSource SourceOf(int number) => _sources[number];

    /// <summary>Removes all sources but the present one.</summary>
    /// <returns>Those that were removed.</returns>
    public WorkerSource[] RemoveOtherSources()
    {
        WorkerSource[] others = [.. _sources.Values.Where(source => source != Source)];
        Array.ForEach(others, other => _sources.Remove(other.Number));
        return others;
    }

    public void Add(PoolWorker worker)
    {
        int slot = worker.Key.Slot;
        int known = _slots.Length;
        if (slot >= known)
        {
            Array.Resize(ref _slots, slot + 1);
            for (int i = known; i < _slots.Length; i++)
            {
                _slots[i] = [];
            }
        }
        _slots[slot].Add(worker);
        LastGeneration = Math.Max(LastGeneration, worker.Key.Generation);
    }

    public PoolWorker? Find(WorkerKey key)
    {
        foreach (PoolWorker worker in CollectionsMarshal.AsSpan(key.Slot < _slots.Length ? _slots[key.Slot] : null))
        {
            if (worker.Key == key)
            {
                return worker;
            }
        }
        return null;
    }

    public void Remove(PoolWorker worker) => _slots[worker.Key.Slot].Remove(worker);

    /// <summary>Removes all workers.</summary>
    /// <returns>The workers that have not ended.</returns>
    public PoolWorker[] Clear()
    {
        PoolWorker[] alive = [.. All.Where(static worker => worker.End.Death is null)];
        Array.ForEach(_slots, static slot => slot.Clear());
        return alive;
    }
}
