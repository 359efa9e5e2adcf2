using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Snakepit.Frames;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>One launcher process and the socket to it.</summary>
internal sealed unsafe class LauncherProcess : IWatched, IDisposable
{
    private const short SpawnSetSigDefault = 0x04;
    private const short SpawnSetSigMask = 0x08;
    private const short SpawnSetSid = 0x80;
    private const int KillPollMs = 1_000;
    private const int ReapPollMs = 1;

    private readonly LauncherClient _owner;
    private readonly Descriptor _socket;
    private readonly Descriptor _pidfd;
    private readonly LauncherOutbox _outbox;
    private readonly Queue<Descriptor> _descriptors = new();
    private readonly byte[] _buffer = new byte[LauncherMessages.MaxSize];
    private int _filled;
    private long _watch;
    private int _detached;
    private int _disposed;

    private LauncherProcess(LauncherClient owner, int pid, Descriptor socket, Descriptor pidfd, RunMark mark)
    {
        _owner = owner;
        _socket = socket;
        _pidfd = pidfd;
        _outbox = new LauncherOutbox(socket, owner.Watcher);
        Pid = pid;
        Mark = mark;
    }

    public int Pid { get; }

    /// <summary>The mark on all processes that the launcher starts.</summary>
    public RunMark Mark { get; }

    /// <exception cref="IOException">The launcher could not be started.</exception>
    public static LauncherProcess Start(ChildCommand command, RunMark mark, LauncherClient owner)
    {
        (Descriptor ours, Descriptor theirs) = Descriptor.CreateSocketPair();
        using (theirs)
        {
            try
            {
                int pid = Spawn(
                    command with
                    {
                        Environment = new Dictionary<string, string>(command.Environment) { [RunMark.Variable] = mark.ToString() },
                    },
                    theirs);
                var process = new LauncherProcess(owner, pid, ours, Hold(pid, owner.OpenPidfd), mark);
                try
                {
                    process._watch = owner.Watcher.Add(ours, process);
                    return process;
                }
                catch (IOException)
                {
                    process.End(patienceMs: 0);
                    throw;
                }
            }
            catch
            {
                ours.Dispose();
                throw;
            }
        }
    }

    /// <summary>Sends a message; returns false when the launcher has ended.</summary>
    /// <exception cref="IOException">There is no room for the message.</exception>
    public bool Send(LauncherOp op, uint token, ReadOnlySpan<byte> payload, ReadOnlySpan<int> descriptors = default)
    {
        byte[] message = new byte[LauncherMessages.HeaderSize + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(message, (uint)(message.Length - sizeof(uint)));
        message[4] = (byte)op;
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(5), token);
        payload.CopyTo(message.AsSpan(LauncherMessages.HeaderSize));
        return _outbox.Send(message, descriptors);
    }

    void IWatched.OnReady(bool readable, bool writable)
    {
        int count = DescriptorPassing.Receive(_socket, _buffer.AsSpan(_filled), _descriptors);
        if (count == -Libc.EAgain || count == -Libc.EIntr)
        {
            return;
        }
        if (count <= 0)
        {
            _owner.OnLost(this);
            return;
        }
        _filled += count;
        try
        {
            TakeMessages();
        }
        catch (ProtocolException)
        {
            _owner.OnLost(this); // without its descriptors in step, none of its messages can be understood
        }
    }

    /// <summary>Stops reading and writing, which makes the launcher end all its processes. Does not wait.</summary>
    public void Detach()
    {
        if (Interlocked.Exchange(ref _detached, 1) == 0)
        {
            _owner.Watcher.Remove(_socket, _watch);
            _outbox.Dispose();
            _socket.Shutdown(Libc.ShutWrite); // a close would mean that the host has died, and the launcher would skip the clean-up
        }
    }

    /// <summary>
    /// Makes the launcher end all its processes and waits for it, with a bound, after which it is killed. Returns false when it did not end
    /// by itself with success, so that processes may be left.
    /// </summary>
    public bool End() => End(_owner.EndPatienceMs);

    private bool End(int patienceMs)
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return true;
        }
        Detach();
        bool isEnded = RunSweep.WaitForEnd(_pidfd, patienceMs);
        _socket.Dispose();
        if (!isEnded)
        {
            _ = Libc.PidfdSendSignal(_pidfd.Number, Libc.SigKill);
            _ = RunSweep.WaitForEnd(_pidfd, KillPollMs); // one that is stuck in the kernel stays a zombie of ours
        }
        _pidfd.Dispose();
        int status;
        return Libc.waitpid(Pid, &status, Libc.WNoHang) == Pid && isEnded && status == 0;
    }

    public void Dispose() => End();

    /// <summary>Opens a pidfd of the process just started, or kills it: only a pidfd allows a wait for its end with a bound.</summary>
    private static Descriptor Hold(int pid, Func<int, int> open)
    {
        var pidfd = new Descriptor(open(pid));
        if (!pidfd.IsInvalid)
        {
            return pidfd;
        }
        string why = Marshal.GetLastPInvokeErrorMessage();
        _ = Libc.kill(pid, Libc.SigKill); // our child and not reaped, so its pid cannot be reused
        int status;
        for (int waited = 0; waited < KillPollMs && Libc.waitpid(pid, &status, Libc.WNoHang) == 0; waited += ReapPollMs)
        {
            _ = Libc.poll(null, 0, ReapPollMs);
        }
        throw new IOException($"The launcher cannot be watched: {why}.");
    }

    private void TakeMessages()
    {
        int start = 0;
        try
        {
            while (LauncherMessages.TryTake(
                _buffer.AsSpan(start, _filled - start), out LauncherOp op, out uint token, out ReadOnlySpan<byte> payload))
            {
                start += LauncherMessages.HeaderSize + payload.Length;
                _owner.OnMessage(op, token, payload, _descriptors);
            }
        }
        finally
        {
            // Also after an exception of a handler: handled twice, a STARTED would take the descriptor of another worker.
            _buffer.AsSpan(start, _filled - start).CopyTo(_buffer);
            _filled -= start;
        }
    }

    private static int Spawn(ChildCommand command, Descriptor socket)
    {
        byte* actions = stackalloc byte[512];
        byte* attributes = stackalloc byte[1024];
        byte* signals = stackalloc byte[256];
        _ = Libc.posix_spawn_file_actions_init(actions);
        _ = Libc.posix_spawnattr_init(attributes);
        _ = Libc.posix_spawnattr_setflags(attributes, SpawnSetSigDefault | SpawnSetSigMask | SpawnSetSid);
        _ = Libc.sigemptyset(signals);
        _ = Libc.posix_spawnattr_setsigmask(attributes, signals);
        _ = Libc.sigfillset(signals);
        _ = Libc.posix_spawnattr_setsigdefault(attributes, signals);
        nint[] argv = ToNative(command.Arguments);
        nint[] envp = ToNative([.. command.Environment.Select(static pair => $"{pair.Key}={pair.Value}")]);
        nint devNull = Marshal.StringToCoTaskMemUTF8("/dev/null");
        try
        {
            _ = Libc.posix_spawn_file_actions_addopen(actions, 0, (byte*)devNull, 0, 0);
            // A dup2 onto itself would keep close-on-exec, so the socket is moved first.
            using Descriptor source = socket.Duplicate(Protocol.DescriptorLauncher + 1);
            _ = Libc.posix_spawn_file_actions_adddup2(actions, source.Number, Protocol.DescriptorLauncher);
            int pid;
            fixed (nint* arguments = argv, environment = envp)
            {
                int error = Libc.posix_spawn(&pid, (byte*)argv[0], actions, attributes, (byte**)arguments, (byte**)environment);
                if (error != 0)
                {
                    throw new IOException(
                        $"The launcher could not be started with {command.Arguments[0]}: "
                            + $"{Marshal.GetPInvokeErrorMessage(error)} (errno {error}).");
                }
            }
            return pid;
        }
        finally
        {
            Array.ForEach(argv, Marshal.FreeCoTaskMem);
            Array.ForEach(envp, Marshal.FreeCoTaskMem);
            Marshal.FreeCoTaskMem(devNull);
            _ = Libc.posix_spawn_file_actions_destroy(actions);
            _ = Libc.posix_spawnattr_destroy(attributes);
        }
    }

    private static nint[] ToNative(IReadOnlyList<string> texts)
    {
        var native = new nint[texts.Count + 1];
        for (int i = 0; i < texts.Count; i++)
        {
            native[i] = Marshal.StringToCoTaskMemUTF8(texts[i]);
        }
        return native;
    }
}
