using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>Reads a worker's control channel on the watcher's thread, a little at a time.</summary>
internal sealed class ControlReader(Watcher watcher, Descriptor socket, IWorkerEvents events, Action kill) : IWatched
{
    private const int MaxFinalReads = 64;
    private readonly Lock _gate = new();
    private readonly FrameReader _frames = new(Protocol.MaxControl);
    private long _watch;
    private bool _closed;

    public void Start()
    {
        lock (_gate)
        {
            _watch = watcher.Add(socket, this); // the watcher's thread may run at once, and then needs the token
        }
    }

    /// <summary>Reads the rest, at most what a socket holds several times over: a descendant may continue to write.</summary>
    public void Finish()
    {
        for (int i = 0; i < MaxFinalReads && ReadOnce(); i++)
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
                watcher.Remove(socket, _watch); // the worker has closed it; its exit follows
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
