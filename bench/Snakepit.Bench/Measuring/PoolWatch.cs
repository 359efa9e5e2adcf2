using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>Looks at a pool after each of its events and every millisecond.</summary>
internal sealed class PoolWatch : IAsyncDisposable
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(1);
    private readonly Lock _gate = new();
    private readonly List<TimeSpan> _launches = [];
    private readonly long _begun = Stopwatch.GetTimestamp();
    private readonly IWorkerPool _pool;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _watching;
    private int _readyMin = int.MaxValue;
    private int _overlapMax;

    public PoolWatch(IWorkerPool pool)
    {
        _pool = pool;
        _watching = Task.WhenAll(EventFeed.FollowAsync(pool.WatchAsync(_over.Token), Take), FollowClockAsync());
    }

    /// <summary>The fewest workers that took calls.</summary>
    public int ReadyMin => _readyMin;

    /// <summary>The most workers that had a replacement or a predecessor beside them.</summary>
    public int OverlapMax => _overlapMax;

    /// <summary>The times at which workers were launched, from the beginning of the watch.</summary>
    public IReadOnlyList<TimeSpan> Launches => _launches;

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _watching;
        _over.Dispose();
    }

    private void Take(LifecycleEvent happened)
    {
        if (happened is WorkerStartedEvent)
        {
            _launches.Add(Stopwatch.GetElapsedTime(_begun));
        }
        Look();
    }

    private async Task FollowClockAsync()
    {
        using var timer = new PeriodicTimer(s_period);
        while (!_over.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            Look();
        }
    }

    private void Look()
    {
        PoolSnapshot now = _pool.GetSnapshot();
        int overlap = now.Workers.GroupBy(static worker => worker.Id.Slot)
            .Count(static slot => slot.Count(static worker => worker.State != WorkerState.Exited) > 1);
        lock (_gate)
        {
            _readyMin = Math.Min(_readyMin, now.Ready);
            _overlapMax = Math.Max(_overlapMax, overlap);
        }
    }
}
