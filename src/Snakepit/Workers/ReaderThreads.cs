using Snakepit.Processes;

namespace Snakepit.Workers;

/// <summary>Who reads from which worker: a thread for each of the first, which is quickest, and shared ones for the rest, because every blocked thread
/// makes each garbage collection longer.</summary>
internal sealed class ReaderThreads(Action<Exception> onError, int maxOwnThreads = 32) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Watcher?[] _shared = new Watcher?[Math.Clamp(Environment.ProcessorCount / 2, 1, 4)];
    private int _own;
    private int _next;
    private bool _disposed;

    /// <summary>Starts a reader; true when it got a thread of its own, which is then to be given back.</summary>
    /// <exception cref="IOException">The system has no means left.</exception>
    public bool Start(ReplyReader reader, string name)
    {
        Watcher? shared = null;
        lock (_gate)
        {
            if (_own < maxOwnThreads)
            {
                _own++;
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
        try
        {
            reader.StartThread(name);
            return true;
        }
        catch
        {
            GiveBack();
            throw;
        }
    }

    /// <summary>A reader's own thread has ended.</summary>
    public void GiveBack()
    {
        lock (_gate)
        {
            _own--;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }
        foreach (Watcher? watcher in _shared)
        {
            watcher?.Dispose();
        }
    }
}
