using Snakepit.Processes;

namespace Snakepit.Workers;

/// <summary>Who reads from which worker: a thread for each of the first, which is quickest, and shared ones for the rest, because every blocked thread
/// makes each garbage collection longer. A thread whose worker has ended waits for the next: a new one has a stack of its own, whose memory comes back late.</summary>
internal sealed class ReaderThreads(Action<Exception> onError, int maxOwnThreads = 32) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Watcher?[] _shared = new Watcher?[Math.Clamp(Environment.ProcessorCount / 2, 1, 4)];
    private readonly Stack<ReaderThread> _idle = new();
    private int _own;
    private int _next;
    private bool _disposed;

    /// <summary>Told when a thread waits for its next reader.</summary>
    internal Action? OnIdle { get; set; }

    /// <summary>Starts a reader; true when it got a thread of its own, which is then to be given back.</summary>
    /// <exception cref="IOException">The system has no means left.</exception>
    public bool Start(ReplyReader reader, string name)
    {
        Watcher? shared = null;
        ReaderThread? idle = null;
        lock (_gate)
        {
            if (_own < maxOwnThreads)
            {
                _own++;
                _idle.TryPop(out idle);
            }
            else
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                _next = (_next + 1) % _shared.Length;
                shared = _shared[_next] ??= new Watcher(onError, "Snakepit replies");
            }
        }
        if (shared is not null)
        {
            reader.StartShared(shared);
            return false;
        }
        if (idle is not null)
        {
            idle.Run(reader, name);
            return true;
        }
        try
        {
            new ReaderThread(this).Start(reader, name);
            return true;
        }
        catch
        {
            GiveBack();
            throw;
        }
    }

    /// <summary>A reader has no use for its own thread any more, which it may still be on.</summary>
    public void GiveBack()
    {
        lock (_gate)
        {
            _own--;
        }
    }

    public void Dispose()
    {
        ReaderThread[] idle;
        lock (_gate)
        {
            _disposed = true;
            idle = [.. _idle];
            _idle.Clear();
        }
        Array.ForEach(idle, static thread => thread.End());
        foreach (Watcher? watcher in _shared)
        {
            watcher?.Dispose();
        }
    }

    /// <summary>A thread has nothing to read; false when it is not wanted any more.</summary>
    internal bool Keep(ReaderThread thread)
    {
        lock (_gate)
        {
            if (_disposed || _own + _idle.Count >= maxOwnThreads)
            {
                return false;
            }
            _idle.Push(thread);
        }
        OnIdle?.Invoke();
        return true;
    }
}
