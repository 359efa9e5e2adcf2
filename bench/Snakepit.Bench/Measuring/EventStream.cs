namespace Snakepit.Bench.Measuring;

/// <summary>A pool's events from when it is made, for whoever waits for certain ones but not for ever.</summary>
internal sealed class EventStream : IAsyncDisposable
{
    private readonly CancellationTokenSource _patience;
    private readonly CancellationToken _cancellation;
    private readonly IAsyncEnumerator<LifecycleEvent> _events;

    /// <param name="pool">Whose events.</param>
    /// <param name="patience">How long they are of interest.</param>
    /// <param name="cancellation">Ends everything.</param>
    public EventStream(IWorkerPool pool, TimeSpan patience, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        _patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _patience.CancelAfter(patience);
        _events = pool.WatchAsync(_patience.Token).GetAsyncEnumerator(CancellationToken.None);
    }

    /// <summary>The next event of that kind; null when the time is over, or the pool has ended.</summary>
    public async Task<T?> NextAsync<T>(Func<T, bool> isWanted)
        where T : LifecycleEvent
    {
        try
        {
            while (await _events.MoveNextAsync())
            {
                if (_events.Current.Dropped > 0)
                {
                    throw new InvalidRunException($"{_events.Current.Dropped} events were lost.");
                }
                if (_events.Current is T happened && isWanted(happened))
                {
                    return happened;
                }
            }
        }
        catch (OperationCanceledException)
        {
            _cancellation.ThrowIfCancellationRequested();
        }
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        _patience.Dispose();
    }
}
