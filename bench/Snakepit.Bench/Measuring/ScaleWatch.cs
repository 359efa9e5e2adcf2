namespace Snakepit.Bench.Measuring;

/// <summary>Follows the size of a pool and the starts of its workers.</summary>
internal sealed class ScaleWatch : IAsyncDisposable
{
    private readonly List<PoolScaledEvent> _changes = [];
    private readonly List<TimeSpan> _starts = [];
    private readonly CancellationTokenSource _over = new();
    private readonly Task _watching;

    public ScaleWatch(IWorkerPool pool) => _watching = EventFeed.FollowAsync(pool.WatchAsync(_over.Token), Take);

    /// <summary>The changes of the size. Read them after the watch has ended.</summary>
    public IReadOnlyList<PoolScaledEvent> Changes => _changes;

    /// <summary>The times that workers took to start. Read them after the watch has ended.</summary>
    public IReadOnlyList<TimeSpan> Starts => _starts;

    /// <summary>
    /// Returns how often the pool flapped: it grew again less than a period of its load after it had shrunk. It would have done better to
    /// keep its workers, since a load that comes back every period gains nothing from one start per period.
    /// </summary>
    /// <param name="changes">The changes of the pool's size, in order.</param>
    /// <param name="period">The period of the load.</param>
    public static int CountFlaps(IEnumerable<PoolScaledEvent> changes, TimeSpan period)
    {
        int flaps = 0;
        DateTimeOffset? shrunkAt = null;
        foreach (PoolScaledEvent change in changes)
        {
            bool isShrink = change.To < change.From;
            flaps += !isShrink && change.At - shrunkAt < period ? 1 : 0;
            shrunkAt = isShrink ? change.At : null;
        }
        return flaps;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _watching;
        _over.Dispose();
    }

    private void Take(LifecycleEvent happened)
    {
        if (happened is PoolScaledEvent change)
        {
            _changes.Add(change);
        }
        else if (happened is WorkerReadyEvent ready)
        {
            _starts.Add(ready.StartDuration);
        }
    }
}
