namespace Snakepit.IntegrationTests.Fixture;

/// <summary>Records items and lets tests wait for later ones.</summary>
internal sealed class Recorder<T>
    where T : class
{
    private readonly Lock _gate = new();
    private readonly List<T> _items = [];
    private readonly List<(Func<T, bool> Wanted, TaskCompletionSource<T> Found)> _waiting = [];

    public IReadOnlyList<T> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _items];
            }
        }
    }

    public void Add(T item)
    {
        lock (_gate)
        {
            _items.Add(item);
            foreach ((_, TaskCompletionSource<T> found) in _waiting.Where(wait => wait.Wanted(item)))
            {
                found.TrySetResult(item);
            }
            _waiting.RemoveAll(static wait => wait.Found.Task.IsCompleted);
        }
    }

    /// <summary>Returns the first recorded or future item that matches.</summary>
    public Task<T> FirstAsync(Func<T, bool> wanted)
    {
        lock (_gate)
        {
            if (_items.Find(item => wanted(item)) is { } known)
            {
                return Task.FromResult(known);
            }
            var found = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((wanted, found));
            return found.Task.WaitAsync(TestContext.Current.CancellationToken);
        }
    }
}
