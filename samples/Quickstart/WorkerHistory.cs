using Snakepit;

namespace Quickstart;

/// <summary>Records the calls of every worker, and how many workers were replaced or lost.</summary>
internal sealed class WorkerHistory
{
    private readonly Dictionary<WorkerId, long> _requests = [];

    public int Recycled { get; private set; }

    public int Crashed { get; private set; }

    /// <summary>The slots in order, each with its workers' calls by generation.</summary>
    public IEnumerable<IGrouping<int, (WorkerId Worker, long Requests)>> Slots => _requests
        .Where(static entry => entry.Value > 0)
        .OrderBy(static entry => (entry.Key.Slot, entry.Key.Generation))
        .GroupBy(static entry => entry.Key.Slot, static entry => (entry.Key, entry.Value));

    public void Add(LifecycleEvent happened)
    {
        switch (happened)
        {
            case WorkerRecycledEvent recycled:
                _requests[recycled.Worker] = recycled.Requests;
                Recycled++;
                break;
            case WorkerCrashedEvent crashed:
                _requests[crashed.Worker] = crashed.Report.Requests;
                Crashed++;
                break;
        }
    }

    /// <summary>
    /// Adds the workers that are still alive. Call it after the last event: the count in a worker's event is final and is kept.
    /// </summary>
    public void Add(PoolSnapshot snapshot)
    {
        foreach (WorkerSnapshot worker in snapshot.Workers)
        {
            _requests.TryAdd(worker.Id, worker.Requests);
        }
    }
}
