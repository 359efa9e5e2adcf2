namespace Snakepit.Tests.Pools;

/// <summary>Records the events of a pool from now on.</summary>
internal sealed class EventLog : IDisposable
{
    private readonly CancellationTokenSource _done = new();
    private readonly IAsyncEnumerator<LifecycleEvent> _events;

    public EventLog(IWorkerPool pool) => _events = pool.WatchAsync(_done.Token).GetAsyncEnumerator(_done.Token);

    /// <summary>Returns the events since the last read, without waiting.</summary>
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

    /// <summary>Returns the events since the last read up to one of this type, and those that have come by then.</summary>
    public async Task<IReadOnlyList<LifecycleEvent>> ReadUntilAsync<T>(CancellationToken cancellation)
        where T : LifecycleEvent
    {
        var read = new List<LifecycleEvent>();
        do
        {
            Assert.True(await _events.MoveNextAsync().AsTask().WaitAsync(cancellation), "The events have ended.");
            read.Add(_events.Current);
        }
        while (read[^1] is not T);
        read.AddRange(Read());
        return read;
    }

    public void Dispose()
    {
        _done.Cancel();
        _done.Dispose();
    }
}
