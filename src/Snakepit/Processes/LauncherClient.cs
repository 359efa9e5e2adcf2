using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Snakepit.Frames;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>
/// The host's client of the launcher: the single-threaded process that is the parent of every worker, and outlives the host just long
/// enough to end them all. A lost launcher is restarted; its workers end with it.
/// </summary>
internal sealed class LauncherClient : IDisposable
{
    private static readonly TimeSpan s_joinTimeout = TimeSpan.FromSeconds(20);

    private readonly Func<ChildCommand> _command;
    private readonly Action<int>? _onStarted;
    private readonly Action<int> _onLost;
    private readonly HostRun _run;
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, IChildEvents> _starting = [];
    private readonly Dictionary<uint, ChildProcess> _running = [];
    private readonly List<Thread> _ending = []; // threads that end lost launchers
    private LauncherProcess? _process;
    private uint _lastToken;
    private bool _disposed;

    public LauncherClient(Func<ChildCommand> command, Watcher watcher, Action<int> onLost, Action<int>? onStarted = null,
    HostRun? run = null)
    {
        _command = command;
        _onStarted = onStarted;
        _onLost = onLost;
        _run = run ?? new HostRun();
        Watcher = watcher;
    }

    public Watcher Watcher { get; }

    /// <summary>
    /// The time that a launcher has to end before it is killed. Resource trackers that get no processor time may take 10 s.
    /// </summary>
    public int EndPatienceMs { get; init; } = 15_000;

    /// <summary>Opens the pidfd of a process.</summary>
    public Func<int, int> OpenPidfd { get; init; } = Libc.PidfdOpen;

    /// <summary>The pid of the launcher's guard, which is its parent and our child; 0 before the first start.</summary>
    public int Pid
    {
        get
        {
            lock (_gate)
            {
                return _process?.Pid ?? 0;
            }
        }
    }

    /// <summary>
    /// Requests a child with the given descriptors as its 3 and 4 (data), 1 and 2 (output) and 5 (control). The caller may close them on
    /// return.
    /// </summary>
    public void Start(ChildCommand command, ReadOnlySpan<int> descriptors, IChildEvents events) =>
        Ask(LauncherOp.Spawn, LauncherMessages.Spawn(command), descriptors, events);

    /// <summary>Requests a zygote.</summary>
    /// <param name="command">The command line and environment.</param>
    /// <param name="instructions">The modules to import.</param>
    /// <param name="output">The descriptor of its standard output and error.</param>
    /// <param name="events">Gets the events of the zygote.</param>
    public void StartZygote(ChildCommand command, ReadOnlySpan<byte> instructions, int output, IZygoteEvents events) =>
        Ask(LauncherOp.Zygote, LauncherMessages.Zygote(command, instructions), [output], events);

    /// <summary>Requests a child as <see cref="Start"/> does, by a fork of the zygote. Fails when the zygote has ended.</summary>
    public void Fork(ChildProcess zygote, ReadOnlySpan<int> descriptors, IChildEvents events) =>
        Ask(LauncherOp.Fork, LauncherMessages.Fork(zygote.Token), descriptors, events);

    public void SignalGroup(uint token, int signal)
    {
        lock (_gate)
        {
            // The launcher ignores tokens that it does not know or no longer knows.
            _process?.Send(LauncherOp.SignalGroup, token, LauncherMessages.Signal(signal));
        }
    }

    /// <summary>Ends the launcher, and with it all processes that it has started. No events follow.</summary>
    public void Dispose()
    {
        LauncherProcess? process;
        ChildProcess[] running;
        Thread[] ending;
        lock (_gate)
        {
            _disposed = true;
            ending = [.. _ending];
            process = _process;
            _process = null;
            running = [.. _running.Values];
            _running.Clear();
        }
        bool mayLeave = process?.End() == false;
        Array.ForEach(running, static child => child.Release());
        Array.ForEach(ending, static thread => thread.Join(s_joinTimeout));
        if (mayLeave)
        {
            _run.EndLeftovers();
        }
    }

    private void Ask(LauncherOp op, ReadOnlySpan<byte> payload, ReadOnlySpan<int> descriptors, IChildEvents events)
    {
        string? failure = null;
        int started = 0;
        lock (_gate)
        {
            uint token = ++_lastToken;
            try
            {
                if (_process is null && !_disposed)
                {
                    _process = LauncherProcess.Start(_command(), _run.NextLauncher(), this);
                    started = _process.Pid;
                }
                _starting[token] = events;
                if (_process is null)
                {
                    _starting.Remove(token);
                    failure = "the launcher has ended";
                }
                else
                {
                    // If the launcher has ended, its loss is reported, and with it the failure of this start.
                    _ = _process.Send(op, token, [(byte)descriptors.Length, .. payload], descriptors);
                }
            }
            catch (IOException e)
            {
                _starting.Remove(token);
                failure = e.Message;
            }
        }
        if (started != 0)
        {
            _run.NoteLauncher(started);
            _onStarted?.Invoke(started);
        }
        if (failure is not null)
        {
            events.OnFailed(failure);
        }
    }

    internal void OnMessage(LauncherOp op, uint token, ReadOnlySpan<byte> payload, Queue<Descriptor> descriptors)
    {
        switch (op)
        {
            case LauncherOp.Started when payload[sizeof(uint)] != 0 && descriptors.TryDequeue(out Descriptor? pidfd) && !pidfd.IsInvalid:
                OnStarted(token, BinaryPrimitives.ReadInt32LittleEndian(payload), pidfd);
                break;
            case LauncherOp.Started:
                SignalGroup(token, Libc.SigKill);
                Take(_starting, token)?.OnFailed(
                    "this process or its launcher has no file descriptor left to watch the worker with; "
                        + "raise the limit (ulimit -n) or lower Size");
                break;
            case LauncherOp.SpawnFailed:
                Take(_starting, token)?.OnFailed(Encoding.UTF8.GetString(payload[4..]));
                break;
            case LauncherOp.ZygoteReady:
                FindZygote(token)?.OnReady(Encoding.UTF8.GetString(payload));
                break;
            case LauncherOp.ZygoteRefused:
                FindZygote(token)?.OnRefused(Encoding.UTF8.GetString(payload));
                break;
            case LauncherOp.ZygoteOutdated:
                FindZygote(token)?.OnOutdated(Encoding.UTF8.GetString(payload));
                break;
            case LauncherOp.Exited:
                int status = BinaryPrimitives.ReadInt32LittleEndian(payload[1..]);
                var used = TimeSpan.FromMicroseconds(
                    BinaryPrimitives.ReadInt64LittleEndian(payload[5..]) + BinaryPrimitives.ReadInt64LittleEndian(payload[13..]));
                var exit = new ChildExit(null, null, CpuTime: used, PeakResident: BinaryPrimitives.ReadInt64LittleEndian(payload[21..]));
                Take(_running, token)?.SetExit(
                    payload[0] == 1 ? exit with { ExitCode = status } : exit with { Signal = status, CoreDumped = payload[0] == 3 });
                break;
        }
    }

    internal void OnLost(LauncherProcess process)
    {
        IChildEvents[] starting;
        ChildProcess[] running;
        lock (_gate)
        {
            if (_process != process)
            {
                return;
            }
            _process = null;
            starting = [.. _starting.Values];
            _starting.Clear();
            running = [.. _running.Values];
            _running.Clear();
        }
        process.Detach();
        EndBeside(process);
        _onLost(process.Pid);
        foreach (IChildEvents events in starting)
        {
            events.OnFailed("the launcher ended before it could start the worker", isLauncherLost: true);
        }
        foreach (ChildProcess child in running)
        {
            child.SetExit(default); // the process has ended or soon will, but no launcher is left to report how
        }
    }

    /// <summary>
    /// Ends a lost launcher on a thread of its own, so that no caller waits. Its workers end with it, and its guard ends their descendants;
    /// a sweep ends the rest.
    /// </summary>
    private void EndBeside(LauncherProcess lost)
    {
        var thread = new Thread(() => End(lost), 256 * 1024) { IsBackground = true, Name = "Snakepit lost launcher" };
        lock (_gate)
        {
            _ending.RemoveAll(static ended => !ended.IsAlive);
            _ending.Add(thread);
            thread.UnsafeStart();
        }
    }

    private void End(LauncherProcess lost)
    {
        if (!lost.End())
        {
            _run.EndLeftovers(lost.Mark);
        }
    }

    private void OnStarted(uint token, int pid, Descriptor pidfd)
    {
        if (Take(_starting, token) is not { } events)
        {
            pidfd.Dispose();
            return;
        }
        var child = new ChildProcess(this, token, pid, pidfd, events);
        lock (_gate)
        {
            _running[token] = child;
        }
        try
        {
            child.Watch(Watcher);
        }
        catch (IOException e)
        {
            Take(_running, token);
            events.OnFailed(e.Message);
            return;
        }
        events.OnStarted(child); // before its end, which is reported on this thread too
    }

    private IZygoteEvents? FindZygote(uint token)
    {
        lock (_gate)
        {
            return _running.GetValueOrDefault(token)?.Events as IZygoteEvents;
        }
    }

    private T? Take<T>(Dictionary<uint, T> from, uint token)
        where T : class
    {
        lock (_gate)
        {
            return from.Remove(token, out T? value) ? value : null;
        }
    }
}
