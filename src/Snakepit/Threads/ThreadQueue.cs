namespace Snakepit.Threads;

/// <summary>A queue whose items are handled one after another, in the order they came, on a thread of its own, for code that may block or
/// throw. The thread exists only while there is work, and some seconds longer.</summary>
/// <param name="thread">The thread's name.</param>
/// <param name="handle">Handles an item. Must not throw.</param>
/// <param name="onEmpty">Called on the thread each time the queue has become empty. Must not throw.</param>
/// <param name="stack">The thread's stack in bytes; 0: the usual size.</param>
internal sealed class ThreadQueue<T>(string thread, Action<T> handle, Action? onEmpty = null, int stack = 0)
{
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10); // after which the thread ends
    private readonly object _gate = new(); // a monitor: the thread waits here
    private readonly Queue<T> _items = new();
    private bool _runs; // the thread does

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
        _runs = true;
        new Thread(Run, stack) { IsBackground = true, Name = thread }.UnsafeStart();
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

    /// <returns>False: there has been nothing for so long that the thread ends.</returns>
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
