using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>Watches many descriptors on one thread, an epoll loop in which they take turns. Each is seldom ready.</summary>
internal sealed unsafe class Watcher : IDisposable
{
    private const int BatchSize = 64;
    private static readonly TimeSpan s_joinTimeout = TimeSpan.FromSeconds(5);

    // struct epoll_event is packed on x86-64 only.
    private static readonly int s_eventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int s_dataOffset = s_eventSize - 8;

    private readonly Descriptor _epoll;
    private readonly Descriptor _wake;
    private readonly ConcurrentDictionary<long, IWatched> _watched = new();
    private readonly Thread _thread;
    private readonly Action<Exception> _onError;
    private long _lastToken;
    private volatile bool _stopping;

    /// <param name="onError">
    /// Gets the exceptions of handlers. The loop continues: a failing handler must not stop the events of the others.
    /// </param>
    /// <param name="name">The name of the thread.</param>
    public Watcher(Action<Exception> onError, string name = "Snakepit watcher")
    {
        _onError = onError;
        int epoll = Libc.epoll_create1(Libc.OCloexec);
        Descriptor.Check(epoll, "epoll_create1");
        _epoll = new Descriptor(epoll);
        int wake = Libc.eventfd(0, Libc.EfdCloexec | Libc.EfdNonblock);
        Descriptor.Check(wake, "eventfd");
        _wake = new Descriptor(wake);
        Control(Libc.EpollCtlAdd, _wake, 0, Libc.EpollIn);
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = name };
        _thread.UnsafeStart(); // its callbacks belong to no caller's context
    }

    /// <summary>Begins to watch for data, or for room to write; the returned token ends it.</summary>
    /// <exception cref="IOException">The system has no room for another one, or the watcher was disposed.</exception>
    public long Add(Descriptor descriptor, IWatched watched, bool writable = false)
    {
        long token = Interlocked.Increment(ref _lastToken);
        _watched[token] = watched;
        try
        {
            Control(Libc.EpollCtlAdd, descriptor, token, writable ? Libc.EpollOut : Libc.EpollIn);
            return token;
        }
        catch (IOException)
        {
            _watched.TryRemove(token, out _);
            throw;
        }
    }

    /// <summary>Tells of no data until <see cref="Resume"/>. A handler that is running may still finish.</summary>
    public void Pause(Descriptor descriptor, long token) => Change(descriptor, token, Libc.EpollOneShot); // the end is told once at most

    /// <summary>Tells of data again, and of the end.</summary>
    public void Resume(Descriptor descriptor, long token) => Change(descriptor, token, Libc.EpollIn);

    /// <summary>Stops watching. A handler that is running on the watcher's thread may still finish.</summary>
    public void Remove(Descriptor descriptor, long token)
    {
        if (_watched.TryRemove(token, out _) && !descriptor.IsClosed && !_stopping)
        {
            _ = Libc.epoll_ctl(_epoll.Number, Libc.EpollCtlDel, descriptor.Number, null);
        }
    }

    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }
        _stopping = true;
        Span<byte> one = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(one, 1);
        _wake.Write(one);
        if (Thread.CurrentThread != _thread && _thread.Join(s_joinTimeout))
        {
            _epoll.Dispose();
            _wake.Dispose();
        }
    }

    private void Change(Descriptor descriptor, long token, uint events)
    {
        if (!_stopping)
        {
            Control(Libc.EpollCtlMod, descriptor, token, events);
        }
    }

    private void Control(int operation, Descriptor descriptor, long token, uint events)
    {
        if (_stopping)
        {
            throw new IOException("The watcher has ended."); // the number of its descriptor may be reused
        }
        byte* epollEvent = stackalloc byte[16];
        *(uint*)epollEvent = events;
        Unaligned(epollEvent + s_dataOffset, token);
        Descriptor.Check(Libc.epoll_ctl(_epoll.Number, operation, descriptor.Number, epollEvent), "epoll_ctl");
    }

    private static void Unaligned(byte* at, long value) => BinaryPrimitives.WriteInt64LittleEndian(new Span<byte>(at, 8), value);

    private void Run()
    {
        byte* events = stackalloc byte[BatchSize * 16];
        while (!_stopping)
        {
            int count = Libc.epoll_wait(_epoll.Number, events, BatchSize, -1);
            for (int i = 0; i < count && !_stopping; i++)
            {
                byte* one = events + (i * s_eventSize);
                uint flags = *(uint*)one;
                long token = BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(one + s_dataOffset, 8));
                if (_watched.TryGetValue(token, out IWatched? watched))
                {
                    Handle(watched, flags);
                }
            }
        }
    }

    private void Handle(IWatched watched, uint flags)
    {
        try
        {
            watched.OnReady((flags & (Libc.EpollIn | Libc.EpollHup | Libc.EpollErr)) != 0, (flags & (Libc.EpollOut | Libc.EpollErr)) != 0);
        }
        catch (Exception e)
        {
            _onError(e);
        }
    }
}
