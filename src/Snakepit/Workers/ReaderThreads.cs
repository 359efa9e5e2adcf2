using Snakepit.Processes;

namespace Snakepit.Workers;

/// <summary>
/// Assigns threads to readers. The first workers get a thread each, which is fastest. The others share threads, because every blocked
/// thread makes each garbage collection longer. A thread whose worker has ended waits for the next one: a new thread has a stack of its
/// own, whose memory is freed late.
/// </summary>
internal sealed class ReaderThreads(Action<Exception> onError, int maxOwnThreads = 32) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Watcher?[] _shared = new Watcher?[Math.Clamp(Environment.ProcessorCount / 2, 1, 4)];
    private readonly Stack<ReaderThread> _idle = new();
    private int _own;
    private int _next;
    private bool _disposed;

    /// <summary>Called when a thread waits for its next reader.</summary>
    internal Action? OnIdle { get; set; }

    /// <summary>Starts a reader; returns true when it got a thread of its own, which must be returned later.</summary>
    /// <exception cref="IOException">The system has no resources left.</exception>
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

    /// <summary>Returns the own thread of a reader, possibly from that thread.</summary>
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

    /// <summary>Keeps an idle thread; returns false when it is not needed any more.</summary>
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
