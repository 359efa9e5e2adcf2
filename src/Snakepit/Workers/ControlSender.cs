using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>
/// The host's writing end of a worker's control channel. Keeps what a full channel does not take, in order, until there is room: a worker
/// whose interpreter is busy in native code reads nothing meanwhile. Thread-safe.
/// </summary>
/// <param name="watcher">Tells when there is room.</param>
/// <param name="control">The channel.</param>
/// <param name="onStuck">Called once, on the thread pool, when the worker has left more unread than is kept. Nothing is sent then.</param>
internal sealed class ControlSender(Watcher watcher, Descriptor control, Action onStuck) : IWatched, IDisposable
{
    /// <summary>The bytes that are kept. A worker that reads at all is never so far behind: this is more than 40,000 frames.</summary>
    public const int MostKept = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _kept = new();
    private int _size; // of what is kept
    private int _sent; // bytes of the first one
    private long _watch; // ends the watch for room; 0 while there is none
    private bool _isOver;

    /// <summary>Sends a frame, or keeps it. It is dropped when the worker is dead.</summary>
    public void Send(byte[] frame)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }
            _kept.Enqueue(frame);
            _size += frame.Length;
            Write_NeedsLock();
            if (_size > MostKept)
            {
                End_NeedsLock();
                ThreadPool.UnsafeQueueUserWorkItem(static onStuck => onStuck(), onStuck, preferLocal: false);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            End_NeedsLock();
            control.Dispose();
        }
    }

    void IWatched.OnReady(bool readable, bool writable)
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                Write_NeedsLock();
            }
        }
    }

    private void Write_NeedsLock()
    {
        while (_kept.TryPeek(out byte[]? frame))
        {
            int count = control.Send(frame.AsSpan(_sent));
            if (count < 0)
            {
                if (count == -Libc.EAgain)
                {
                    Watch_NeedsLock();
                }
                else
                {
                    End_NeedsLock(); // the worker is dead, which is reported elsewhere
                }
                return;
            }
            _sent += count;
            if (_sent == frame.Length)
            {
                _kept.Dequeue();
                _size -= frame.Length;
                _sent = 0;
            }
        }
        Unwatch_NeedsLock();
    }

    private void Watch_NeedsLock()
    {
        try
        {
            _watch = _watch == 0 ? watcher.Add(control, this, writable: true) : _watch;
        }
        catch (IOException)
        {
            // The system watches no more descriptors: the next frame takes along what was kept.
        }
    }

    private void Unwatch_NeedsLock()
    {
        if (_watch != 0)
        {
            watcher.Remove(control, _watch);
            _watch = 0;
        }
    }

    private void End_NeedsLock()
    {
        _isOver = true;
        Unwatch_NeedsLock();
        _kept.Clear();
        _size = 0;
    }
}
