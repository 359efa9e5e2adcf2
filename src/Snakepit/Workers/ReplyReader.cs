using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Transport;

namespace Snakepit.Workers;

/// <summary>Reads what one worker writes, on a thread of its own or on one it shares, and ends when its process has ended and nothing is left.</summary>
internal sealed class ReplyReader(DataPort port, FrameReader frames, IReplyTarget target) : IWatched
{
    private const int Stack = 256 * 1024;
    private const int MaxDrainReads = 1_024; // a descendant that goes on writing after the worker's end is not listened to for ever

    private readonly object _gate = new(); // a monitor: a reader's thread may have to wait for the exit
    private Watcher? _watcher;
    private long _watch;
    private volatile bool _exited;
    private bool _wokenByByte;
    private bool _over; // in the shared case: nothing is read any more

    /// <summary>Reads on a new thread.</summary>
    public void StartThread(string name) => new Thread(Run, Stack) { IsBackground = true, Name = name }.UnsafeStart();

    /// <summary>Reads on the watcher's thread.</summary>
    /// <exception cref="IOException">It cannot watch one more.</exception>
    public void StartShared(Watcher watcher)
    {
        lock (_gate)
        {
            _watcher = watcher;
            _watch = watcher.Add(port.ReadEnd, this);
        }
    }

    /// <summary>The process has ended: what is left is read, then <see cref="IReplyTarget.OnEnd"/> is called, on this thread or the reader's own.</summary>
    public void Exited()
    {
        if (_watcher is null)
        {
            lock (_gate)
            {
                _exited = true;
                _wokenByByte = port.Wake();
                Monitor.PulseAll(_gate);
            }
            return;
        }
        lock (_gate)
        {
            if (!_over)
            {
                StopWatching_NeedsLock();
                Try(Drain);
            }
        }
        target.OnEnd();
    }

    void IWatched.OnReady(bool readable, bool writable)
    {
        lock (_gate)
        {
            if (!_over && !Try(ReadOnce))
            {
                StopWatching_NeedsLock();
            }
        }
    }

    private void Run()
    {
        Try(ReadUntilExit);
        lock (_gate)
        {
            while (!_exited)
            {
                Monitor.Wait(_gate);
            }
        }
        target.OnEnd();
    }

    private void ReadUntilExit()
    {
        while (true)
        {
            int count = port.Read(frames.FreeSpace);
            if (count > 0)
            {
                frames.Advance(count);
            }
            if (_exited)
            {
                Drain();
                return;
            }
            if (IsEnd(count))
            {
                return;
            }
            target.OnFrames();
        }
    }

    private void ReadOnce()
    {
        int count = port.ReadNow(frames.FreeSpace);
        if (count == -Libc.EAgain)
        {
            return;
        }
        if (IsEnd(count))
        {
            StopWatching_NeedsLock();
            return;
        }
        frames.Advance(count);
        target.OnFrames();
    }

    private void Drain()
    {
        bool woken;
        lock (_gate)
        {
            woken = _wokenByByte;
        }
        for (int reads = 0; reads < MaxDrainReads; reads++)
        {
            bool last = port.ReadEnd.Available() == 0;
            if (last && woken)
            {
                frames.Retract(); // the byte that woke us is the stream's last
            }
            target.OnFrames();
            if (last)
            {
                return;
            }
            frames.Advance(Math.Max(0, port.ReadNow(frames.FreeSpace)));
        }
    }

    /// <summary>The worker's end of the channel is closed: a hint only, the exit will tell.</summary>
    private static bool IsEnd(int count) => count > 0 ? false
        : count is 0 or -Libc.EConnReset ? true
        : throw new ProtocolException($"Reading from the worker failed with error {-count}.");

    private void StopWatching_NeedsLock()
    {
        _over = true;
        _watcher!.Remove(port.ReadEnd, _watch);
    }

    /// <summary>Whatever a worker says, and whatever went wrong with it here, costs that worker only.</summary>
    private bool Try(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (Exception e)
        {
            target.OnBroken(e);
            return false;
        }
    }
}

/// <summary>Whoever makes sense of what a <see cref="ReplyReader"/> reads.</summary>
internal interface IReplyTarget
{
    /// <summary>There may be whole frames to take.</summary>
    void OnFrames();

    /// <summary>Reading has ended because of this; the worker must be killed.</summary>
    void OnBroken(Exception error);

    /// <summary>The process has ended and nothing more will be read.</summary>
    void OnEnd();
}
