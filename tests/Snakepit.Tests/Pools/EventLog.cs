namespace Snakepit.Tests.Pools;

/// <summary>What happens in a pool from now on, to be read once.</summary>
internal sealed class EventLog : IDisposable
{
    private readonly CancellationTokenSource _done = new();
    private readonly IAsyncEnumerator<LifecycleEvent> _events;

    public EventLog(IWorkerPool pool) => _events = pool.WatchAsync(_done.Token).GetAsyncEnumerator(_done.Token);

    /// <summary>The events so far: what waits in the watcher's queue is read without waiting.</summary>
    public IReadOnlyList<LifecycleEvent> Read()
    {
        var read = new List<LifecycleEvent>();
        Task<bool> next = _events.MoveNextAsync().AsTask();
        while (next is { IsCompletedSuccessfully: true, Result: true })
        {
            read.Add(_events.Current);
            next = _events.MoveNextAsync().AsTask();
        }
        return read;
    }

    public void Dispose()
    {
        _done.Cancel();
        _done.Dispose();
    }
}
