using System.Runtime.InteropServices;

namespace Snakepit.Pools;

/// <summary>The workers that the kernel knows, by slot. Used under the pool's lock.</summary>
internal sealed class WorkerDirectory(int slots)
{
    private List<PoolWorker>[] _slots = [.. Enumerable.Range(0, slots).Select(static _ => new List<PoolWorker>(2))];

    /// <summary>The source of the workers; null until the pool starts.</summary>
    public WorkerSource? Source { get; set; }

    /// <summary>The last generation that a worker has had.</summary>
    public int LastGeneration { get; private set; }

    public IEnumerable<PoolWorker> All => _slots.SelectMany(static slot => slot);

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
