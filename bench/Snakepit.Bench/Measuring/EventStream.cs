namespace Snakepit.Bench.Measuring;

/// <summary>A pool's events from the creation of the stream on, for callers that wait for certain events for a limited time.</summary>
internal sealed class EventStream : IAsyncDisposable
{
    private readonly CancellationTokenSource _patience;
    private readonly CancellationToken _cancellation;
    private readonly IAsyncEnumerator<LifecycleEvent> _events;

    /// <param name="pool">The pool.</param>
    /// <param name="patience">The time after which the stream ends.</param>
    /// <param name="cancellation">Ends the stream.</param>
    public EventStream(IWorkerPool pool, TimeSpan patience, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        _patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _patience.CancelAfter(patience);
        _events = pool.WatchAsync(_patience.Token).GetAsyncEnumerator(CancellationToken.None);
    }

    /// <summary>Returns the next matching event, or null when the time is over or the pool has ended.</summary>
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
