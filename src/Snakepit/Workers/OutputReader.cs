using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>
/// Reads the output of a process on the watcher's thread, a little at a time. Its memory is bounded, whatever the process prints.
/// </summary>
internal sealed class OutputReader(Watcher watcher, Descriptor pipe, Action<string, string?> onLine) : IWatched
{
    private const int MaxFinalReads = 64;
    private readonly Lock _gate = new();
    private readonly LineCutter _lines = new(onLine);
    private long _watch;
    private bool _closed;

    public void Start()
    {
        lock (_gate)
        {
            _watch = watcher.Add(pipe, this); // the watcher's thread may run at once, and then needs the token
        }
    }

    /// <summary>Reads the rest, at most what a pipe holds several times over.</summary>
    public void Finish()
    {
        for (int i = 0; i < MaxFinalReads && ReadOnce(); i++)
        {
        }
        lock (_gate)
        {
            _lines.Finish();
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _closed = true;
                watcher.Remove(pipe, _watch);
                pipe.Dispose();
            }
        }
    }

    void IWatched.OnReady(bool readable, bool writable) => ReadOnce();

    private bool ReadOnce()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }
            int count = pipe.Read(_lines.FreeSpace);
            if (count <= 0)
            {
                if (count != -Libc.EAgain)
                {
                    watcher.Remove(pipe, _watch); // the worker and all its descendants have closed it
                }
                return false;
            }
            _lines.Advance(count);
            return true;
        }
    }
}
