using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Transport;

namespace Snakepit.Processes;

/// <summary>
/// The host's end of the launcher: the single-threaded process that is parent of every worker and survives the host's death just long enough
/// to end them all. Restarted when it is lost; its workers end with it.
/// </summary>
internal sealed class Launcher : IDisposable
{
    private readonly Func<ChildCommand> _command;
    private readonly Action<int>? _onStarted;
    private readonly Action<int> _onLost;
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, IChildEvents> _starting = [];
    private readonly Dictionary<uint, ChildProcess> _running = [];
    private LauncherProcess? _process;
    private uint _lastToken;
    private bool _disposed;

    public Launcher(Func<ChildCommand> command, Watcher watcher, Action<int> onLost, Action<int>? onStarted = null)
    {
        _command = command;
        _onStarted = onStarted;
        _onLost = onLost;
        Watcher = watcher;
    }

    public Watcher Watcher { get; }

    /// <summary>The launcher's process id; 0 before the first start.</summary>
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

    /// <summary>Asks for a child with the given descriptors as its 3 and 4 (data), 1 and 2 (output) and 5 (control). They may be closed when this returns.</summary>
    public void Start(ChildCommand command, ReadOnlySpan<int> descriptors, IChildEvents events)
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
                    _process = LauncherProcess.Start(_command(), this);
                    started = _process.Pid;
                }
                _starting[token] = events;
                if (_process is null || !_process.Send(LauncherOp.Spawn, token, EncodeSpawn(command), descriptors))
                {
                    _starting.Remove(token);
                    failure = "the launcher has ended";
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
            _onStarted?.Invoke(started);
        }
        if (failure is not null)
        {
            events.OnFailed(failure);
        }
    }

    public void SignalGroup(uint token, int signal)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(payload, signal);
        lock (_gate)
        {
            _process?.Send(LauncherOp.SignalGroup, token, payload, default); // which ignores a token that it doesn't know or no longer
        }
    }

    /// <summary>Ends the launcher, and with it every process that is left.</summary>
    public void Dispose()
    {
        LauncherProcess? process;
        lock (_gate)
        {
            _disposed = true;
            process = _process;
            _process = null;
        }
        process?.Dispose();
    }

    internal void OnMessage(LauncherOp op, uint token, ReadOnlySpan<byte> payload, Queue<Descriptor> descriptors)
    {
        switch (op)
        {
            case LauncherOp.Started when descriptors.TryDequeue(out Descriptor? pidfd):
                OnStarted(token, BinaryPrimitives.ReadInt32LittleEndian(payload), pidfd);
                break;
            case LauncherOp.Started:
                SignalGroup(token, Libc.SigKill);
                Take(_starting, token)?.OnFailed("this process has no file descriptor left to watch the worker with; raise the limit (ulimit -n) or lower Size");
                break;
            case LauncherOp.SpawnFailed:
                Take(_starting, token)?.OnFailed(Encoding.UTF8.GetString(payload[4..]));
                break;
            case LauncherOp.Exited:
                int status = BinaryPrimitives.ReadInt32LittleEndian(payload[1..]);
                Take(_running, token)?.SetExit(payload[0] == 1 ? new ChildExit(status, null) : new ChildExit(null, status, payload[0] == 3));
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
        process.Dispose();
        _onLost(process.Pid);
        foreach (IChildEvents events in starting)
        {
            events.OnFailed("the launcher ended before it could start the worker");
        }
        foreach (ChildProcess child in running)
        {
            child.SetExit(default); // it is gone or soon will be, and nobody is left to say how
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
        events.OnStarted(child); // before its end can be told: both are told on this thread
    }

    private T? Take<T>(Dictionary<uint, T> from, uint token)
        where T : class
    {
        lock (_gate)
        {
            return from.Remove(token, out T? value) ? value : null;
        }
    }

    private static byte[] EncodeSpawn(ChildCommand command)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        void Text(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            writer.Write((uint)bytes.Length);
            writer.Write(bytes);
        }

        writer.Write((uint)command.Arguments.Count);
        foreach (string argument in command.Arguments)
        {
            Text(argument);
        }
        writer.Write((uint)command.Environment.Count);
        foreach ((string name, string value) in command.Environment)
        {
            Text($"{name}={value}");
        }
        Text(command.WorkingDirectory);
        writer.Flush();
        return stream.ToArray();
    }
}
