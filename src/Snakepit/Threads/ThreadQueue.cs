namespace Snakepit.Threads;

/// <summary>
/// Handles items one after another, in the order of arrival, on a thread of its own, for handlers that may block or throw. The thread
/// exists only while there is work, and some seconds longer. While none can be started, items wait.
/// </summary>
/// <param name="thread">The thread's name.</param>
/// <param name="handle">Handles an item. Must not throw.</param>
/// <param name="onEmpty">Called on the thread each time the queue has become empty. Must not throw.</param>
/// <param name="stack">The thread's stack in bytes; 0 for the default size.</param>
internal sealed class ThreadQueue<T>(string thread, Action<T> handle, Action? onEmpty = null, int stack = 0)
{
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10); // the thread ends after this time without work
    private readonly object _gate = new(); // a monitor, because the thread waits on it
    private readonly Queue<T> _items = new();
    private bool _runs; // whether the thread runs

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _items.Count;
            }
        }
    }

    public void Add(T item)
    {
        lock (_gate)
        {
            Add_NeedsLock(item);
        }
    }

    /// <summary>Adds an item unless there is neither work nor a thread.</summary>
    public bool TryAddBehind(T item)
    {
        lock (_gate)
        {
            if (_items.Count == 0 && !_runs)
            {
                return false;
            }
            Add_NeedsLock(item);
            return true;
        }
    }

    private void Add_NeedsLock(T item)
    {
        _items.Enqueue(item);
        if (_runs)
        {
            Monitor.Pulse(_gate);
            return;
        }
        _runs = OptionalThread.TryStart(Run, stack, thread); // the next item tries again
    }

    private void Run()
    {
        while (TryTake(out T? item))
        {
            handle(item);
            if (onEmpty is not null && Count == 0)
            {
                onEmpty();
            }
        }
    }

    /// <returns>False when the thread ends, because it had no work for so long.</returns>
    private bool TryTake([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T item)
    {
        lock (_gate)
        {
            while (!_items.TryDequeue(out item))
            {
                if (!Monitor.Wait(_gate, s_idle) && _items.Count == 0)
                {
                    return _runs = false;
                }
            }
            return true;
        }
    }
}
