namespace Snakepit.Bench.Measuring;

/// <summary>How long a pool has fewer workers after one that was ready has died: until it has as many again as before that death.</summary>
internal sealed class CapacityWatch : IAsyncDisposable
{
    private readonly HashSet<WorkerId> _ready;
    private readonly Stack<(int Before, DateTimeOffset At)> _missing = [];
    private readonly List<double> _tookMs = [];
    private readonly CancellationTokenSource _over = new();
    private readonly Task _watching;

    /// <param name="pool">All of its workers are ready.</param>
    public CapacityWatch(IWorkerPool pool)
    {
        IAsyncEnumerable<LifecycleEvent> events = pool.WatchAsync(_over.Token);
        _ready = [.. pool.GetSnapshot().Workers.Select(static worker => worker.Id)];
        _watching = EventFeed.FollowAsync(events, Take);
    }

    /// <summary>Of all deaths after which it was so again, in ms. Asked after the watch.</summary>
    public IReadOnlyList<double> TookMs => _tookMs;

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _watching;
        _over.Dispose();
    }

    private void Take(LifecycleEvent happened)
    {
        if (happened is WorkerCrashed crashed && _ready.Contains(crashed.Report.Worker))
        {
            _missing.Push((_ready.Count, crashed.At));
            _ready.Remove(crashed.Report.Worker);
        }
        else if (happened is WorkerReady ready)
        {
            _ready.Add(ready.Worker);
            while (_missing.TryPeek(out (int Before, DateTimeOffset At) missing) && _ready.Count >= missing.Before)
            {
                _tookMs.Add((ready.At - missing.At).TotalMilliseconds);
                _missing.Pop();
            }
        }
    }
}
