using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>
/// Reads what one worker writes, on a thread of its own or on one it shares, and ends when its process has ended and nothing is left. Where one call
/// follows the other and replies come at once, the own thread rests and the caller reads the reply itself: that saves waking one thread to wake
/// another, which takes longer than such a call.
/// </summary>
internal sealed class ReplyReader(DataPort port, FrameReader frames, IReplyTarget target) : IWatched
{
    private const int MaxDrainReads = 1_024; // a descendant that goes on writing after the worker's end is not listened to for ever
    private static readonly TimeSpan s_lent = TimeSpan.FromMicroseconds(100);

    private readonly object _gate = new(); // a monitor: the own thread rests here, and waits here for the exit
    private Watcher? _watcher;
    private long _watch;
    private volatile bool _exited;
    private bool _wokenByByte;
    private bool _resting; // the own thread does not read
    private bool _lent; // a caller's thread reads in its place
    private bool _over; // nothing is read any more, but for what is left at the exit
    private bool _broken; // not even that

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

    /// <summary>Something may have been sent, whose reply somebody has to read.</summary>
    /// <param name="mayLend">This thread belongs to the caller and may wait for a reply that is expected at once.</param>
    public void Attend(bool mayLend)
    {
        Interlocked.MemoryBarrier(); // what was sent is seen by a thread that goes to rest now, or its rest is seen here
        if (!Volatile.Read(ref _resting))
        {
            return;
        }
        lock (_gate)
        {
            if (!_resting || _lent)
            {
                return;
            }
            if (!mayLend || !target.ExpectsReplyAtOnce)
            {
                Resume_NeedsLock();
                return;
            }
            _lent = true;
        }
        bool goesOn = true;
        if (port.ReadEnd.SpinUntilReadable(s_lent))
        {
            goesOn = TryReadOnce(wait: true);
        }
        lock (_gate)
        {
            _lent = false;
            _over |= !goesOn;
            if (_over || _exited || target.ExpectsFrames)
            {
                Resume_NeedsLock();
            }
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
            }
            if (!_broken)
            {
                TryDrain();
            }
        }
        target.OnEnd();
    }

    void IWatched.OnReady(bool readable, bool writable)
    {
        lock (_gate)
        {
            if (!_over && !TryReadOnce(wait: false))
            {
                StopWatching_NeedsLock();
            }
        }
    }

    /// <summary>Reads on this thread, until the process has ended and nothing is left.</summary>
    public void Run()
    {
        while (TryReadOnce(wait: true) && (target.ExpectsFrames || Rest()))
        {
        }
        lock (_gate)
        {
            while (!_exited)
            {
                Monitor.Wait(_gate);
            }
        }
        if (!_broken)
        {
            TryDrain();
        }
        target.OnEnd();
    }

    /// <summary>Until there is something to read again; false when there never will be.</summary>
    private bool Rest()
    {
        lock (_gate)
        {
            Volatile.Write(ref _resting, true);
            Interlocked.MemoryBarrier(); // first, so that whoever sends from now on sees it
            if (target.ExpectsFrames)
            {
                _resting = false;
                return true;
            }
            while (_lent || (_resting && !_exited))
            {
                Monitor.Wait(_gate);
            }
            _resting = false;
            return !_over && !_exited;
        }
    }

    private void Resume_NeedsLock()
    {
        target.OnResumed();
        _resting = false;
        Monitor.PulseAll(_gate);
    }

    /// <summary>Takes in what there is to read; false when no more will come, or the exit was seen and the rest is to be drained.</summary>
    private bool TryReadOnce(bool wait)
    {
        try
        {
            int count = wait ? port.Read(frames.FreeSpace) : port.ReadNow(frames.FreeSpace);
            if (count > 0)
            {
                frames.Advance(count);
            }
            if (_exited || count is 0 or -Libc.EConnReset)
            {
                return false; // the end of the channel is a hint only: the exit will tell
            }
            if (count < 0)
            {
                return count == -Libc.EAgain ? true : throw new ProtocolException($"Reading from the worker failed with error {-count}.");
            }
            target.SendRest();
            target.OnFrames();
            return true;
        }
        catch (Exception e)
        {
            Break(e);
            return false;
        }
    }

    private void TryDrain()
    {
        try
        {
            Drain();
        }
        catch (Exception e)
        {
            Break(e);
        }
    }

    private void Drain()
    {
        for (int reads = 0; reads < MaxDrainReads; reads++)
        {
            bool last = port.ReadEnd.Available() == 0;
            if (last && _wokenByByte)
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

    /// <summary>Whatever a worker says, and whatever went wrong with it here, costs that worker only.</summary>
    private void Break(Exception error)
    {
        _broken = true;
        target.OnBroken(error);
    }

    private void StopWatching_NeedsLock()
    {
        _over = true;
        _watcher!.Remove(port.ReadEnd, _watch);
    }
}

/// <summary>Whoever makes sense of what a <see cref="ReplyReader"/> reads.</summary>
internal interface IReplyTarget
{
    /// <summary>Something was sent, or is about to be, that is not answered yet.</summary>
    bool ExpectsFrames { get; }

    /// <summary>The next reply is the only one that is due, and takes no longer than waking a thread.</summary>
    bool ExpectsReplyAtOnce { get; }

    /// <summary>The own thread has to read again: calls no longer follow each other, or take longer.</summary>
    void OnResumed();

    /// <summary>There may be whole frames to take.</summary>
    void OnFrames();

    /// <summary>The worker has written, and may be done with what it had: what was left to be sent later is sent now.</summary>
    void SendRest();

    /// <summary>Reading has ended because of this; the worker must be killed.</summary>
    void OnBroken(Exception error);

    /// <summary>The process has ended and nothing more will be read.</summary>
    void OnEnd();
}
