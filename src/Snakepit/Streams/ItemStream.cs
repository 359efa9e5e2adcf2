using System.Threading.Channels;
using Snakepit.Frames;

namespace Snakepit.Streams;

/// <summary>
/// The items of one call on their way to its caller. The worker sends as many as it has credit for; the caller's reading grants more. Owns
/// the items that have arrived and were not taken.
/// </summary>
internal sealed class ItemStream : ICallStream, IDisposable
{
    /// <summary>The worker may hold an item back for this long; then the host looks for it.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_ahead = TimeSpan.FromMilliseconds(50);

    private readonly Channel<ReplyBody> _items = Channel.CreateUnbounded<ReplyBody>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _idleTimeout;
    private readonly Action _onIdle;
    private StreamWindow _window;
    private ICallChannel? _channel;
    private CallKey _call;
    private ITimer? _timer;
    private long _quietSince; // when the caller began to wait, or the last item came
    private bool _waits; // the caller waits for an item
    private bool _mayHold; // the worker may hold an item back
    private bool _left; // nobody takes items any more

    /// <param name="time">The clock.</param>
    /// <param name="idleTimeout">How long the caller waits for an item at most.</param>
    /// <param name="onIdle">Called when it has waited longer.</param>
    public ItemStream(TimeProvider time, TimeSpan idleTimeout, Action onIdle)
    {
        _time = time;
        _idleTimeout = idleTimeout;
        _onIdle = onIdle;
        _window = new StreamWindow((long)(s_ahead.TotalSeconds * time.TimestampFrequency));
    }

    public int Window => StreamWindow.First;

    public bool HasItems => Counts.Items > 0;

    /// <summary>What was counted of the stream.</summary>
    public StreamCounts Counts
    {
        get
        {
            lock (_gate)
            {
                return new StreamCounts(_window.Received, _window.ReceivedBytes, _window.Taken, FirstItemAt);
            }
        }
    }

    /// <summary>Whether the caller has waited longer than <c>Call.StreamIdleTimeout</c>.</summary>
    public bool IsIdle { get; private set; }

    private long FirstItemAt { get; set; }

    public void OnSending(CallKey call, ICallChannel channel)
    {
        lock (_gate)
        {
            _call = call;
            _channel = channel;
            _quietSince = _time.GetTimestamp();
        }
    }

    public void OnItem(long number, ReadOnlySpan<byte> body, BodyFormat format, bool isStaged)
    {
        lock (_gate)
        {
            if (number < _window.Received || (isStaged && number > _window.Received))
            {
                return; // it has come by the other way, or those before it have not come yet
            }
            if (number > _window.Received)
            {
                throw new ProtocolException($"Item {number} of a stream came where item {_window.Received} was due.");
            }
            if (!_window.TryReceive(body.Length))
            {
                throw new ProtocolException($"Item {number} of a stream came without credit for it.");
            }
            _quietSince = _time.GetTimestamp();
            FirstItemAt = FirstItemAt == 0 ? _quietSince : FirstItemAt;
            _mayHold = true;
            if (!_left)
            {
                ReplyBody item = ReplyBody.Copy(body, format);
                if (!_items.Writer.TryWrite(item))
                {
                    item.Return(); // the call has just ended
                }
            }
        }
    }

    /// <summary>Takes the next item that has arrived. <see cref="Return"/> follows.</summary>
    public bool TryTake(out ReplyBody item) => _items.Reader.TryRead(out item);

    /// <summary>Releases an item that was taken, and lets the worker send more.</summary>
    public void Return(ref ReplyBody item)
    {
        int length = item.Span.Length;
        item.Return();
        ICallChannel? channel = null;
        lock (_gate)
        {
            if (_window.Take(length, _time.GetTimestamp()) && !_left)
            {
                channel = _channel;
                channel?.PostFrame(_call, FrameWriter.Credit(_call.Value, _window.Items, _window.Bytes));
            }
        }
        channel?.Flush();
    }

    /// <summary>Waits for an item; returns false when none will come.</summary>
    public ValueTask<bool> WaitAsync()
    {
        ValueTask<bool> wait = _items.Reader.WaitToReadAsync();
        return wait.IsCompleted ? wait : WatchAsync(wait);
    }

    /// <summary>The call has ended: no item follows those that have arrived.</summary>
    /// <param name="byWorker">Whether the worker has ended it, and sends nothing more.</param>
    public void End(bool byWorker)
    {
        _items.Writer.TryComplete();
        if (!byWorker)
        {
            Stop();
        }
    }

    /// <summary>Nobody takes items any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _left = true;
            _timer?.Dispose();
        }
        while (_items.Reader.TryRead(out ReplyBody item))
        {
            item.Return();
        }
    }

    private void Stop()
    {
        ICallChannel? channel;
        lock (_gate)
        {
            _left = true;
            channel = _channel;
            channel?.PostFrame(_call, FrameWriter.Stop(_call.Value));
        }
        channel?.Flush();
    }

    private async ValueTask<bool> WatchAsync(ValueTask<bool> wait)
    {
        lock (_gate)
        {
            _waits = true;
            _quietSince = _time.GetTimestamp();
            Arm_NeedsLock();
        }
        bool more = await wait.ConfigureAwait(false);
        lock (_gate)
        {
            _waits = false;
        }
        return more;
    }

    private void Arm_NeedsLock()
    {
        TimeSpan due = _mayHold ? s_look : Remaining_NeedsLock();
        if (due == Timeout.InfiniteTimeSpan || _left)
        {
            return;
        }
        _timer ??= _time.CreateTimer(
            static stream => ((ItemStream)stream!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan Remaining_NeedsLock()
    {
        if (_idleTimeout == Timeout.InfiniteTimeSpan)
        {
            return _idleTimeout;
        }
        TimeSpan left = _idleTimeout - _time.GetElapsedTime(_quietSince);
        return left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
    }

    private void OnTimer()
    {
        ICallChannel? channel = null;
        bool isIdle = false;
        lock (_gate)
        {
            if (!_waits || _left)
            {
                return;
            }
            if (_mayHold && _time.GetElapsedTime(_quietSince) >= s_look)
            {
                _mayHold = false; // the worker holds nothing that it has not written so soon after an item
                channel = _channel;
            }
            isIdle = _idleTimeout != Timeout.InfiniteTimeSpan && _time.GetElapsedTime(_quietSince) >= _idleTimeout && _channel is not null;
            IsIdle |= isIdle;
            if (!isIdle)
            {
                Arm_NeedsLock();
            }
        }
        channel?.TakeStaged();
        if (isIdle)
        {
            _onIdle();
        }
    }
}
