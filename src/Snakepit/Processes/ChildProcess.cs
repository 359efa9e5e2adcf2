using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>A running child, held by its pidfd: a signal can never reach another process that reuses its pid.</summary>
internal sealed class ChildProcess : IWatched
{
    private readonly LauncherClient _launcher;
    private readonly Descriptor _pidfd;
    private readonly Lock _gate = new();
    private long _watch;
    private bool _gone; // the pidfd has fired
    private bool _told; // the launcher has reported the exit, or is lost
    private bool _reported;
    private ChildExit _exit;

    public ChildProcess(LauncherClient launcher, uint token, int pid, Descriptor pidfd, IChildEvents events)
    {
        _launcher = launcher;
        Token = token;
        Pid = pid;
        _pidfd = pidfd;
        Events = events;
    }

    public uint Token { get; }

    public int Pid { get; }

    public IChildEvents Events { get; }

    /// <summary>Begins to wait for the end of the process.</summary>
    /// <exception cref="IOException">The process cannot be watched. It was killed, and no event follows.</exception>
    public void Watch(Watcher watcher)
    {
        try
        {
            _watch = watcher.Add(_pidfd, this);
        }
        catch (IOException)
        {
            Kill();
            _pidfd.Dispose();
            throw;
        }
    }

    public void Kill() => Signal(Libc.SigKill);

    /// <summary>Sends a signal to this process alone, unless it has ended.</summary>
    public void Signal(int signal)
    {
        lock (_gate)
        {
            if (!_pidfd.IsClosed)
            {
                _ = Libc.PidfdSendSignal(_pidfd.Number, signal);
            }
        }
    }

    /// <summary>Sends SIGTERM to the whole process group.</summary>
    public void Terminate() => _launcher.SignalGroup(Token, Libc.SigTerm);

    /// <summary>Stops waiting for the end of the process.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _launcher.Watcher.Remove(_pidfd, _watch);
            _pidfd.Dispose();
        }
    }

    void IWatched.OnReady(bool readable, bool writable)
    {
        Release();
        lock (_gate)
        {
            _gone = true;
        }
        ReportOnce();
    }

    /// <summary>Sets how the process ended. The event follows once the pidfd has fired.</summary>
    public void SetExit(ChildExit exit)
    {
        lock (_gate)
        {
            if (_told)
            {
                return;
            }
            _told = true;
            _exit = exit;
        }
        ReportOnce();
    }

    private void ReportOnce()
    {
        lock (_gate)
        {
            if (_reported || !_gone || !_told)
            {
                return;
            }
            _reported = true;
        }
        Events.OnExited(_exit);
    }
}
