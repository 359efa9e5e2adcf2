namespace Snakepit.Bench.Measuring;

/// <summary>Measures how long a pool has fewer workers after the death of a ready worker, until it has as many as before.</summary>
internal sealed class CapacityWatch : IAsyncDisposable
{
    private readonly HashSet<WorkerId> _ready;
    private readonly Stack<(int Before, WorkerCrashedEvent Death, int Deaths)> _missing = [];
    private readonly List<CapacityGap> _gaps = [];
    private readonly CancellationTokenSource _over = new();
    private readonly Task _watching;
    private int _deaths;

    /// <param name="pool">The pool, with all of its workers ready.</param>
    public CapacityWatch(IWorkerPool pool)
    {
        IAsyncEnumerable<LifecycleEvent> events = pool.WatchAsync(_over.Token);
        _ready = [.. pool.GetSnapshot().Workers.Select(static worker => worker.Id)];
        _watching = EventFeed.FollowAsync(events, Take);
    }

    /// <summary>The gaps that were closed, one per death. Read them after the watch has ended.</summary>
    public IReadOnlyList<CapacityGap> Gaps => _gaps;

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _watching;
        _over.Dispose();
    }

    private void Take(LifecycleEvent happened)
    {
        if (happened is WorkerCrashedEvent crashed && _ready.Contains(crashed.Worker))
        {
            _missing.Push((_ready.Count, crashed, ++_deaths));
            _ready.Remove(crashed.Worker);
        }
        else if (happened is WorkerDrainingEvent draining)
        {
            _ready.Remove(draining.Worker); // its replacement counts instead
        }
        else if (happened is WorkerReadyEvent ready)
        {
            _ready.Add(ready.Worker);
            while (_missing.TryPeek(out (int Before, WorkerCrashedEvent Death, int Deaths) missing) && _ready.Count >= missing.Before)
            {
                _gaps.Add(new CapacityGap(missing.Death.Report, missing.Before, missing.Death.At, ready.At, _deaths - missing.Deaths));
                _missing.Pop();
            }
        }
    }
}
