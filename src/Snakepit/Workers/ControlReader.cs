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
                TakeFrames();
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

    private void TakeFrames()
    {
        while (_frames.TryRead(out FrameHeader header, out _, out ReadOnlySpan<byte> body))
        {
            switch (header.Type)
            {
                case FrameType.Pong:
                    events.OnPong();
                    break;
                case FrameType.Log:
                    (string level, string message) = Handshake.ReadLog(body);
                    events.OnLog(level, message);
                    break;
                case FrameType.Event:
                    TakeEvent(body);
                    break;
                default:
                    throw new ProtocolException($"A {header.Type} frame does not belong on the control channel.");
            }
        }
    }

    private void TakeEvent(ReadOnlySpan<byte> body)
    {
        (string kind, long bytes) = Handshake.ReadEvent(body);
        switch (kind)
        {
            case Handshake.RecycleRequested:
                events.OnRecycleRequested();
                break;
            case Handshake.MemoryUsage:
                events.OnMemoryUsage(bytes);
                break;
            case Handshake.Collected:
                events.OnCollected();
                break;
        }
    }
}
