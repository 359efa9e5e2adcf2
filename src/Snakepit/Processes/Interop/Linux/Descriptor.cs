using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace Snakepit.Processes.Interop.Linux;

/// <summary>An owned file descriptor, with the operations that channels need.</summary>
internal sealed unsafe class Descriptor : SafeHandle
{
    private const nuint Fionread = 0x541B;

    public Descriptor(int descriptor)
        : base(-1, ownsHandle: true) => SetHandle(descriptor);

    public override bool IsInvalid => handle < 0;

    /// <summary>The number; -1 once it is closed, because the number may be reused.</summary>
    public int Number => IsClosed ? -1 : (int)handle;

    /// <summary>Creates a pipe whose ends close on exec. The chosen ends do not block.</summary>
    public static (Descriptor Read, Descriptor Write) CreatePipe(bool nonblockingRead = false, bool nonblockingWrite = false)
    {
        int* ends = stackalloc int[2];
        Check(Libc.pipe2(ends, Libc.OCloexec), "pipe2");
        var pipe = (Read: new Descriptor(ends[0]), Write: new Descriptor(ends[1]));
        if (nonblockingRead)
        {
            pipe.Read.StopBlocking();
        }
        if (nonblockingWrite)
        {
            pipe.Write.StopBlocking();
        }
        return pipe;
    }

    /// <summary>Creates a connected pair of stream sockets that close on exec.</summary>
    public static (Descriptor Ours, Descriptor Theirs) CreateSocketPair()
    {
        int* ends = stackalloc int[2];
        Check(Libc.socketpair(Libc.AfUnix, Libc.SockStream | Libc.SockCloexec, 0, ends), "socketpair");
        return (new Descriptor(ends[0]), new Descriptor(ends[1]));
    }

    public static void Check(int result, string call)
    {
        if (result < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            throw new IOException($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).");
        }
    }

    /// <summary>Returns the bytes read, 0 at the end, or a negated error number such as -EAGAIN.</summary>
    public int Read(Span<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            while (true)
            {
                nint count = Libc.read(Number, p, (nuint)buffer.Length);
                if (count >= 0)
                {
                    return (int)count;
                }
                int error = Marshal.GetLastPInvokeError();
                if (error != Libc.EIntr)
                {
                    return -error;
                }
            }
        }
    }

    /// <summary>
    /// Returns the bytes read from the beginning of a file, whatever its position; 0 when it is empty; or a negated error number.
    /// </summary>
    public int ReadFromStart(Span<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            nint count = Libc.pread(Number, p, (nuint)buffer.Length, 0);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Returns the bytes written, or a negated error number.</summary>
    public int Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            while (true)
            {
                nint count = Libc.write(Number, p, (nuint)buffer.Length);
                if (count >= 0)
                {
                    return (int)count;
                }
                int error = Marshal.GetLastPInvokeError();
                if (error != Libc.EIntr)
                {
                    return -error;
                }
            }
        }
    }

    /// <summary>Receives without blocking; returns the bytes, 0 at the end, or a negated error number.</summary>
    public int Receive(Span<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            nint count = Libc.recv(Number, p, (nuint)buffer.Length, Libc.MsgDontWait);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Sends without blocking and without SIGPIPE; returns the bytes, or a negated error number.</summary>
    public int Send(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            nint count = Libc.send(Number, p, (nuint)buffer.Length, Libc.MsgNoSignal | Libc.MsgDontWait);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Shuts down one direction of a socket.</summary>
    public void Shutdown(int how) => _ = Libc.shutdown(Number, how);

    /// <summary>Makes reads and writes return -EAGAIN instead of blocking.</summary>
    public void StopBlocking() => _ = Libc.fcntl(Number, Libc.FSetfl, Libc.ONonblock);

    /// <summary>
    /// Waits without sleeping until there is something to read, or the end; returns false after <paramref name="longest"/>. For waits
    /// shorter than a sleep: an idle core takes time to wake up, so a spin also keeps the answering core awake. A machine with a single
    /// core yields it to other threads at once.
    /// </summary>
    public bool SpinUntilReadable(TimeSpan longest)
    {
        var poll = new Libc.PollDescriptor { Descriptor = Number, Events = Libc.PollIn };
        long begun = Stopwatch.GetTimestamp();
        while (Libc.poll(&poll, 1, 0) <= 0)
        {
            if (Stopwatch.GetElapsedTime(begun) > longest)
            {
                return false;
            }
            _ = Libc.sched_yield();
        }
        return true;
    }

    /// <summary>Waits until nobody reads any more what is written to a pipe, a socket or a terminal. The output of a file has no
    /// reader, and the wait no end.</summary>
    public static void WaitUntilUnread(int descriptor)
    {
        var poll = new Libc.PollDescriptor { Descriptor = descriptor }; // errors are told without being asked for
        while (Libc.poll(&poll, 1, -1) < 0 && Marshal.GetLastPInvokeError() == Libc.EIntr)
        {
        }
    }

    /// <summary>Returns the number of bytes that can be read now.</summary>
    public int Available()
    {
        int count = 0;
        return Libc.ioctl(Number, Fionread, &count) < 0 ? 0 : count;
    }

    /// <summary>Returns the capacity of the pipe in bytes.</summary>
    public int PipeSize()
    {
        int size = Libc.fcntl(Number, Libc.FGetPipeSize, 0);
        Check(size, "fcntl");
        return size;
    }

    /// <summary>Returns another descriptor of the same file, numbered <paramref name="lowest"/> or higher, that closes on exec.</summary>
    public Descriptor Duplicate(int lowest) => Duplicate(Number, lowest);

    /// <summary>Duplicates a descriptor that another object owns.</summary>
    public static Descriptor Duplicate(int descriptor, int lowest)
    {
        int number = Libc.fcntl(descriptor, Libc.FDupfdCloexec, lowest);
        Check(number, "fcntl");
        return new Descriptor(number);
    }

    /// <summary>Opens the same pipe again for non-blocking writes: a duplicate would share the blocking mode.</summary>
    /// <exception cref="IOException">There is no free descriptor.</exception>
    public Descriptor OpenAgainForWriting()
    {
        Span<byte> path = stackalloc byte[32];
        _ = Utf8.TryWrite(path, $"/proc/self/fd/{Number}\0", out _);
        fixed (byte* p = path)
        {
            int number = Libc.open(p, Libc.OWriteOnly | Libc.ONonblock | Libc.OCloexec);
            Check(number, "open");
            return new Descriptor(number);
        }
    }

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
