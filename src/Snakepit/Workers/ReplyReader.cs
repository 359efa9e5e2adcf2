using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>
/// Reads the data of one worker, on its own thread or a shared one, until the process has ended and nothing is left. When calls follow one
/// another and replies come at once, that thread rests and the caller reads the reply itself. That avoids waking one thread to wake
/// another, which takes longer than such a call.
/// </summary>
internal sealed class ReplyReader(DataPort port, FrameReader frames, IReplyTarget target) : IWatched
{
    private const int MaxDrainReads = 1_024; // bounds the reads after the worker's end, in case a descendant continues to write
    private static readonly TimeSpan s_lent = TimeSpan.FromMicroseconds(100);

    private readonly object _gate = new(); // a monitor, because the own thread rests on it and waits on it for the exit
    private Watcher? _watcher;
    private long _watch;
    private volatile bool _exited;
    private bool _wokenByByte;
    private bool _resting; // the own thread, or the shared one, does not read
    private bool _lent; // a caller's thread reads instead
    private bool _over; // no reads follow, except of the rest at the exit
    private bool _broken; // not even these

    /// <summary>Starts to read on the watcher's thread.</summary>
    /// <exception cref="IOException">The watcher cannot watch another descriptor.</exception>
    public void StartShared(Watcher watcher)
    {
        lock (_gate)
        {
            _watcher = watcher;
            _watch = watcher.Add(port.ReadEnd, this);
        }
    }

    /// <summary>Makes sure that a thread reads, because something may have been sent.</summary>
    /// <param name="mayLend">Whether this is a caller's thread, which may wait for a reply that is expected at once.</param>
    public void Attend(bool mayLend)
    {
        Interlocked.MemoryBarrier(); // either a thread that is about to rest sees what was sent, or its rest is seen here
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
            goesOn = TryReadOnce(wait: _watcher is null);
        }
        lock (_gate)
        {
            _lent = false;
            if (!goesOn)
            {
                Stop_NeedsLock();
            }
            if (_over || _exited || target.ExpectsFrames)
            {
                Resume_NeedsLock();
            }
        }
    }

    /// <summary>
    /// The process has ended: the rest is read, then <see cref="IReplyTarget.OnEnd"/> is called, on this thread or the reader's own.
    /// </summary>
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
            _exited = true;
            Volatile.Write(ref _resting, false); // no sender waits for this lock while the rest is told
            while (_lent)
            {
                Monitor.Wait(_gate);
            }
            Stop_NeedsLock();
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
            if (_over || _resting || _lent)
            {
                return;
            }
            if (!TryReadOnce(wait: false))
            {
                Stop_NeedsLock();
            }
            else if (BeginRest_NeedsLock())
            {
                _watcher!.Pause(port.ReadEnd, _watch);
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

    /// <summary>Waits until there is something to read again; returns false when there never will be.</summary>
    private bool Rest()
    {
        lock (_gate)
        {
            if (!BeginRest_NeedsLock())
            {
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

    /// <summary>Begins to rest, unless something is expected.</summary>
    private bool BeginRest_NeedsLock()
    {
        if (target.ExpectsFrames)
        {
            return false;
        }
        Volatile.Write(ref _resting, true);
        Interlocked.MemoryBarrier(); // before the check, so that later senders see it
        _resting = !target.ExpectsFrames;
        return _resting;
    }

    private void Resume_NeedsLock()
    {
        target.OnResumed();
        _resting = false;
        if (!_over)
        {
            _watcher?.Resume(port.ReadEnd, _watch);
        }
        Monitor.PulseAll(_gate);
    }

    /// <summary>Reads once; returns false when nothing more will come, or the exit was seen and the rest must be drained.</summary>
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
                return false; // the end of the channel is only a hint: the exit follows
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
                frames.Retract(); // the byte that woke the thread is the last one of the stream
            }
            target.OnFrames();
            if (last)
            {
                return;
            }
            frames.Advance(Math.Max(0, port.ReadNow(frames.FreeSpace)));
        }
    }

    /// <summary>Ends reading after an error. Whatever a worker sends, and whatever fails here, costs that worker only.</summary>
    private void Break(Exception error)
    {
        _broken = true;
        target.OnBroken(error);
    }

    private void Stop_NeedsLock()
    {
        _over = true;
        _watcher?.Remove(port.ReadEnd, _watch);
    }
}

/// <summary>Interprets the data that a <see cref="ReplyReader"/> reads.</summary>
internal interface IReplyTarget
{
    /// <summary>Whether something was sent, or is about to be, that is not answered yet.</summary>
    bool ExpectsFrames { get; }

    /// <summary>Whether the next reply is the only outstanding one, and takes no longer than waking a thread.</summary>
    bool ExpectsReplyAtOnce { get; }

    /// <summary>The own thread, or the shared one, reads again, because calls no longer follow one another, or take longer.</summary>
    void OnResumed();

    /// <summary>There may be whole frames to take.</summary>
    void OnFrames();

    /// <summary>The worker has written, and may have finished its calls: what was held back must be sent now.</summary>
    void SendRest();

    /// <summary>Reading has ended with this error; the worker must be killed.</summary>
    void OnBroken(Exception error);

    /// <summary>The process has ended and nothing more will be read.</summary>
    void OnEnd();
}
