using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Transport;

namespace Snakepit.Workers;

/// <summary>Reads what a worker says beside its replies, on the watcher's thread.</summary>
internal sealed class ControlReader(Watcher watcher, Descriptor socket, IWorkerEvents events, Action kill) : IWatched
{
    private readonly Lock _gate = new();
    private readonly FrameReader _frames = new(Protocol.MaxControl);
    private long _watch;
    private bool _closed;

    public void Start() => _watch = watcher.Add(socket, this);

    /// <summary>Reads what is left.</summary>
    public void Finish()
    {
        while (ReadOnce())
        {
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _closed = true;
                watcher.Remove(socket, _watch);
                _frames.Release();
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
            int count = socket.Receive(_frames.FreeSpace);
            if (count == -Libc.EAgain)
            {
                return false;
            }
            if (count <= 0)
            {
                watcher.Remove(socket, _watch); // the worker has closed it; its exit will tell
                return false;
            }
            _frames.Advance(count);
            try
            {
                ControlFrames.Take(_frames, events);
                return true;
            }
            catch (ProtocolException e)
            {
                watcher.Remove(socket, _watch);
                events.OnProtocolError(e.Message);
                kill();
                return false;
            }
        }
    }
}
