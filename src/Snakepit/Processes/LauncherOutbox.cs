using Snakepit.Frames;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>
/// Sends messages to a launcher without waiting: bytes that its socket has no room for are sent later. Otherwise, a launcher that waits for
/// the host could deadlock with a watcher that waits for the launcher.
/// </summary>
/// <param name="socket">The socket to the launcher.</param>
/// <param name="watcher">Reports when the socket has room.</param>
/// <param name="time">Schedules retries where no event reports room.</param>
/// <param name="send">As <see cref="DescriptorPassing.Send"/>.</param>
internal sealed class LauncherOutbox(
    Descriptor socket, Watcher watcher, TimeProvider? time = null, LauncherOutbox.Sender? send = null) : IWatched, IDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly Sender _send = send ?? DescriptorPassing.Send;
    private readonly Queue<Message> _waiting = new();
    private Descriptor? _room; // a duplicate of the socket: the watcher watches a descriptor for one event only
    private long _watch;
    // Runs while too many descriptors are in flight. The socket has room for bytes then, so waiting for room would spin.
    private ITimer? _retry;
    private bool _closed;

    /// <summary>Sends without blocking; returns the bytes sent, or a negated error number.</summary>
    internal delegate int Sender(Descriptor socket, ReadOnlySpan<byte> data, ReadOnlySpan<int> descriptors);

    /// <summary>
    /// Sends a message, in order; returns false when the launcher has ended. The caller may close the descriptors on return.
    /// </summary>
    /// <exception cref="IOException">The message cannot be kept until there is room.</exception>
    public bool Send(byte[] data, ReadOnlySpan<int> descriptors)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }
            int sent = _waiting.Count > 0 ? 0 : _send(socket, data, descriptors);
            if (sent == data.Length)
            {
                return true;
            }
            if (sent < 0 && !DescriptorPassing.IsLackOfRoom(sent))
            {
                return false;
            }
            Keep_NeedsLock(data, sent, sent > 0 ? default : descriptors);
            return true;
        }
    }

    void IWatched.OnReady(bool readable, bool writable) => SendWaiting();

    private void SendWaiting()
    {
        lock (_gate)
        {
            while (!_closed && _waiting.TryPeek(out Message? first))
            {
                int sent = _send(socket, first.Data.AsSpan(first.Sent), first.Numbers);
                if (sent < 0 && DescriptorPassing.IsLackOfRoom(sent))
                {
                    AwaitRoom_NeedsLock(sent);
                    return;
                }
                first.Release();
                first.Sent += sent;
                if (sent < 0 || first.Sent == first.Data.Length) // the launcher has ended, which its reader reports
                {
                    _waiting.Dequeue();
                }
            }
            StopWatching_NeedsLock();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            StopWatching_NeedsLock();
            while (_waiting.TryDequeue(out Message? message))
            {
                message.Release();
            }
        }
    }

    private void Keep_NeedsLock(byte[] data, int sent, ReadOnlySpan<int> descriptors)
    {
        var message = new Message(data) { Sent = Math.Max(0, sent) };
        try
        {
            foreach (int number in descriptors)
            {
                message.Descriptors.Add(Descriptor.Duplicate(number, 0));
            }
            if (_waiting.Count == 0)
            {
                AwaitRoom_NeedsLock(sent);
            }
            _waiting.Enqueue(message);
        }
        catch (IOException)
        {
            message.Release();
            if (_waiting.Count == 0)
            {
                StopWatching_NeedsLock();
            }
            if (sent > 0)
            {
                socket.Shutdown(Libc.ShutWrite); // half a message: the launcher could understand nothing after it
            }
            throw;
        }
    }

    private void AwaitRoom_NeedsLock(int sent)
    {
        if (sent < 0 && DescriptorPassing.IsOverload(sent))
        {
            StopWatching_NeedsLock();
            _retry = (time ?? TimeProvider.System)
                .CreateTimer(static outbox => ((LauncherOutbox)outbox!).Retry(), this, s_retry, Timeout.InfiniteTimeSpan);
        }
        else if (_room is null)
        {
            StopWatching_NeedsLock();
            _room = socket.Duplicate(0);
            _watch = watcher.Add(_room, this, writable: true);
        }
    }

    private void Retry()
    {
        try
        {
            SendWaiting();
        }
        catch (IOException)
        {
            lock (_gate)
            {
                if (!_closed)
                {
                    AwaitRoom_NeedsLock(-Libc.ENoBufs); // no descriptor to wait for room with, so it retries later
                }
            }
        }
    }

    private void StopWatching_NeedsLock()
    {
        _retry?.Dispose();
        _retry = null;
        if (_room is not null)
        {
            watcher.Remove(_room, _watch);
            _room.Dispose();
            _room = null;
        }
    }

    private sealed class Message(byte[] data)
    {
        public byte[] Data { get; } = data;

        public int Sent { get; set; }

        public List<Descriptor> Descriptors { get; } = [];

        public int[] Numbers => [.. Descriptors.Select(static descriptor => descriptor.Number)];

        /// <summary>Closes the descriptors: they were sent with the first byte, or never will be.</summary>
        public void Release()
        {
            Descriptors.ForEach(static descriptor => descriptor.Dispose());
            Descriptors.Clear();
        }
    }
}
